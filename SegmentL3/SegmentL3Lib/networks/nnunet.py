"""nnU-Net's networks from the architecture entry of its plans, without nnU-Net and without looking names up in it."""

import math
import re
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from ..errors import ModelError
from .nnunet_blocks import Decoder, Encoder, Level, Recipe
from .nnunet_operators import layer

# The block counts of the encoder stand below this name, by network.
NETWORKS = {"PlainConvUNet": "n_conv_per_stage", "ResidualEncoderUNet": "n_blocks_per_stage"}
_CLASS_NAME = re.compile(r"(?:dynamic_network_architectures\.architectures\.(?:unet|residual_unet)\.)?(\w+)")
_KNOWN = {
    "n_stages", "features_per_stage", "conv_op", "kernel_sizes", "strides", "n_conv_per_stage_decoder", "conv_bias",
    "norm_op", "norm_op_kwargs", "dropout_op", "dropout_op_kwargs", "nonlin", "nonlin_kwargs", "deep_supervision",
}  # fmt: skip
_MOST_LEVELS, _MOST_BLOCKS, _MOST_FEATURES, _MOST_CHANNELS = 12, 50, 8192, 4096
_LARGEST_KERNEL, _LARGEST_STRIDE = 31, 16
_LONGEST_NAME = 100


class PlannedUNet(nn.Module):
    """U-Net of a plan: ``PlainConvUNet`` or ``ResidualEncoderUNet`` of nnU-Net v2."""

    def __init__(self, recipe: Recipe, inputs: int, levels: tuple[Level, ...], decoder: tuple, classes: int, residual):
        """``decoder`` counts the blocks of its levels, the coarsest first."""
        super().__init__()
        self.encoder = Encoder(recipe, inputs, levels, residual=residual)
        self.decoder = Decoder(self.encoder, recipe, levels, decoder, classes)
        #: Numbers of voxels, by axis, that the size of an image must be a multiple of.
        self.divisors = tuple(math.prod(axis) for axis in zip(*(level.stride for level in levels), strict=True))

    def forward(self, image: Tensor) -> Tensor:
        """Logits (batch, class, axes) of an image (batch, channel, axes)."""
        return self.decoder(self.encoder(image))


def build_planned_network(architecture: Mapping, inputs: int, classes: int, *, batch_norm: bool = False) -> PlannedUNet:
    """Network of the entry ``architecture`` of a configuration in plans.json.

    Args:
        architecture: ``network_class_name`` and ``arch_kwargs``.
        inputs: channels of the image.
        classes: channels of the output.
        batch_norm: whether batch normalization replaces the plan's, as nnUNetTrainerBN does.

    Returns:
        The network on the meta device: shapes, and no numbers yet.

    Raises:
        ModelError: another network, another layer, or an argument that is unknown or not sensible; it is named.
    """
    name = _network_name(architecture.get("network_class_name"))
    arguments = architecture.get("arch_kwargs")
    if not isinstance(arguments, Mapping):
        raise ModelError("The architecture of the model package has no arch_kwargs.")
    _check_known(name, arguments)
    recipe = _read_recipe(arguments, batch_norm)
    levels = _read_levels(arguments, NETWORKS[name], recipe.dimensions)
    decoder = _counts(arguments, "n_conv_per_stage_decoder", len(levels) - 1, _MOST_BLOCKS)
    for count, what in ((inputs, "input"), (classes, "output")):
        if not 0 < count <= _MOST_CHANNELS:
            raise ModelError(f"The model package describes a network with {count} {what} channels.")
    try:
        with torch.device("meta"):
            return PlannedUNet(recipe, inputs, levels, decoder, classes, name == "ResidualEncoderUNet")
    except Exception as error:  # options of layers are checked by torch itself
        raise ModelError(f"The network {name} of the model package cannot be built: {error}") from error


