"""Slices laid on one grid, so that the pixels of different patients can be compared."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from ..body import body_mask
from ..slice_alignment import AIR_HU, AlignedGrid, align_slice, scale_hu

# Wide enough for a body of 50 cm; fine enough for the muscles of the abdominal wall.
GRID = AlignedGrid(shape=(144, 208), pixel_mm=2.5, spine=(97.0, 103.5))
# Pixels whose sides differ by less are taken for squares.
_SQUARE_SHARE = 0.01
_AROUND_MM = 20.0


@dataclass(frozen=True, eq=False)
class AlignedSlice:
    """A slice on ``GRID``.

    Attributes:
        image: CT numbers from -200 to 300 HU as values from 0 to 1, float32 (y, x); 0 outside of the body.
        label_maps: labels of the same pixels, one map for each that was given, uint8 (maps, y, x).
    """

    image: np.ndarray
    label_maps: np.ndarray


def lay_on_grid(
    hu: np.ndarray, label_maps: Sequence[np.ndarray], spacing_yx_mm: tuple[float, float]
) -> AlignedSlice:
    """Turn and shift a slice so that its axis of symmetry is upright and its vertebra lies where others have theirs.

    Args:
        hu: CT numbers, (y, x), row 0 anterior, column 0 the patient's right.
        label_maps: labels of the same pixels, any number of maps.
        spacing_yx_mm: pixel size.

    Raises:
        ValueError: there is no body in the slice.
    """
    hu, label_maps, pixel_mm = _with_square_pixels(hu, label_maps, spacing_yx_mm)
    alignment = align_slice(hu, pixel_mm)
    inside = np.where(body_mask(hu, (pixel_mm, pixel_mm)), hu, AIR_HU)
    laid = [alignment.labels_to_grid(labels, GRID) for labels in label_maps]
    maps = np.array(laid, np.uint8).reshape(-1, *GRID.shape)
    return AlignedSlice(alignment.to_grid(scale_hu(inside), GRID), maps)


def body_window(hu: np.ndarray, spacing_yx_mm: tuple[float, float]) -> tuple[slice, slice]:
    """Part of a slice, (y, x), that holds the body and some air around it; all of it where there is no body."""
    boxes = ndimage.find_objects(body_mask(hu, spacing_yx_mm).astype(np.uint8))
    if not boxes:
        return slice(None), slice(None)
    margins = (math.ceil(_AROUND_MM / spacing) for spacing in spacing_yx_mm)
    return tuple(
        slice(max(0, box.start - margin), box.stop + margin) for box, margin in zip(boxes[0], margins, strict=True)
    )


def _with_square_pixels(hu, label_maps, spacing_yx_mm):
    smallest = min(spacing_yx_mm)
    zoom = np.asarray(spacing_yx_mm) / smallest
    if np.all(zoom < 1 + _SQUARE_SHARE):
        return hu, label_maps, smallest
    return ndimage.zoom(hu, zoom, order=1), [ndimage.zoom(labels, zoom, order=0) for labels in label_maps], smallest
