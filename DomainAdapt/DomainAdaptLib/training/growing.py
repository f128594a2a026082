"""Networks that learn on coarse pixels first and get a finer level then.

Most of the training then works on a fourth of the pixels (progressive growing, Karras et al., ICLR 2018), and the
grown network starts as nearly the function that was learned (Net2Net, Chen et al., ICLR 2016).
"""

import itertools
from collections.abc import Mapping

import torch
from torch import nn

from SegmentL3Lib.networks import build_network
from SegmentL3Lib.networks.dynunet import PlainDynUNet

_OF_LEVELS = ("filters", "strides", "kernel_size", "upsample_kernel_size")
_SIGNS = (1, -1)  # rectified, a value and its negative together still hold the value
# A mean of two pixels begins one before, or at its place: which of them is a neighbor in the coarse image, and at which
# tap of a kernel of 3 with a stride of 2.  The last neighbor lies a pixel farther than such a kernel reaches.
_BEGINS = (-1, 0)
_MEAN_AND_TAP = ((0, 0), (1, 1), (1, 2))
_ABOVE_ZERO = 3.0  # standard deviations; keeps the passed on logits from being rectified
_SHARPNESS = 3.0
_NEW_SHARE = 0.1  # of the new connections' usual size, so that they begin with little effect


def without_finest_level(network_def: Mapping) -> dict:
    """Definition of a DynUNet whose finest level is left out, for pixels twice as large."""
    coarse = {name: list(network_def[name][1:]) for name in _OF_LEVELS}
    coarse["strides"][0] = 1
    return {**network_def, **coarse}


def coarser(recipe: Mapping) -> dict:
    """Recipe of the same model for pixels twice as large."""
    preprocessing = [
        {**step, "pixdim": [2 * size for size in step["pixdim"]]} if "pixdim" in step else step
        for step in recipe["preprocessing"]
    ]
    return {**recipe, "network_def": without_finest_level(recipe["network_def"]), "preprocessing": preprocessing}


def grown(network_def: Mapping, coarse_weights: Mapping[str, torch.Tensor]) -> PlainDynUNet:
    """Network with a finer level than the one whose weights are given.

    Args:
        network_def: of a 2D DynUNet with one input channel, whose levels each halve the pixels, and whose finest level
            has as many filters as there are output channels, 8 at least.
        coarse_weights: state of the network of ``without_finest_level``.

    Raises:
        RuntimeError: the weights are of another network.
    """
    coarse, fine = build_network(without_finest_level(network_def)), build_network(network_def)
    coarse.load_state_dict(coarse_weights)
    entry = fine.downsamples[0]
    pairs = [(getattr(entry, name), getattr(coarse.input_block, name)) for name in ("conv2", "norm1", "norm2")]
    pairs += zip(fine.downsamples[1:], coarse.downsamples, strict=True)
    pairs += [(fine.bottleneck, coarse.bottleneck)]
    pairs += zip(fine.upsamples[:-1], coarse.upsamples, strict=True)
    for target, source in pairs:
        target.load_state_dict(source.state_dict())
    with torch.no_grad():
        _average_pixels(fine.input_block)
        _see_averages(entry.conv1.conv.weight, coarse.input_block.conv1.conv.weight)
        _pass_on_logits(fine, coarse.output_block.conv.conv)
    return fine


def _average_pixels(block: nn.Module) -> None:
    """The first level gives the means of 2 x 2 pixels at four places, and their negatives."""
    first, second = block.conv1.conv.weight, block.conv2.conv.weight
    first[: len(_SIGNS)] = 0
    for channel, sign in enumerate(_SIGNS):
        first[channel, 0, 1, 1] = sign
    second.zero_()
    for channel, (y, x, sign) in enumerate(_means()):
        for source, part in enumerate(_SIGNS):
            second[channel, source, y + 1 : y + 3, x + 1 : x + 3] = sign * part / 4


def _means() -> list[tuple[int, int, int]]:
    return list(itertools.product(_BEGINS, _BEGINS, _SIGNS))


def _see_averages(weight: torch.Tensor, coarse_weight: torch.Tensor) -> None:
    """The convolution with a stride sees in the means what the first one of the coarse network saw in its pixels."""
    weight.zero_()
    channel_of = {mean: channel for channel, mean in enumerate(_means())}
    for row, column in itertools.product(range(3), repeat=2):
        (mean_y, tap_y), (mean_x, tap_x) = _MEAN_AND_TAP[row], _MEAN_AND_TAP[column]
        for sign in _SIGNS:
            channel = channel_of[_BEGINS[mean_y], _BEGINS[mean_x], sign]
            weight[:, channel, tap_y, tap_x] += sign * coarse_weight[:, 0, row, column]


def _pass_on_logits(fine: PlainDynUNet, coarse_output: nn.Conv2d) -> None:
    """The last level gives the logits of the coarse network, apart from their scale, and at first not much else."""
    last = fine.upsamples[-1]
    last.transp_conv.conv.weight.copy_(coarse_output.weight.transpose(0, 1).expand(-1, -1, 2, 2))
    classes = range(coarse_output.out_channels)
    for name in ("1", "2"):
        convolution, norm = getattr(last.conv_block, f"conv{name}").conv, getattr(last.conv_block, f"norm{name}")
        convolution.weight.mul_(_NEW_SHARE)
        for channel in classes:
            convolution.weight[channel, channel, 1, 1] += 1
        norm.bias.fill_(_ABOVE_ZERO)
    output = fine.output_block.conv.conv
    output.weight.mul_(_NEW_SHARE)
    output.bias.zero_()
    for channel in classes:
        output.weight[channel, channel] += _SHARPNESS
