"""Vessels in the fluid around the brain, which label maps leave out: sinuses below the skull, and thin ones in sulci.

After contrast agent they are the brightest of what is not a lesion, and without it dark.
"""

import numpy as np

from .brain_fields import depth_in_mm, smooth_noise
from .brain_tissues import INTRACRANIAL, Tissue


def add_vessels(tissues: np.ndarray, rng: np.random.Generator) -> None:
    """Change some of the fluid around the brain of a tissue map (1 mm) to vessels."""
    fluid = tissues == Tissue.CEREBROSPINAL_FLUID
    depth_mm = depth_in_mm(np.isin(tissues, INTRACRANIAL))
    blobs = smooth_noise(rng, tissues.shape, rng.uniform(10, 25)) > rng.uniform(0.3, 1.5)
    tissues[fluid & (depth_mm < rng.uniform(2, 12)) & blobs] = Tissue.VESSEL
    # Two fields are both near 0 along lines.
    first, second = (smooth_noise(rng, tissues.shape, 7) for _ in range(2))
    width = rng.uniform(0, 0.3)
    tissues[fluid & (np.abs(first) < width) & (np.abs(second) < width)] = Tissue.VESSEL
