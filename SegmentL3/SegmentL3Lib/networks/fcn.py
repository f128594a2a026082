"""FCN-8s: a classification network made convolutional, its coarse scores summed with those of finer layers.

J. Long, E. Shelhamer, T. Darrell: Fully convolutional networks for semantic segmentation. CVPR 2015, 3431-3440.  Layers
as those of VGG16 unless told otherwise.  The image is surrounded by repeats of its border up to a multiple of the
coarsest voxel, where the authors surround it by 100 pixels and cut the scores.
"""

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional

_SCORED_STAGES = 3  # the last ones: 8, 16 and 32 pixels to a score where there are five stages
_COARSEST_KERNEL = 7


class FCN(nn.Module):
    """Stages of convolutions and pooling, scores of the last three summed from coarse to fine.

    Args:
        spatial_dims: number of spatial axes.
        in_channels, out_channels: channels of the image and of the logits.
        features: channels of the stages, three or more.
        depths: convolutions of each stage.
        hidden: channels of the two layers that stand for the fully connected ones.
        dropout: share of their channels that are left out in training.
    """

    def __init__(
        self,
        spatial_dims: int = 2,
        in_channels: int = 1,
        out_channels: int = 2,
        features: Sequence[int] = (64, 128, 256, 512, 512),
        depths: Sequence[int] = (2, 2, 3, 3, 3),
        hidden: int = 4096,
        dropout: float = 0.5,
    ):
        super().__init__()
        self._convolution = (nn.Conv1d, nn.Conv2d, nn.Conv3d)[spatial_dims - 1]
        pooling = (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d)[spatial_dims - 1]
        drop = (nn.Dropout1d, nn.Dropout2d, nn.Dropout3d)[spatial_dims - 1]
        widths = [in_channels, *features]
        self.stages = nn.ModuleList(
            nn.Sequential(*self._layers(before, after, depth, 3), pooling(2))
            for before, after, depth in zip(widths, features, depths, strict=False)
        )
        connected = (*self._layers(features[-1], hidden, 1, _COARSEST_KERNEL), drop(dropout))
        self.classifier = nn.Sequential(*connected, *self._layers(hidden, hidden, 1, 1), drop(dropout))
        scored = [hidden, *features[-2 : -_SCORED_STAGES - 1 : -1]]
        self.scores = nn.ModuleList(self._convolution(width, out_channels, 1) for width in scored)
        finest = 2 ** (len(features) - _SCORED_STAGES + 1)
        for module in self.modules():
            if isinstance(module, self._convolution):
                nn.init.kaiming_normal_(module.weight)
        self.enlargements = nn.ModuleList(_enlargement(spatial_dims, out_channels, by) for by in (2, 2, finest))

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Logits (batch, channel, axes) of an image of that form, of its size."""
        coarsest = 2 ** len(self.stages)
        missing = [width for size in reversed(image.shape[2:]) for width in (0, -size % coarsest)]
        values, stages = functional.pad(image, missing, mode="replicate"), []
        for stage in self.stages:
            values = stage(values)
            stages.append(values)
        coarse_to_fine = [self.classifier(values), *stages[-2 : -_SCORED_STAGES - 1 : -1]]
        result = 0
        for source, score, enlarge in zip(coarse_to_fine, self.scores, self.enlargements, strict=True):
            result = enlarge(result + score(source))
        return result[(..., *(slice(size) for size in image.shape[2:]))]

    def _layers(self, before: int, after: int, depth: int, kernel: int) -> list[nn.Module]:
        pairs = [(before, after), *[(after, after)] * (depth - 1)]
        return [
            layer for pair in pairs for layer in (self._convolution(*pair, kernel, padding=kernel // 2), nn.ReLU())
        ]


def _enlargement(spatial_dims: int, channels: int, by: int) -> nn.Module:
    """Transposed convolution that starts as linear interpolation of each channel."""
    convolution = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)[spatial_dims - 1]
    layer = convolution(channels, channels, 2 * by, stride=by, padding=by // 2, bias=False)
    line = 1 - (torch.arange(2 * by) + 0.5 - by).abs() / by
    kernel = line
    for _ in range(spatial_dims - 1):
        kernel = kernel[..., None] * line
    with torch.no_grad():
        layer.weight.zero_()
        for channel in range(channels):
            layer.weight[channel, channel] = kernel
    return layer