def _network_name(class_name) -> str:
    found = _CLASS_NAME.fullmatch(class_name) if isinstance(class_name, str) else None
    if found is None or found[1] not in NETWORKS:
        raise ModelError(
            f'The model package needs the network "{str(class_name)[:_LONGEST_NAME]}" (network_class_name), which is '
            f"none of {', '.join(NETWORKS)}; code of other networks is not run."
        )
    return found[1]


def _check_known(name: str, arguments: Mapping) -> None:
    # True swaps normalization and activation, which no planner of nnU-Net asks for.
    known = _KNOWN | {NETWORKS[name]} | ({"nonlin_first"} if arguments.get("nonlin_first") is False else set())
    unknown = sorted(str(key) for key in set(arguments) - known)
    if unknown:
        shown = unknown[0][:_LONGEST_NAME]
        raise ModelError(f'The network {name} of the model package has the unknown argument "{shown}".')


def _read_recipe(arguments: Mapping, batch_norm: bool) -> Recipe:
    convolution = layer("conv", arguments.get("conv_op"))
    if convolution is None:
        raise ModelError("The architecture of the model package has no conv_op.")
    dimensions = 3 if convolution[0] is nn.Conv3d else 2
    bias = arguments.get("conv_bias", False)
    if not isinstance(bias, bool):
        raise ModelError("conv_bias in the architecture of the model package is neither true nor false.")
    norm = ("instancenorm batchnorm", arguments.get("norm_op"), arguments.get("norm_op_kwargs"))
    if batch_norm:
        norm = ("batchnorm", f"torch.nn.BatchNorm{dimensions}d", {"eps": 1e-5, "affine": True})
    return Recipe(
        dimensions=dimensions,
        bias=bias,
        normalization=layer(*norm, dimensions=dimensions),
        dropout=layer(
            "dropout", arguments.get("dropout_op"), arguments.get("dropout_op_kwargs"), dimensions=dimensions
        ),
        activation=layer("activation", arguments.get("nonlin"), arguments.get("nonlin_kwargs")),
    )


def _read_levels(arguments: Mapping, blocks_key: str, dimensions: int) -> tuple[Level, ...]:
    count = arguments.get("n_stages")
    if not _is_count(count, _MOST_LEVELS) or count < 2:
        raise ModelError(f"n_stages in the architecture of the model package is not a number from 2 to {_MOST_LEVELS}.")
    features = _counts(arguments, "features_per_stage", count, _MOST_FEATURES)
    kernels = _sizes(arguments, "kernel_sizes", count, dimensions, _LARGEST_KERNEL)
    strides = _sizes(arguments, "strides", count, dimensions, _LARGEST_STRIDE)
    blocks = _counts(arguments, blocks_key, count, _MOST_BLOCKS)
    if any(size % 2 == 0 for kernel in kernels for size in kernel):
        raise ModelError("kernel_sizes in the architecture of the model package hold an even number.")
    return tuple(map(Level, features, kernels, strides, blocks))


def _counts(arguments: Mapping, key: str, length: int, most: int) -> tuple[int, ...]:
    value = arguments.get(key)
    values = [value] * length if _is_count(value, most) else value
    if not isinstance(values, list) or len(values) != length or not all(_is_count(item, most) for item in values):
        raise ModelError(f"{key} in the architecture of the model package is not {length} numbers from 1 to {most}.")
    return tuple(values)


def _sizes(arguments: Mapping, key: str, length: int, dimensions: int, most: int) -> list[tuple[int, ...]]:
    value = arguments.get(key)
    values = [value] * length if _is_count(value, most) else value
    if not isinstance(values, list) or len(values) != length:
        raise ModelError(f"{key} in the architecture of the model package does not have {length} entries.")
    sizes = [(item,) * dimensions if _is_count(item, most) else item for item in values]
    for size in sizes:
        fits = isinstance(size, list | tuple) and len(size) == dimensions
        if not fits or not all(_is_count(item, most) for item in size):
            raise ModelError(f"{key} in the architecture of the model package holds more than sizes from 1 to {most}.")
    return [tuple(size) for size in sizes]


def _is_count(value, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most
