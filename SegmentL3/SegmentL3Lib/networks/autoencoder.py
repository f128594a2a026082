"""An auto-encoder with one hidden layer and tied weights."""

import math
from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional


class TiedAutoEncoder(nn.Module):
    """Encoder ``tanh(W x + b)``, decoder ``W' h + c``: the decoder's weight is the encoder's, transposed.

    The half of an input/output deep architecture that is trained on its own (see ``ioda.IODA``), and a model of what
    label maps look like.

    Args:
        spatial_shape: rows and columns (or more axes) of what is encoded.
        channels: channels of what is encoded.
        features: hidden units.
    """

    def __init__(self, spatial_shape: Sequence[int], channels: int = 1, features: int = 64):
        super().__init__()
        self.shape = (channels, *spatial_shape)
        self.weight = nn.Parameter(torch.empty(features, math.prod(self.shape)))
        self.encoder_bias = nn.Parameter(torch.zeros(features))
        self.decoder_bias = nn.Parameter(torch.zeros(math.prod(self.shape)))
        nn.init.xavier_uniform_(self.weight)

    def encode(self, values: torch.Tensor) -> torch.Tensor:
        """Hidden units, (batch, features), of values in [0, 1], (batch, channels, ...)."""
        return torch.tanh(functional.linear(values.flatten(1), self.weight, self.encoder_bias))

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Logits of the reconstruction, of the shape of the values; their sigmoid is the reconstruction."""
        return functional.linear(self.encode(values), self.weight.t(), self.decoder_bias).unflatten(1, self.shape)
