"""What a reader looks at in a pixel of an axial CT slice: density, its surroundings, and where in the body it lies."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from .body import body_mask, depth_mm
from .slice_alignment import align_slice

LOWEST_HU, HIGHEST_HU = -300.0, 400.0
FINE_MM, WIDE_MM = 3.0, 10.0


@dataclass(frozen=True)
class Feature:
    """A figure of a pixel: id, name for people, and unit."""

    id: str
    name: str
    unit: str


FEATURES = (
    Feature("hu", "density", "HU"),
    Feature("hu_fine", "density within 3 mm", "HU"),
    Feature("hu_wide", "density within 10 mm", "HU"),
    Feature("texture", "unevenness within 3 mm", "HU"),
    Feature("beside_spine", "distance to the side of the spine", "mm"),
    Feature("before_spine", "distance in front of the spine", "mm"),
    Feature("depth", "depth below the skin", "mm"),
    Feature("front_share", "place from front to back", "%"),
    Feature("side_share", "place from middle to flank", "%"),
)


def pixel_features(hu: np.ndarray, pixel_mm: float) -> np.ndarray:
    """Figures of each pixel in the order of ``FEATURES``, float32 (y, x, features).

    CT numbers are limited to what tells tissues apart, so that gas and metal do not drown all else.

    Args:
        hu: CT numbers, (y, x), row 0 anterior, column 0 the patient's right.
        pixel_mm: pixel size.

    Raises:
        ValueError: there is no body in the slice.
    """
    limited = np.clip(hu, LOWEST_HU, HIGHEST_HU).astype(np.float32)
    fine, wide = (ndimage.gaussian_filter(limited, width / 2 / pixel_mm) for width in (FINE_MM, WIDE_MM))
    squares = ndimage.gaussian_filter(limited**2, FINE_MM / 2 / pixel_mm)
    spine = align_slice(hu, pixel_mm).spine_yx
    body = body_mask(hu, (pixel_mm, pixel_mm))
    rows, columns = (np.flatnonzero(body.any(axis)) for axis in (1, 0))
    y, x = np.indices(hu.shape, np.float32)
    half_width = max(1.0, (columns[-1] - columns[0]) / 2)
    return np.stack(
        [
            limited,
            fine,
            wide,
            np.sqrt(np.maximum(squares - fine**2, 0)),
            np.abs(x - spine[1]) * pixel_mm,
            (spine[0] - y) * pixel_mm,
            depth_mm(body, (pixel_mm, pixel_mm)),
            100 * (y - rows[0]) / max(1, rows[-1] - rows[0]),
            100 * np.abs(x - (columns[0] + columns[-1]) / 2) / half_width,
        ],
        axis=-1,
    ).astype(np.float32)
