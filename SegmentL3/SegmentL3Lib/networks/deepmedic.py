"""DeepMedic: a 3D network that sees fine detail and wide context at once.

K. Kamnitsas et al.: Efficient multi-scale 3D CNN with fully connected CRF for accurate brain lesion segmentation.
Medical Image Analysis 36, 61-78, 2017.  Written from the paper and from the configuration of its authors (widths, three
pathways, residual connections); the coarse pathways see averages where the authors take every n-th voxel.
"""

import itertools
import math
from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional

# Layers, counted from 1, that the input of the layer before is added to.
_RESIDUAL_LAYERS = (4, 6, 8)
# What is joined at once in use, along the first axis; all channels of a whole head together would fill the memory.
_ROWS_AT_ONCE = 24


class DeepMedic(nn.Module):
    """Pathways of valid convolutions at several resolutions around the same voxel, joined by layers of 1 x 1 x 1.

    In training mode the image is taken as a segment with its surroundings: the output is smaller than the input by
    ``margin`` voxels on each side.  In evaluation mode the image is surrounded by repeats of its border, and the output
    has its size; each voxel then depends on nothing but the image within ``margin``, so that an image that is run in
    parts, cut at multiples of ``step`` and with their surroundings, gives the same as the whole.

    Args:
        spatial_dims: number of spatial axes.
        in_channels, out_channels: channels of the image and of the logits.
        features: channels of the layers of each pathway, kernels of 3.
        subsampling: voxels that a voxel of each pathway stands for: one number, or one for each axis.
        hidden: channels of the layers that join the pathways.
        dropout: share of the joined channels that are left out in training.
    """

    def __init__(
        self,
        spatial_dims: int = 3,
        in_channels: int = 1,
        out_channels: int = 2,
        features: Sequence[int] = (30, 30, 40, 40, 40, 40, 50, 50),
        subsampling: Sequence[int | Sequence[int]] = (1, 3, 5),
        hidden: Sequence[int] = (250, 250),
        dropout: float = 0.5,
    ):
        super().__init__()
        factors = [[factor] * spatial_dims if isinstance(factor, int) else list(factor) for factor in subsampling]
        self.step = tuple(math.lcm(*axis) for axis in zip(*factors, strict=True))
        self.margin = tuple(len(features) * max(axis) for axis in zip(*factors, strict=True))
        self.pathways = nn.ModuleList(_Pathway(spatial_dims, in_channels, features, factor) for factor in factors)
        widths = [len(factors) * features[-1], *hidden]
        joined = [_layer(spatial_dims, *pair, kernel_size=1, dropout=dropout) for pair in itertools.pairwise(widths)]
        convolution = (nn.Conv1d, nn.Conv2d, nn.Conv3d)[spatial_dims - 1]
        self.joined = nn.Sequential(*joined, convolution(widths[-1], out_channels, kernel_size=1))
        for module in self.modules():
            if isinstance(module, convolution):
                nn.init.kaiming_normal_(module.weight)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Logits of an image (batch, channel, axes); see the class for their size.

        Raises:
            ValueError: in training mode, the image is not ``step`` times a whole number plus twice the margin.
        """
        return self._valid(image) if self.training else self._dense(image)

    def _valid(self, image: torch.Tensor) -> torch.Tensor:
        shape = [size - 2 * margin for size, margin in zip(image.shape[2:], self.margin, strict=True)]
        if any(size < 1 or size % step for size, step in zip(shape, self.step, strict=True)):
            raise ValueError(f"The network takes a multiple of {self.step} voxels and {self.margin} around them.")
        features = [pathway(image, shape) for pathway in self.pathways]
        rows = shape[0] if self.training else -(-_ROWS_AT_ONCE // self.step[0]) * self.step[0]
        starts = range(0, shape[0], rows)
        parts = [self.joined(self._together(features, start, min(start + rows, shape[0]))) for start in starts]
        return parts[0] if len(parts) == 1 else torch.cat(parts, 2)

    def _together(self, features: Sequence[torch.Tensor], start: int, stop: int) -> torch.Tensor:
        """Features of all pathways on the voxels of the image, of some of its rows."""
        parts = []
        for pathway, values in zip(self.pathways, features, strict=True):
            values = values[:, :, start // pathway.factor[0] : stop // pathway.factor[0]]
            for axis, factor in enumerate(pathway.factor, 2):
                values = values.repeat_interleave(factor, axis) if factor > 1 else values
            parts.append(values)
        return torch.cat(parts, 1)

    def _dense(self, image: torch.Tensor) -> torch.Tensor:
        sizes = list(zip(image.shape[2:], self.margin, self.step, strict=True))
        borders = [(margin, margin + -size % step) for size, margin, step in reversed(sizes)]
        padded = functional.pad(image, [width for border in borders for width in border], mode="replicate")
        return self._valid(padded)[(..., *(slice(size) for size in image.shape[2:]))]


class _Pathway(nn.Module):
    """Layers of one resolution."""

    def __init__(self, spatial_dims: int, in_channels: int, features: Sequence[int], factor: Sequence[int]):
        super().__init__()
        self.factor = tuple(factor)
        widths = [in_channels, *features]
        self.layers = nn.ModuleList(_layer(spatial_dims, *pair, kernel_size=3) for pair in itertools.pairwise(widths))
        self._average = (functional.avg_pool1d, functional.avg_pool2d, functional.avg_pool3d)[spatial_dims - 1]

    def forward(self, image: torch.Tensor, shape: Sequence[int]) -> torch.Tensor:
        """Features (batch, channel, axes) of the middle of an image, on the voxels of the pathway."""
        surroundings = [len(self.layers) * factor for factor in self.factor]
        wanted = [size + 2 * width for size, width in zip(shape, surroundings, strict=True)]
        values = _middle(image, wanted)
        coarse = set(self.factor) != {1}
        values = self._average(values, self.factor) if coarse else values
        before = None
        for number, layer in enumerate(self.layers, 1):
            before, values = values, self._add(layer, number, before, values)
        return values

    @staticmethod
    def _add(layer: nn.Module, number: int, before: torch.Tensor | None, values: torch.Tensor) -> torch.Tensor:
        result = layer(values)
        if number not in _RESIDUAL_LAYERS:
            return result
        added = _middle(before, result.shape[2:])
        common = min(added.shape[1], result.shape[1])
        return torch.cat([result[:, :common] + added[:, :common], result[:, common:]], 1)


def _layer(spatial_dims: int, in_channels: int, out_channels: int, *, kernel_size: int, dropout: float = 0.0):
    convolution = (nn.Conv1d, nn.Conv2d, nn.Conv3d)[spatial_dims - 1]
    normalization = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)[spatial_dims - 1]
    layers = [convolution(in_channels, out_channels, kernel_size, bias=False), normalization(out_channels), nn.PReLU()]
    return nn.Sequential(*([nn.Dropout(dropout)] if dropout else []), *layers)


def _middle(values: torch.Tensor, shape: Sequence[int]) -> torch.Tensor:
    starts = [(have - size) // 2 for have, size in zip(values.shape[2:], shape, strict=True)]
    return values[(..., *(slice(start, start + size) for start, size in zip(starts, shape, strict=True)))]
