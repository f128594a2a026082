"""The plain form of MONAI's ``DynUNet``, without the seconds that importing MONAI takes at each start.

Names of parameters, their initial values and the output are those of MONAI, so that packages are read by both.  The
architecture is that of F. Isensee et al.: nnU-Net, Nature Methods 18, 203-211, 2021.
"""

import itertools
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

_ARGUMENTS = frozenset(
    {"spatial_dims", "in_channels", "out_channels", "kernel_size", "strides", "upsample_kernel_size", "filters"}
)
_SLOPE = 0.01
_KERNEL = 3


def is_plain(arguments: Mapping) -> bool:
    """Whether a ``DynUNet`` with these arguments is what ``PlainDynUNet`` builds."""
    if arguments.keys() != _ARGUMENTS or arguments["spatial_dims"] not in (2, 3):
        return False
    kernels, strides, enlargements, filters = (
        arguments[name] for name in ("kernel_size", "strides", "upsample_kernel_size", "filters")
    )
    if not all(isinstance(each, list) for each in (kernels, strides, enlargements, filters)):
        return False
    sizes = [*kernels, *filters, arguments["in_channels"], arguments["out_channels"]]
    return (
        all(type(size) is int and size > 0 for size in sizes)
        and set(kernels) == {_KERNEL}
        and 3 <= len(kernels) == len(strides) == len(filters)
        and enlargements == strides[1:]
        and all(_is_stride(stride, arguments["spatial_dims"]) for stride in strides)
    )


def _is_stride(stride, dimensions: int) -> bool:
    """Whether it is 1 or 2, for all axes or for each."""
    axes = stride if isinstance(stride, list) else [stride] * dimensions
    return len(axes) == dimensions and all(type(step) is int and step in (1, 2) for step in axes)


class PlainDynUNet(nn.Module):
    """U-Net of blocks of two convolutions of 3 voxels, instance normalization and leaky rectifiers.

    Args:
        spatial_dims: 2 or 3.
        in_channels, out_channels: channels of the image and of the logits.
        kernel_size: 3 for each level.
        strides: 1 or 2 for each level, or a list of them, one for each axis.
        upsample_kernel_size: the strides but for the first.
        filters: channels of each level, the finest first.
    """

    def __init__(
        self,
        spatial_dims: int,
        in_channels: int,
        out_channels: int,
        kernel_size: Sequence[int],
        strides: Sequence[int | Sequence[int]],
        upsample_kernel_size: Sequence[int | Sequence[int]],
        filters: Sequence[int],
    ):
        super().__init__()
        del kernel_size, upsample_kernel_size  # say nothing that the strides do not
        self.input_block = _Block(spatial_dims, in_channels, filters[0], strides[0])
        steps = zip(itertools.pairwise(filters), strides[1:], strict=True)
        *down, last = [_Block(spatial_dims, *pair, stride) for pair, stride in steps]
        self.downsamples, self.bottleneck = nn.ModuleList(down), last
        ups = zip(filters[:0:-1], filters[-2::-1], strides[:0:-1], strict=True)
        self.upsamples = nn.ModuleList(_Upsampling(spatial_dims, *each) for each in ups)
        self.output_block = _Wrapped(_convolution(spatial_dims)(filters[0], out_channels, 1), depth=2)
        torch.rand(1)  # MONAI draws it for its heads: what chance gives afterwards is the same, too
        self.apply(_initialize)
        # Checkpoints of MONAI name each parameter a second time, nested as the levels are.
        nested: nn.Module = self.bottleneck
        for block, upsampling in zip([*down[::-1], self.input_block], self.upsamples, strict=True):
            nested = _Level(block, nested, upsampling)
        self.skip_layers = nested

    def forward(self, image: Tensor) -> Tensor:
        """Logits (batch, class, axes) of an image (batch, channel, axes); its sizes are multiples of all strides."""
        return self.output_block(self.skip_layers(image))


class _Level(nn.Module):
    def __init__(self, downsample: nn.Module, next_layer: nn.Module, upsample: nn.Module):
        super().__init__()
        self.downsample, self.next_layer, self.upsample = downsample, next_layer, upsample

    def forward(self, image: Tensor) -> Tensor:
        features = self.downsample(image)
        return self.upsample(self.next_layer(features), features)


class _Block(nn.Module):
    def __init__(self, dimensions: int, inputs: int, outputs: int, stride: int | Sequence[int]):
        super().__init__()
        convolution, norm = _convolution(dimensions), (nn.InstanceNorm2d, nn.InstanceNorm3d)[dimensions - 2]
        sizes = {"kernel_size": _KERNEL, "padding": _KERNEL // 2, "bias": False}
        self.conv1 = _Wrapped(convolution(inputs, outputs, stride=stride, **sizes))
        self.conv2 = _Wrapped(convolution(outputs, outputs, **sizes))
        self.lrelu = nn.LeakyReLU(_SLOPE, inplace=True)
        self.norm1, self.norm2 = (norm(outputs, affine=True) for _ in range(2))

    def forward(self, image: Tensor) -> Tensor:
        features = self.lrelu(self.norm1(self.conv1(image)))
        return self.lrelu(self.norm2(self.conv2(features)))


class _Upsampling(nn.Module):
    def __init__(self, dimensions: int, inputs: int, outputs: int, stride: int | Sequence[int]):
        super().__init__()
        transposed = (nn.ConvTranspose2d, nn.ConvTranspose3d)[dimensions - 2]
        self.transp_conv = _Wrapped(transposed(inputs, outputs, stride, stride, bias=False))
        self.conv_block = _Block(dimensions, 2 * outputs, outputs, 1)

    def forward(self, image: Tensor, skipped: Tensor) -> Tensor:
        return self.conv_block(torch.cat((self.transp_conv(image), skipped), dim=1))


class _Wrapped(nn.Sequential):
    """A layer below the name ``conv``, as deep as MONAI has it."""

    def __init__(self, layer: nn.Module, depth: int = 1):
        super().__init__()
        self.add_module("conv", layer if depth == 1 else _Wrapped(layer, depth - 1))


def _convolution(dimensions: int) -> type[nn.Module]:
    return (nn.Conv2d, nn.Conv3d)[dimensions - 2]


def _initialize(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d | nn.Conv3d | nn.ConvTranspose2d | nn.ConvTranspose3d):
        nn.init.kaiming_normal_(module.weight, a=_SLOPE)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
