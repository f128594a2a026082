"""Random smooth fields in 3D."""

from collections.abc import Sequence

import numpy as np
import torch
from torch.nn import functional

Shape = tuple[int, int, int]
_FEWEST_KNOTS = 3


def smooth_noise(rng: np.random.Generator, shape: Shape, scale: float) -> np.ndarray:
    """Field (float32) of about standard normal values that vary over ``scale`` voxels."""
    knots = [max(_FEWEST_KNOTS, round(size / scale) + 1) for size in shape]
    return spread(rng.standard_normal(knots, np.float32), shape)


def spread(values: np.ndarray, shape: Shape) -> np.ndarray:
    """Values at few knots, interpolated linearly to an image of that shape."""
    tensor = torch.from_numpy(np.ascontiguousarray(values, np.float32))[None, None]
    return functional.interpolate(tensor, shape, mode="trilinear", align_corners=True)[0, 0].numpy()


def distances(shape: Shape, center: Sequence[float]) -> np.ndarray:
    """Distance (float32) of each voxel from a point, in voxels."""
    axes = [np.arange(size, dtype=np.float32) - position for size, position in zip(shape, center, strict=True)]
    x, y, z = np.ix_(*(axis**2 for axis in axes))
    return np.sqrt(x + y + z)
