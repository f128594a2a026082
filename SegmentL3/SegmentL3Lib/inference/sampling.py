"""Which voxels of one grid make up those of another, axis by axis."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from ..errors import ModelError
from ..models.plan import Resampling

ANISOTROPY = 3.0
LINEAR = 1


@dataclass(frozen=True)
class AxisSampling:
    """How one axis is sampled.

    Attributes:
        source: voxels before.
        target: voxels after.
        order: of the spline: 0 nearest, 1 linear, 3 cubic.
        step: distance of the target's voxels, in voxels of the source; None spreads them over the extent of the source.
    """

    source: int
    target: int
    order: int
    step: float | None = None

    @property
    def is_identity(self) -> bool:
        """Whether every voxel stays what it is."""
        return self.source == self.target and (self.step is None or abs(self.step - 1) < 1e-9)

    @property
    def places(self) -> np.ndarray:
        """Place of each target voxel among the source's, float64, beyond the borders held back to them."""
        index = np.arange(self.target)
        spread = (index + 0.5) * (self.source / self.target) - 0.5
        places = spread if self.step is None else index * self.step
        return np.clip(places, 0, self.source - 1)

    def taps(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """For order 0 and 1: lower and upper source voxel of each target voxel, and the weight of the upper one."""
        places = self.places
        if self.order == 0:
            nearest = np.minimum(np.floor(places + 0.5).astype(np.int64), self.source - 1)
            return nearest, nearest, np.zeros(self.target, np.float32)
        lower = np.minimum(places.astype(np.int64), max(self.source - 2, 0))
        upper = np.minimum(lower + 1, self.source - 1)
        return lower, upper, (places - lower).astype(np.float32)

    def matrix(self) -> np.ndarray:
        """Weights of the source's voxels in the target's, float32 (target, source)."""
        if self.is_identity:
            return np.eye(self.source, dtype=np.float32)
        if self.order > LINEAR:
            return self._spline_matrix()
        lower, upper, weight = self.taps()
        rows = np.arange(self.target)
        matrix = np.zeros((self.target, self.source), np.float32)
        np.add.at(matrix, (rows, lower), 1 - weight)
        np.add.at(matrix, (rows, upper), weight)
        return matrix

    def _spline_matrix(self) -> np.ndarray:
        """Response of SciPy's zoom, which nnU-Net uses, to each single source voxel: it is linear."""
        zoom = (self.target / self.source, 1)
        unit = np.eye(self.source)
        matrix = ndimage.zoom(unit, zoom, order=self.order, mode="nearest", grid_mode=True)
        return matrix.astype(np.float32)


def network_samplings(
    resampling: Resampling, shape: Sequence[int], spacing_mm: Sequence[float]
) -> tuple[tuple[AxisSampling, ...], int | None]:
    """From the scan to the network's grid.

    Args:
        resampling: of the stage.
        shape: of the scan along the axes of the stage.
        spacing_mm: of the scan along the axes of the stage.

    Returns:
        How each axis is sampled, and the coarse axis that is sampled apart from the others, if any.

    Raises:
        ModelError: an order of interpolation that is not known.
    """
    target_mm = target_spacing(resampling, spacing_mm)
    coarse = _coarse_axis(resampling, spacing_mm, target_mm)
    orders = _orders(resampling.image_order, resampling, coarse)
    counts = [_count(resampling, *axis) for axis in zip(shape, spacing_mm, target_mm, strict=True)]
    steps = [None if resampling.exact else new / old for old, new in zip(spacing_mm, target_mm, strict=True)]
    return tuple(AxisSampling(*axis) for axis in zip(shape, counts, orders, steps, strict=True)), coarse


def scan_samplings(
    resampling: Resampling, inward: Sequence[AxisSampling], spacing_mm: Sequence[float]
) -> tuple[AxisSampling, ...]:
    """From the network's grid back to the scan; arguments as for, and result of, ``network_samplings``.

    Raises:
        ModelError: an order of interpolation that is not known.
    """
    coarse = _coarse_axis(resampling, target_spacing(resampling, spacing_mm), spacing_mm)
    if resampling.output_order > LINEAR:
        raise ModelError("The model asks for its output to be resampled by splines, which is not known.")
    orders = _orders(resampling.output_order, resampling, coarse)
    return tuple(
        AxisSampling(axis.target, axis.source, order, None if axis.step is None else 1 / axis.step)
        for axis, order in zip(inward, orders, strict=True)
    )


def target_spacing(resampling: Resampling, spacing_mm: Sequence[float]) -> tuple[float, ...]:
    """Voxel size of the network's grid along the axes of the stage, mm."""
    wanted = resampling.spacing_mm
    if wanted is None:
        return tuple(spacing_mm)
    return (*spacing_mm[: len(spacing_mm) - len(wanted)], *wanted)


def _count(resampling: Resampling, count: int, old_mm: float, new_mm: float) -> int:
    if resampling.exact:
        return max(1, int(round(old_mm / new_mm * count)))
    return max(1, int(np.round((count - 1) * (old_mm / new_mm) + 1)))


def _orders(order: int, resampling: Resampling, coarse: int | None) -> tuple[int, ...]:
    orders = tuple(resampling.z_order if axis == coarse else order for axis in range(3))
    if not set(orders) <= {0, LINEAR, 3} or (3 in orders and not resampling.exact):
        raise ModelError(f"The model asks for interpolation of order {max(orders)}, which is not known.")
    return orders


def _coarse_axis(resampling: Resampling, first_mm: Sequence[float], second_mm: Sequence[float]) -> int | None:
    """The axis that nnU-Net samples apart: the one of largest spacing on the first anisotropic of two grids."""
    if not resampling.exact or resampling.separate_z is False:
        return None
    grids = [first_mm] if resampling.separate_z else [first_mm, second_mm]
    for spacing in grids:
        if resampling.separate_z or max(spacing) / min(spacing) > ANISOTROPY:
            coarse = [axis for axis, size in enumerate(spacing) if max(spacing) / size == 1]
            return coarse[0] if len(coarse) == 1 else None
    return None
