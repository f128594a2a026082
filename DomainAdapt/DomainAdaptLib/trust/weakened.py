"""Networks that are worse than they could be, as after too little training."""

import copy
from dataclasses import replace

import torch

from SegmentL3Lib.models import Bundle


def weakened(model: Bundle, level: float, seed: int) -> Bundle:
    """The same model with noise on the weights of its convolutions.

    Args:
        model: a model.
        level: standard deviation of the noise as share of that of each layer's weights. The tissue model is hardly
            worse at 0.2; at 0.7 muscle has a Dice of about 0.7.
        seed: the same seed gives the same weights.
    """
    generator = torch.Generator().manual_seed(seed)
    network = copy.deepcopy(model.network)
    with torch.no_grad():
        for values in network.parameters():
            if values.dim() > 1:
                values.add_(torch.randn(values.shape, generator=generator) * values.std() * level)
    return replace(model, network=network)
