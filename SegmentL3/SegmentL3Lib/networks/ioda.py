"""The input/output deep architecture (IODA) of Lerouge et al.

J. Lerouge, R. Herault, C. Chatelain, F. Jardin, R. Modzelewski: IODA: An input/output deep architecture for image
labeling. Pattern Recognition 48(9), 2847-2858, 2015.  Written from the description in the paper.
"""

import math
from collections.abc import Sequence

import torch
from torch import nn

from .autoencoder import TiedAutoEncoder


class IODA(nn.Module):
    """A whole image to a whole label map through two hidden layers of tanh units.

    The layer at the image and the layer at the label map may come from auto-encoders; the link layer between them is
    always learned from pairs.  The defaults are those published for muscle at L3, there on 311 x 457 pixels.

    Args:
        spatial_dims: number of spatial axes.
        spatial_shape: rows and columns (or more axes) of the image and the label map; other sizes are refused, as the
            network knows each pixel by its place.
        in_channels, out_channels: channels of the image and of the label map.
        input_features, output_features: units of the hidden layer at the image and at the label map.

    Raises:
        ValueError: the shape has another number of axes than ``spatial_dims``.
    """

    def __init__(
        self,
        spatial_dims: int,
        spatial_shape: Sequence[int],
        in_channels: int = 1,
        out_channels: int = 1,
        input_features: int = 1500,
        output_features: int = 1500,
    ):
        super().__init__()
        if len(spatial_shape) != spatial_dims:
            raise ValueError(f"spatial_shape needs {spatial_dims} sizes, not {len(spatial_shape)}.")
        self.input_shape, self.output_shape = (in_channels, *spatial_shape), (out_channels, *spatial_shape)
        self.input_layer = nn.Linear(math.prod(self.input_shape), input_features)
        self.link_layer = nn.Linear(input_features, output_features)
        self.output_layer = nn.Linear(output_features, math.prod(self.output_shape))
        for layer in (self.input_layer, self.link_layer, self.output_layer):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Logits, (batch, out_channels, rows, columns), of images (batch, in_channels, rows, columns) in [0, 1].

        Raises:
            ValueError: the images have another size than the network.
        """
        if tuple(image.shape[1:]) != self.input_shape:
            raise ValueError(f"The network takes images of {self.input_shape}, not of {tuple(image.shape[1:])}.")
        hidden = torch.tanh(self.input_layer(image.flatten(1)))
        hidden = torch.tanh(self.link_layer(hidden))
        return self.output_layer(hidden).unflatten(1, self.output_shape)

    @torch.no_grad()
    def take_input_side(self, images: TiedAutoEncoder) -> None:
        """Begin with the encoder of an auto-encoder of images."""
        self.input_layer.weight.copy_(images.weight)
        self.input_layer.bias.copy_(images.encoder_bias)

    @torch.no_grad()
    def take_output_side(self, label_maps: TiedAutoEncoder) -> None:
        """End with the decoder of an auto-encoder of label maps."""
        self.output_layer.weight.copy_(label_maps.weight.t())
        self.output_layer.bias.copy_(label_maps.decoder_bias)
