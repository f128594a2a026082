"""The body in an axial slice, without the table."""

import numpy as np
from scipy import ndimage

from .connected import largest_part

# Of the thresholds between air and fat this one gives the outline of hand-drawn slices to a few pixels.
LOWEST_BODY_HU = -300
# Sheets and the top layer of the table are thinner.
THIN_MM = 3.0


def body_mask(hu: np.ndarray, spacing_yx_mm: tuple[float, float]) -> np.ndarray:
    """Largest part of a slice that is denser than air, holes filled.

    Args:
        hu: CT numbers, (y, x).
        spacing_yx_mm: pixel size.

    Returns:
        Boolean mask, (y, x); empty where nothing is denser than air.
    """
    iterations = max(1, round(THIN_MM / 2 / min(spacing_yx_mm)))
    dense = ndimage.binary_opening(hu > LOWEST_BODY_HU, iterations=iterations)
    return ndimage.binary_fill_holes(largest_part(dense))


def depth_mm(body: np.ndarray, spacing_yx_mm: tuple[float, float]) -> np.ndarray:
    """Distance of each pixel of the body from the outside, (y, x), mm; 0 outside.

    A body that the border of the image cuts is taken to go on behind it.
    """
    continued = np.pad(body, 1, mode="edge")
    return ndimage.distance_transform_edt(continued, sampling=spacing_yx_mm)[1:-1, 1:-1]
