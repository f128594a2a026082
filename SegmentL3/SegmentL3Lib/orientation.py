"""Axial order: slices from foot to head, rows from front to back, columns from the patient's right to left."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from .volume import Geometry, Volume

_TIE = 1e-6  # two orders that fit equally well at 45 degrees: rounding must not decide


@dataclass(frozen=True)
class AxialOrder:
    """How a file's array is turned, by transposing and flipping alone, into axial order.

    In axial order index (0, 0, 0) of (z, y, x) is the patient's foot, front, right corner.

    Attributes:
        axes: for axial z, y and x the file's array axis.
        flipped: for axial z, y and x whether that axis runs the other way in the file.
    """

    axes: tuple[int, int, int]
    flipped: tuple[bool, bool, bool]

    @property
    def is_identity(self) -> bool:
        """Whether the file is in axial order already."""
        return self.axes == (0, 1, 2) and not any(self.flipped)

    def apply(self, array: np.ndarray) -> np.ndarray:
        """View of the file's 3D array in axial order."""
        return np.flip(array.transpose(self.axes), self._flipped_axes)

    def undo(self, array: np.ndarray) -> np.ndarray:
        """View of a 3D array in axial order as the file has it."""
        return np.flip(array, self._flipped_axes).transpose(np.argsort(self.axes))

    def file_index(self, axial_slice: int, slice_count: int) -> int:
        """Number of an axial slice in the file's own order, of ``slice_count`` axial slices."""
        return slice_count - 1 - axial_slice if self.flipped[0] else axial_slice

    def axial_index(self, file_slice: int, slice_count: int) -> int:
        """Number in axial order of a slice of the file's own order: the inverse of ``file_index``."""
        return self.file_index(file_slice, slice_count)

    def geometry(self, geometry: Geometry, shape: Sequence[int]) -> Geometry:
        """Geometry after ``apply``, of a file's geometry and array shape (z, y, x)."""
        signs = np.where(self.flipped, -1.0, 1.0)
        columns = [2 - axis for axis in reversed(self.axes)]  # x, y, z of the axial order among x, y, z of the file
        corner = np.zeros(3)
        for axis, flipped in zip(self.axes, self.flipped, strict=True):
            corner[2 - axis] = shape[axis] - 1 if flipped else 0
        direction = geometry.matrix[:, columns] * signs[::-1]
        return Geometry(
            origin=geometry.index_to_lps(corner),
            spacing=tuple(float(geometry.spacing[column]) for column in columns),
            direction=tuple(direction.ravel().tolist()),
        )

    @property
    def _flipped_axes(self) -> tuple[int, ...]:
        return tuple(axis for axis in range(3) if self.flipped[axis])


def axial_order(geometry: Geometry) -> AxialOrder:
    """The axial order nearest to a geometry; what remains of a rotation is below 55 degrees and is kept."""
    towards = geometry.matrix[::-1, ::-1]  # row: axial z (head), y (back), x (left); column: the file's array axis
    best = max(itertools.permutations(range(3)), key=lambda axes: _fit(towards, axes))
    return AxialOrder(axes=best, flipped=tuple(bool(towards[row, axis] < 0) for row, axis in enumerate(best)))


def to_axial(volume: Volume) -> Volume:
    """The volume in axial order, without resampling: an oblique scan keeps its small rotation.

    The array is contiguous in memory; a volume that is in axial order already is returned as it is.
    """
    order = axial_order(volume.geometry)
    if order.is_identity:
        return volume
    array = np.ascontiguousarray(order.apply(volume.array))
    return replace(volume, array=array, geometry=order.geometry(volume.geometry, volume.array.shape))


def _fit(towards: np.ndarray, axes: tuple[int, ...]) -> float:
    total = sum(abs(towards[row, axis]) for row, axis in enumerate(axes))
    return round(total / _TIE)
