"""The part of a scan that a prediction is wanted for."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import UsageError
from ..volume import Geometry


@dataclass(frozen=True)
class Box:
    """Voxels from ``low`` up to, not including, ``high``; both (z, y, x)."""

    low: tuple[int, int, int]
    high: tuple[int, int, int]

    @property
    def slices(self) -> tuple[slice, slice, slice]:
        """Index of the voxels in a (z, y, x) array."""
        return tuple(slice(low, high) for low, high in zip(self.low, self.high, strict=True))

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of voxels along z, y, x."""
        return tuple(high - low for low, high in zip(self.low, self.high, strict=True))


def whole(shape: Sequence[int]) -> Box:
    """Box of a whole array of the given shape (z, y, x)."""
    return Box((0, 0, 0), tuple(int(size) for size in shape))


def clip(box: Box, shape: Sequence[int]) -> Box:
    """Part of a box that lies in an array of the given shape (z, y, x).

    Raises:
        UsageError: nothing of it does.
    """
    low = tuple(max(0, int(value)) for value in box.low)
    high = tuple(min(int(size), int(value)) for size, value in zip(shape, box.high, strict=True))
    if any(first >= last for first, last in zip(low, high, strict=True)):
        raise UsageError("The chosen region lies outside the scan; choose one that overlaps it.")
    return Box(low, high)


def box_from_slices(first: int, last: int, shape: Sequence[int]) -> Box:
    """Box of a range of slices of an array of the given shape (z, y, x).

    Args:
        first: number of the first slice along z, from 0.
        last: number of the last slice, which belongs to the range.
        shape: (z, y, x).

    Raises:
        UsageError: the range is empty or lies outside.
    """
    return clip(Box((first, 0, 0), (last + 1, shape[1], shape[2])), shape)


def box_from_lps_bounds(bounds_mm: Sequence[float], geometry: Geometry, shape: Sequence[int]) -> Box:
    """Smallest box of whole voxels around a box of the patient's axes.

    Args:
        bounds_mm: left-right, front-back and foot-head limits as (x0, x1, y0, y1, z0, z1), LPS, mm, in any order.
        geometry: of the scan; where it is oblique, the voxels hold more than the given box.
        shape: of the scan, (z, y, x).

    Raises:
        UsageError: not six numbers, or the box lies outside the scan.
    """
    limits = np.asarray(bounds_mm, float)
    if limits.shape != (6,) or not np.isfinite(limits).all():
        raise UsageError("A region needs six numbers: x0, x1, y0, y1, z0, z1 in millimeters.")
    corners = np.array(list(itertools.product(*limits.reshape(3, 2)))) - np.asarray(geometry.origin)
    indices_xyz = np.linalg.solve(geometry.matrix * np.asarray(geometry.spacing), corners.T).T
    indices = indices_xyz[:, ::-1]
    # A voxel reaches half its size to both sides of its center; rounding errors must not add one.
    low = np.floor(indices.min(0) + 0.5 + 1e-6).astype(int)
    high = np.maximum(np.ceil(indices.max(0) + 0.5 - 1e-6).astype(int), low + 1)
    return clip(Box(tuple(low.tolist()), tuple(high.tolist())), shape)
