"""A copy of a network whose layers are replaced by such as a processor computes faster."""

import copy
import itertools
import math

from torch import nn

from ..networks.nnunet_blocks import Decoder
from .layers import (
    FewChannelConvolution,
    FewOutputs,
    ImageLayer,
    InstanceNormalization,
    Parts,
    Upsampling,
    WinogradConvolution,
)

# Weights of a larger layer grow fourfold in memory, for images that are small by then.
MOST_WEIGHTS = 512 * 256
FEW_CHANNELS = 4
LEAST_CHANNELS = 16
# Layers that do nothing in evaluation mode.
IDLE = (nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d, nn.Identity)


def accelerated(network: nn.Module) -> nn.Module:
    """Network with the same weights and, but for rounding errors, the same output, for float32 on a processor.

    Args:
        network: in evaluation mode; is left as it is.

    Returns:
        A network that shares the weights; the given one where there is nothing to replace.
    """
    shared = {id(value): value for value in (*network.parameters(), *network.buffers())}
    result = copy.deepcopy(network, shared)
    replaced: dict[int, nn.Module | None] = {}
    for parent in list(result.modules()):
        for name, child in parent._modules.items():
            if id(child) not in replaced:
                replaced[id(child)] = _faster(child)
            if replaced[id(child)] is not None:
                parent._modules[name] = replaced[id(child)]
        if isinstance(parent, nn.Sequential) and type(parent).forward is nn.Sequential.forward:
            _join(parent)
    for decoder in result.modules():
        if isinstance(decoder, Decoder):
            _leave_apart(decoder)
    useful = any(isinstance(module, WinogradConvolution) for module in replaced.values())
    return result.eval() if useful else network


def _faster(module: nn.Module) -> nn.Module | None:
    if type(module) is nn.Conv3d:
        return _faster_convolution(module)
    if type(module) is nn.ConvTranspose3d and _is_upsampling(module):
        return Upsampling(module)
    if type(module) is nn.InstanceNorm3d and not module.track_running_stats:
        return InstanceNormalization(module)
    return None


def _faster_convolution(module: nn.Conv3d) -> nn.Module | None:
    if module.groups != 1 or set(module.dilation) != {1} or set(module.stride) != {1} or module.padding_mode != "zeros":
        return None
    if module.kernel_size == (1, 1, 1) and set(module.padding) == {0} and module.out_channels < LEAST_CHANNELS:
        return FewOutputs(module)
    if module.kernel_size != (3, 3, 3) or tuple(module.padding) != (1, 1, 1):
        return None
    if module.in_channels <= FEW_CHANNELS:
        return FewChannelConvolution(module)
    if module.in_channels < LEAST_CHANNELS or math.prod(module.weight.shape[:2]) > MOST_WEIGHTS:
        return None
    return WinogradConvolution(module)


def _is_upsampling(module: nn.ConvTranspose3d) -> bool:
    return (
        module.kernel_size == module.stride
        and set(module.padding) == {0}
        and set(module.output_padding) == {0}
        and set(module.dilation) == {1}
        and module.groups == 1
    )


def _join(parent: nn.Sequential) -> None:
    """Let a normalization do the leaky rectifier that directly follows it, and work in place after a convolution."""
    layers = [item for item in parent.named_children() if not isinstance(item[1], IDLE)]
    for (_, before), (next_name, after) in itertools.pairwise(layers):
        if isinstance(before, InstanceNormalization):
            before.slope = _slope(after)
            if before.slope is not None:
                setattr(parent, next_name, nn.Identity())
        if isinstance(after, InstanceNormalization) and isinstance(before, ImageLayer):
            before.bias, after.in_place = None, True


def _leave_apart(decoder: Decoder) -> None:
    """Let convolutions that can take their input in parts do so."""
    for number, stage in enumerate(decoder.stages):
        if isinstance(stage.convs[0].all_modules[0], WinogradConvolution):
            decoder.joinings[number] = Parts()


def _slope(module: nn.Module) -> float | None:
    if type(module) is nn.LeakyReLU:
        return module.negative_slope
    return 0.0 if type(module) is nn.ReLU else None
