"""Where the windows of a network lie on an image, and how much each of their voxels counts."""

import itertools
import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import torch
from scipy import ndimage

from ..errors import ModelError
from ..models.plan import Window


def window_starts(shape: Sequence[int], window: Window) -> list[tuple[int, ...]]:
    """First voxel of each window, in ascending order of the first axis, then the second, ...

    Args:
        shape: of the image, no axis smaller than the patch.
        window: patch size, overlap scheme and step.

    Raises:
        ModelError: an overlap scheme that is not known.
    """
    schemes = {"nnunet": _even_starts, "monai": _fixed_starts}
    if window.overlap_scheme not in schemes:
        raise ModelError(f'The overlap scheme "{window.overlap_scheme}" of the model is not known.')
    starts = schemes[window.overlap_scheme]
    axes = [starts(length, size, window.step) for length, size in zip(shape, window.patch_size, strict=True)]
    return list(itertools.product(*axes))


def _even_starts(length: int, size: int, step: float) -> list[int]:
    """As nnU-Net v2 has it: as many windows as the step needs, evenly spread, rounded."""
    count = math.ceil((length - size) / (size * step)) + 1
    spread = (length - size) / (count - 1) if count > 1 else 0.0
    return [int(np.round(spread * index)) for index in range(count)]


def _fixed_starts(length: int, size: int, step: float) -> list[int]:
    """As MONAI's sliding window has it: a fixed interval, the last window moved back to the border."""
    interval = max(1, int(size * step)) if length != size else size
    count = max(0, math.ceil((length - size) / interval)) + 1
    return [min(index * interval, length - size) for index in range(count)]


@lru_cache(maxsize=4)
def importance(window: Window) -> torch.Tensor:
    """Weight of each voxel of a window, float32 of the patch size; above 0 everywhere."""
    if not window.gaussian:
        return torch.ones(window.patch_size)
    if window.overlap_scheme == "monai":
        from monai.data.utils import compute_importance_map  # slow to import, and not needed for models of nnU-Net

        return compute_importance_map(window.patch_size, mode="gaussian", sigma_scale=window.sigma_scale)
    weights = torch.ones(())
    for size in window.patch_size:
        weights = weights[..., None] * torch.from_numpy(_bell(size, size * window.sigma_scale)).float()
    # What underflows still has to count: a voxel may be seen by one window only.
    return weights.clamp_min_(torch.finfo(torch.float32).tiny)


def _bell(size: int, sigma: float) -> np.ndarray:
    """A Gaussian around the middle voxel, largest value 1."""
    impulse = np.zeros(size)
    impulse[size // 2] = 1
    bell = ndimage.gaussian_filter1d(impulse, sigma, mode="constant")
    bell = bell / bell.max()
    bell[bell == 0] = bell[bell > 0].min()
    return bell
