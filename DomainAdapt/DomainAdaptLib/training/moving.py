"""Labeled patches, turned, stretched and shifted by chance."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

_ANGLE_DEG, _SCALE, _SHIFT = 12, 0.1, 0.06  # standard deviations; shift in halves of the patch


def moved(images: Tensor, labels: Tensor, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Images (batch, channels, axes) and labels (batch, axes), 2 or 3 axes, all moved in the same way.

    They are turned in the plane of the last two axes.
    """
    axes = images.dim() - 2
    angle, scale = np.radians(rng.normal(0, _ANGLE_DEG)), np.exp(rng.normal(0, _SCALE, axes))
    turn = np.eye(axes)
    turn[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    matrix = torch.from_numpy(np.hstack([turn / scale, rng.normal(0, _SHIFT, (axes, 1))]).astype(np.float32))
    grid = functional.affine_grid(matrix.expand(len(images), axes, axes + 1), list(images.shape), align_corners=False)
    images = functional.grid_sample(images, grid, padding_mode="border", align_corners=False)
    labels = functional.grid_sample(
        labels[:, None].float(), grid, mode="nearest", padding_mode="border", align_corners=False
    )
    return images, labels[:, 0].long()
