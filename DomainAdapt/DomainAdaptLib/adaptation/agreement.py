"""How far a network agrees with itself when gray values are disturbed."""

import numpy as np
import torch
from torch import Tensor, nn

from .disturbance import disturb
from .outputs import mean_dice


@torch.no_grad()
def agreement(network: nn.Module, images: Tensor, seed: int) -> float:
    """Mean Dice overlap of what a network gives for images and for disturbed copies of them.

    Args:
        network: is left in evaluation mode.
        images: (batch, channels, axes), on the network's device.
        seed: of the disturbance.
    """
    network.eval()
    plain = network(images)
    disturbed = network(disturb(images, np.random.default_rng(seed)))
    return mean_dice(plain.argmax(1), disturbed.argmax(1), plain.shape[1])
