"""Random smooth fields in 3D."""

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

Shape = tuple[int, int, int]
_FEWEST_KNOTS = 3


def smooth_noise(rng: np.random.Generator, shape: Shape, scale: float) -> np.ndarray:
    """Field (float32) of about standard normal values that vary over ``scale`` voxels."""
    knots = [max(_FEWEST_KNOTS, round(size / scale) + 1) for size in shape]
    return spread(rng.standard_normal(knots, np.float32), shape)


def spread(values: np.ndarray, shape: Shape) -> np.ndarray:
    """Values at few knots, interpolated linearly to an image of that shape."""
    if values.shape == tuple(shape):
        return values.astype(np.float32)
    x, y, z = (_interpolation(have, wanted) for have, wanted in zip(values.shape, shape, strict=True))
    rows = np.ascontiguousarray(values, np.float32).reshape(len(values), -1)
    return y @ (x @ rows).reshape(-1, *values.shape[1:]) @ z.T


def distances(shape: Shape, center: Sequence[float]) -> np.ndarray:
    """Distance (float32) of each voxel from a point, in voxels."""
    axes = [np.arange(size, dtype=np.float32) - position for size, position in zip(shape, center, strict=True)]
    x, y, z = np.ix_(*(axis**2 for axis in axes))
    return np.sqrt(x + y + z)


def depth_in_mm(inside: np.ndarray) -> np.ndarray:
    """Distance (float32, mm) of each voxel of 1 mm from what is not inside a mask, on half the voxels for speed."""
    coarse = np.pad(inside[::2, ::2, ::2], 1)
    depth = 2 * ndimage.distance_transform_edt(coarse)[1:-1, 1:-1, 1:-1].astype(np.float32)
    return depth.repeat(2, 0).repeat(2, 1).repeat(2, 2)[tuple(slice(size) for size in inside.shape)]


def _interpolation(have: int, wanted: int) -> np.ndarray:
    """Weights (wanted, have) of linear interpolation, first and last value kept."""
    positions = np.linspace(0, have - 1, wanted, dtype=np.float32)
    return np.maximum(0, 1 - np.abs(positions[:, None] - np.arange(have, dtype=np.float32)))
