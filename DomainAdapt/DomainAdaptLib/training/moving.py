"""Labeled patches, turned, stretched and shifted by chance."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

_ANGLE_DEG, _SCALE, _SHIFT = 12, 0.1, 0.06  # standard deviations; shift in halves of the patch


def moved(images: Tensor, labels: Tensor, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Images (batch, channels, rows, columns) and labels (batch, rows, columns), all moved in the same way."""
    angle, scale = np.radians(rng.normal(0, _ANGLE_DEG)), np.exp(rng.normal(0, _SCALE, 2))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) / scale
    matrix = torch.from_numpy(np.hstack([turn, rng.normal(0, _SHIFT, (2, 1))]).astype(np.float32))
    grid = functional.affine_grid(matrix.expand(len(images), 2, 3), list(images.shape), align_corners=False)
    images = functional.grid_sample(images, grid, padding_mode="border", align_corners=False)
    labels = functional.grid_sample(
        labels[:, None].float(), grid, mode="nearest", padding_mode="border", align_corners=False
    )
    return images, labels[:, 0].long()
