"""Closed sulci, whose two walls of cortex touch without visible fluid, as in young brains."""

import numpy as np
from scipy import ndimage

from .brain_fields import smooth_noise
from .brain_tissues import Tissue

_CLOSED_IN = 0.6  # of all heads
_WIDEST = 2  # half the width of sulci that close, mm
_ALIKE_OVER_MM = 15


def close_sulci(tissues: np.ndarray, rng: np.random.Generator) -> None:
    """Make fluid between near walls of cortex cortex, in some heads and in parts of them.

    Args:
        tissues: values of ``brain_tissues.Tissue``, 1 mm; changed.
    """
    if rng.uniform() >= _CLOSED_IN:
        return
    narrow = ndimage.binary_closing(tissues == Tissue.CORTEX, iterations=int(rng.integers(1, _WIDEST + 1)))
    closes = smooth_noise(rng, tissues.shape, _ALIKE_OVER_MM) > rng.uniform(-2, 0.5)
    tissues[narrow & closes & (tissues == Tissue.CEREBROSPINAL_FLUID)] = Tissue.CORTEX
