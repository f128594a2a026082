"""Parts of images in 3D that may reach beyond them."""

from collections.abc import Sequence

import numpy as np


def cut(values: np.ndarray, start: Sequence[int], size: int | Sequence[int]) -> np.ndarray:
    """Box of an array (..., x, y, z), with zeros where it reaches beyond.

    Args:
        start: first voxel, (x, y, z); may lie outside.
        size: voxels along each axis, or along all.
    """
    start, size = np.asarray(start), np.broadcast_to(size, 3)
    result = np.zeros((*values.shape[:-3], *size), values.dtype)
    first, stop = np.maximum(start, 0), np.minimum(start + size, values.shape[-3:])
    if (stop > first).all():
        source = tuple(slice(a, b) for a, b in zip(first, stop, strict=True))
        target = tuple(slice(a - s, b - s) for a, b, s in zip(first, stop, start, strict=True))
        result[(..., *target)] = values[(..., *source)]
    return result
