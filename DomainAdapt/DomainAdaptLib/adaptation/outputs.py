"""Measures of what a network gives."""

import math

import torch
from torch import Tensor


def entropy(probability: Tensor) -> Tensor:
    """Entropy of each voxel as share of the largest possible one: 0 sure, 1 no idea.

    Args:
        probability: (batch, channels, axes).

    Returns:
        (batch, axes).
    """
    return -(probability * probability.clamp_min(1e-12).log()).sum(1) / math.log(probability.shape[1])


def mean_dice(first: Tensor, second: Tensor, channels: int) -> float:
    """Mean Dice overlap of the structures that are in one of two label maps; nan where there is none in either.

    Args:
        first, second: channel of each voxel, integers of equal shape; 0 is the background.
        channels: of the network.
    """
    pairs = torch.bincount(first.flatten() * channels + second.flatten(), minlength=channels**2)
    table = pairs.reshape(channels, channels).double()
    total = (table.sum(0) + table.sum(1))[1:]
    return float((2 * table.diagonal()[1:][total > 0] / total[total > 0]).mean())
