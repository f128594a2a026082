"""Axial slices in one place: the patient's axis of symmetry upright, the vertebra at a fixed spot of a coarse grid.

Rigid, and without a reference slice: intensity registration to one turns bodies that are rounder or broader than it.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from .body import body_mask

GRID = (64, 80)  # rows, columns
PIXEL_MM = 5.5
SPINE = (43.0, 39.5)  # where the vertebra comes to lie on the grid
HU_WINDOW = (-200.0, 300.0)
AIR_HU = -1000
LARGEST_TURN_DEG = 30
_TURN_STEP_DEG = 2
_SIZE = 96  # pixels a side of the grid on which the axis is looked for
_CENTER = ((_SIZE - 1) / 2, (_SIZE - 1) / 2)
_STRIP = 9  # columns (50 mm) around the axis in which the vertebra is looked for, and rows that it fills
_FRONT_SHARE = 0.4  # of the body, where no vertebra is
_BACK_PIXELS = 2
# Blur that keeps a pixel of the scan from falling between those of the grid.
_BLUR_PIXELS = 0.4


@dataclass(frozen=True)
class AlignedGrid:
    """A grid on which slices are laid.

    Attributes:
        shape: rows and columns.
        pixel_mm: pixel size.
        spine: where the vertebra comes to lie, (row, column).
    """

    shape: tuple[int, int]
    pixel_mm: float
    spine: tuple[float, float]


COARSE_GRID = AlignedGrid(GRID, PIXEL_MM, SPINE)


@dataclass(frozen=True)
class SliceAlignment:
    """Where a slice lies.

    Attributes:
        spine_yx: the vertebra, continuous pixel indices.
        turn: angle of the axis of symmetry, radians.
        pixel_mm: pixel size of the slice.
    """

    spine_yx: tuple[float, float]
    turn: float
    pixel_mm: float

    def to_grid(self, values: np.ndarray, grid: AlignedGrid = COARSE_GRID) -> np.ndarray:
        """Values of the slice, (y, x), averaged onto the pixels of a grid, float32; 0 outside of the slice."""
        soft = ndimage.gaussian_filter(values.astype(np.float32), _BLUR_PIXELS * grid.pixel_mm / self.pixel_mm)
        return self._sampled(soft, grid, order=1)

    def labels_to_grid(self, labels: np.ndarray, grid: AlignedGrid) -> np.ndarray:
        """Labels of the slice, (y, x), at the pixels of a grid, of the same type; 0 outside of the slice."""
        return self._sampled(labels, grid, order=0)

    def _sampled(self, values: np.ndarray, grid: AlignedGrid, order: int) -> np.ndarray:
        matrix = _rotation(self.turn) * grid.pixel_mm / self.pixel_mm
        offset = np.asarray(self.spine_yx) - matrix @ np.asarray(grid.spine)
        return ndimage.affine_transform(values, matrix, offset, output_shape=grid.shape, order=order, mode="constant")


def align_slice(hu: np.ndarray, pixel_mm: float) -> SliceAlignment:
    """Find the axis of symmetry of the body and the vertebra on it.

    The axis is that about which the mirrored slice is most like the slice; the vertebra is the densest stretch of it in
    the rear of the body.

    Args:
        hu: CT numbers, (y, x), front first.
        pixel_mm: pixel size.

    Raises:
        ValueError: there is no body in the slice.
    """
    body = body_mask(hu, (pixel_mm, pixel_mm))
    if not body.any():
        raise ValueError("There is no body in the slice.")
    hu = np.where(body, hu, AIR_HU)
    middle = np.array([(index.min() + index.max()) / 2 for index in np.nonzero(body)])
    soft = _blur(scale_hu(hu), pixel_mm)
    axis, turn = _symmetry_axis(soft, pixel_mm, middle)
    dense = _blur(np.clip((hu - 100) / 300, 0, 1), pixel_mm)
    spine = _vertebra(dense, body, pixel_mm, axis, turn)
    return SliceAlignment((float(spine[0]), float(spine[1])), float(turn), pixel_mm)


def scale_hu(hu: np.ndarray) -> np.ndarray:
    """CT numbers in ``HU_WINDOW`` as values from 0 to 1, float32."""
    low, high = HU_WINDOW
    return np.clip((hu - low) / (high - low), 0, 1).astype(np.float32)


def _symmetry_axis(soft: np.ndarray, pixel_mm: float, middle: np.ndarray) -> tuple[np.ndarray, float]:
    """A point on the axis of symmetry and the axis's angle."""
    best, axis, turn = -np.inf, middle, 0.0
    for angle in np.radians(np.arange(-LARGEST_TURN_DEG, LARGEST_TURN_DEG + 1, _TURN_STEP_DEG)):
        turned = _resample(soft, pixel_mm, middle, angle, (_SIZE, _SIZE), _CENTER)
        spectrum = np.fft.rfft(turned, 2 * _SIZE, axis=1)
        # Likeness of the slice and its mirror image, for each column that may be the mirror.
        likeness = np.fft.irfft((spectrum**2).sum(axis=0), 2 * _SIZE)
        column = int(likeness.argmax())
        if likeness[column] > best:
            best, turn = likeness[column], angle
            axis = middle + _turned((0, column / 2 - _CENTER[1]), angle) * PIXEL_MM / pixel_mm
    return axis, turn


def _vertebra(dense: np.ndarray, body: np.ndarray, pixel_mm: float, axis: np.ndarray, turn: float) -> np.ndarray:
    shape, place = (_SIZE, _STRIP), (_CENTER[0], (_STRIP - 1) / 2)
    inside = _resample(body.astype(np.float32), pixel_mm, axis, turn, shape, place).mean(axis=1) > 0.5
    rows = np.flatnonzero(inside)
    if rows.size == 0:
        return axis
    density = _resample(dense, pixel_mm, axis, turn, shape, place).mean(axis=1)
    density = ndimage.uniform_filter1d(density, _STRIP, mode="constant")
    density[: int(np.ceil(rows[0] + _FRONT_SHARE * (rows[-1] - rows[0])))] = -1
    density[rows[-1] - _BACK_PIXELS :] = -1
    return axis + _turned((int(density.argmax()) - _CENTER[0], 0), turn) * PIXEL_MM / pixel_mm


def _turned(offset_yx: tuple[float, float], angle: float) -> np.ndarray:
    return _rotation(angle) @ np.asarray(offset_yx, float)


def _rotation(angle: float) -> np.ndarray:
    return np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])


def _blur(values: np.ndarray, pixel_mm: float) -> np.ndarray:
    return ndimage.gaussian_filter(values.astype(np.float32), _BLUR_PIXELS * PIXEL_MM / pixel_mm)


def _resample(values: np.ndarray, pixel_mm: float, point_yx, angle: float, shape, place) -> np.ndarray:
    """Values on pixels of ``PIXEL_MM``, turned, so that the point of the slice comes to lie at a place of the grid."""
    matrix = _rotation(angle) * PIXEL_MM / pixel_mm
    offset = np.asarray(point_yx) - matrix @ np.asarray(place)
    return ndimage.affine_transform(values, matrix, offset, output_shape=shape, order=1, mode="constant", cval=0.0)
