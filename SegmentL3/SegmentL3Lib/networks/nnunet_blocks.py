"""Building blocks of nnU-Net's networks.

Names of attributes, such as ``convs``, ``all_modules`` and ``transpconvs``, are those of the keys of its checkpoints
(package dynamic-network-architectures 0.4) and cannot be chosen.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

Layer = tuple[type[nn.Module], dict] | None


@dataclass(frozen=True)
class Recipe:
    """The layers that all blocks of one network share, each a class with its options or None.

    Attributes:
        dimensions: 2 or 3.
        bias: whether convolutions have one.
    """

    dimensions: int
    bias: bool
    normalization: Layer
    dropout: Layer
    activation: Layer

    def convolution(self, inputs: int, outputs: int, kernel: tuple, stride: tuple, bias: bool) -> nn.Module:
        """Convolution that keeps the size at stride 1."""
        kind = nn.Conv3d if self.dimensions == 3 else nn.Conv2d
        return kind(inputs, outputs, kernel, stride, tuple((size - 1) // 2 for size in kernel), bias=bias)

    def upsampling(self, inputs: int, outputs: int, stride: tuple) -> nn.Module:
        """Transposed convolution that multiplies the size by the stride."""
        kind = nn.ConvTranspose3d if self.dimensions == 3 else nn.ConvTranspose2d
        return kind(inputs, outputs, stride, stride, bias=self.bias)

    def pooling(self, stride: tuple) -> nn.Module:
        """Mean over blocks of the size of the stride."""
        return (nn.AvgPool3d if self.dimensions == 3 else nn.AvgPool2d)(stride, stride)

    def ones(self) -> tuple[int, ...]:
        """Kernel or stride of size one."""
        return (1,) * self.dimensions


def _made(layer: Layer, *arguments) -> nn.Module | None:
    return layer[0](*arguments, **layer[1]) if layer else None


class ConvBlock(nn.Module):
    """Convolution, dropout, normalization, activation; checkpoints list each of them twice."""

    def __init__(self, recipe: Recipe, inputs: int, outputs: int, kernel: tuple, stride: tuple, *, plain=False):
        """``plain`` leaves dropout and activation out."""
        super().__init__()
        parts = {
            "conv": recipe.convolution(inputs, outputs, kernel, stride, recipe.bias),
            "dropout": None if plain else _made(recipe.dropout),
            "norm": _made(recipe.normalization, outputs),
            "nonlin": None if plain else _made(recipe.activation),
        }
        parts = {name: part for name, part in parts.items() if part is not None}
        for name, part in parts.items():
            self.add_module(name, part)
        self.all_modules = nn.Sequential(*parts.values())

    def forward(self, image: Tensor) -> Tensor:
        """Features of (batch, channel, axes)."""
        return self.all_modules(image)


class Projection(ConvBlock):
    """Convolution of size one without bias, and normalization, on the short way around a residual block."""

    def __init__(self, recipe: Recipe, inputs: int, outputs: int):
        """From ``inputs`` to ``outputs`` channels."""
        without_bias = Recipe(recipe.dimensions, False, recipe.normalization, None, None)
        super().__init__(without_bias, inputs, outputs, recipe.ones(), recipe.ones(), plain=True)


class ConvStack(nn.Module):
    """Convolution blocks in a row, the first with the stride."""

    def __init__(self, recipe: Recipe, count: int, inputs: int, outputs: int, kernel: tuple, stride: tuple):
        """Make ``count`` blocks."""
        super().__init__()
        first = ConvBlock(recipe, inputs, outputs, kernel, stride)
        others = (ConvBlock(recipe, outputs, outputs, kernel, recipe.ones()) for _ in range(count - 1))
        self.convs = nn.Sequential(first, *others)

    def forward(self, image: Tensor) -> Tensor:
        """Features of (batch, channel, axes)."""
        return self.convs(image)


class ResidualBlock(nn.Module):
    """Two convolution blocks with a short way around them, as ResNet-D has it."""

    def __init__(self, recipe: Recipe, inputs: int, outputs: int, kernel: tuple, stride: tuple):
        """The short way takes the mean where there is a stride, and a projection where channels change."""
        super().__init__()
        self.conv1 = ConvBlock(recipe, inputs, outputs, kernel, stride)
        self.conv2 = ConvBlock(recipe, outputs, outputs, kernel, recipe.ones(), plain=True)
        self.nonlin2 = _made(recipe.activation) or nn.Identity()
        pooling = [recipe.pooling(stride)] if max(stride) > 1 else []
        projection = [Projection(recipe, inputs, outputs)] if inputs != outputs else []
        self.skip = nn.Sequential(*pooling, *projection)

    def forward(self, image: Tensor) -> Tensor:
        """Features of (batch, channel, axes)."""
        return self.nonlin2(self.conv2(self.conv1(image)) + self.skip(image))


class ResidualStack(nn.Module):
    """Residual blocks in a row, the first with the stride."""

    def __init__(self, recipe: Recipe, count: int, inputs: int, outputs: int, kernel: tuple, stride: tuple):
        """Make ``count`` blocks."""
        super().__init__()
        first = ResidualBlock(recipe, inputs, outputs, kernel, stride)
        others = (ResidualBlock(recipe, outputs, outputs, kernel, recipe.ones()) for _ in range(count - 1))
        self.blocks = nn.Sequential(first, *others)

    def forward(self, image: Tensor) -> Tensor:
        """Features of (batch, channel, axes)."""
        return self.blocks(image)


@dataclass(frozen=True)
class Level:
    """One resolution of a network: channels, kernel and stride of its first convolution, and how many blocks."""

    features: int
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    blocks: int


class Encoder(nn.Module):
    """Features of all levels, the finest first."""

    def __init__(self, recipe: Recipe, inputs: int, levels: tuple[Level, ...], *, residual: bool):
        """Residual encoders have one convolution before the first level."""
        super().__init__()
        if residual:
            first = levels[0]
            self.stem = ConvStack(recipe, 1, inputs, first.features, first.kernel, recipe.ones())
            inputs = first.features
        stages = []
        for level in levels:
            shape = level.blocks, inputs, level.features, level.kernel, level.stride
            stages.append(ResidualStack(recipe, *shape) if residual else nn.Sequential(ConvStack(recipe, *shape)))
            inputs = level.features
        self.stages = nn.Sequential(*stages)
        self.residual = residual

    def forward(self, image: Tensor) -> list[Tensor]:
        """Features of each level, (batch, channel, axes)."""
        features = self.stem(image) if self.residual else image
        found = []
        for stage in self.stages:
            features = stage(features)
            found.append(features)
        return found


class Joining(nn.Module):
    """Channels of two images, one after the other."""

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """Image (batch, channel, axes) of two of that form."""
        return torch.cat([first, second], dim=1)


class Decoder(nn.Module):
    """Logits from the features of all levels; what gives logits of coarser levels is kept but not run."""

    def __init__(self, encoder: Encoder, recipe: Recipe, levels: tuple[Level, ...], blocks: tuple, classes: int):
        """``blocks`` counts those of each level, the coarsest first."""
        super().__init__()
        self.encoder = encoder  # the keys of checkpoints repeat the encoder below the decoder
        self.stages, self.transpconvs, self.seg_layers = nn.ModuleList(), nn.ModuleList(), nn.ModuleList()
        self.joinings = nn.ModuleList(Joining() for _ in blocks)
        for below, here, count in zip(reversed(levels[1:]), reversed(levels[:-1]), blocks, strict=True):
            self.transpconvs.append(recipe.upsampling(below.features, here.features, below.stride))
            self.stages.append(ConvStack(recipe, count, 2 * here.features, here.features, here.kernel, recipe.ones()))
            self.seg_layers.append(recipe.convolution(here.features, classes, recipe.ones(), recipe.ones(), True))

    def forward(self, levels: list[Tensor]) -> Tensor:
        """Logits (batch, class, axes) of the finest level; the list of levels is emptied, so that no memory is held."""
        features = levels.pop()
        for enlarge, join, stage in zip(self.transpconvs, self.joinings, self.stages, strict=True):
            features = stage(join(enlarge(features), levels.pop()))
        return self.seg_layers[-1](features)
