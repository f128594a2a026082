"""Pads and sheets of the table, which touch the back and look like the fat under its skin."""

import numpy as np
from scipy import ndimage

from .labels import load_labels

# Pads and sheets are thinner; an apron of fat that hangs over is thicker.
_PAD_MM = 6.0


def drop_pads(tissues: np.ndarray, spacing_yx_mm: tuple[float, float]) -> np.ndarray:
    """Tissue labels without thin pieces of subcutaneous fat that no tissue joins to the rest of the body.

    Subcutaneous fat lies on muscle or on more fat; the skin parts it from a pad.

    Args:
        tissues: values of ``labels.load_labels``, uint8 (y, x).
        spacing_yx_mm: pixel size.
    """
    pieces, count = ndimage.label(tissues > 0)
    if count < 2:
        return tissues
    sizes = np.bincount(pieces.ravel())
    sizes[0] = 0
    fat = next(label.value for label in load_labels() if label.id == "subcutaneous_fat")
    apart = (tissues == fat) & (pieces != sizes.argmax())
    thickness = 2 * ndimage.distance_transform_edt(apart, sampling=spacing_yx_mm)
    thin = (ndimage.maximum(thickness, pieces, np.arange(count + 1)) <= _PAD_MM)[pieces]
    return np.where(apart & thin, np.uint8(0), tissues)
