"""Steps of postprocessing, each from a mask to a mask. Axis 0 of a mask runs across the slices of the scan."""

import numpy as np
from scipy import ndimage

from ..inference.components import ALL_NEIGHBORS, keep_largest


def largest_component(mask: np.ndarray, _spacing_mm: tuple[float, ...]) -> np.ndarray:
    """The largest connected part (26 neighbors). Only for what anatomy has once, never for lesions."""
    kept = mask.astype(np.uint8)
    keep_largest(kept, (1,))
    return kept.astype(bool)


def minimum_volume(mask: np.ndarray, spacing_mm: tuple[float, ...], *, volume_ml: float) -> np.ndarray:
    """Without connected parts (26 neighbors) below a volume, ml."""
    parts, _ = ndimage.label(mask, ALL_NEIGHBORS)
    # Voxel sizes of files are not exact: a part of the very volume stays.
    enough = np.bincount(parts.ravel()) * np.prod(spacing_mm) / 1000 >= volume_ml * (1 - 1e-4)
    enough[0] = False
    return enough[parts]


def fill_holes(mask: np.ndarray, _spacing_mm: tuple[float, ...]) -> np.ndarray:
    """With what it encloses on all sides."""
    return ndimage.binary_fill_holes(mask)


def drop_isolated_slices(mask: np.ndarray, _spacing_mm: tuple[float, ...], *, slices: int) -> np.ndarray:
    """Without connected parts (26 neighbors) that reach over fewer slices."""
    parts, _ = ndimage.label(mask, ALL_NEIGHBORS)
    tall = [False, *(box[0].stop - box[0].start >= slices for box in ndimage.find_objects(parts))]
    return np.asarray(tall)[parts]


def close_between_slices(mask: np.ndarray, spacing_mm: tuple[float, ...], *, slices: int) -> np.ndarray:
    """With empty slices filled in between others, as many in a row at most, by interpolation of the shape.

    The distance to the border, negative outside, is interpolated linearly between the slices around the gap; what comes
    out above zero is filled (Raya and Udupa, IEEE Trans Med Imaging 9:32, 1990).
    """
    filled = mask.copy()
    used = np.flatnonzero(mask.any(axis=(1, 2)))
    for below, above in zip(used, used[1:], strict=False):
        if 1 < above - below <= slices + 1:
            ends = [_signed_distance(mask[index], spacing_mm[1:]) for index in (below, above)]
            for index in range(below + 1, above):
                share = (index - below) / (above - below)
                filled[index] = (1 - share) * ends[0] + share * ends[1] > 0
    return filled


def _signed_distance(plane: np.ndarray, spacing_mm: tuple[float, ...]) -> np.ndarray:
    inside, outside = (ndimage.distance_transform_edt(part, sampling=spacing_mm) for part in (plane, ~plane))
    return inside - outside
