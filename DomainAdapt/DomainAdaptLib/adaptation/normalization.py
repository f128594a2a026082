"""Normalization layers of a network: their running statistics, and their scale and offset."""

from collections.abc import Iterator, Mapping

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.instancenorm import _InstanceNorm

from SegmentL3Lib.errors import UsageError

from .pool import Pool

NORMALIZATIONS = (_BatchNorm, _InstanceNorm, nn.GroupNorm, nn.LayerNorm)
Statistics = Mapping[str, tuple[Tensor, Tensor]]


def statistics_layers(network: nn.Module) -> dict[str, nn.Module]:
    """Layers that normalize by running mean and variance, by name."""
    return {
        name: module
        for name, module in network.named_modules()
        if isinstance(module, _BatchNorm | _InstanceNorm) and module.running_mean is not None
    }


def require_statistics(network: nn.Module) -> None:
    """Refuse a network that has no running statistics.

    Raises:
        UsageError: it has none.
    """
    if not statistics_layers(network):
        raise UsageError(
            "This method changes the running statistics of normalization layers, and this model has none: "
            f"{_kind(network)}. Choose another method."
        )


def affine_parameters(network: nn.Module) -> dict[str, nn.Parameter]:
    """Scale and offset of all normalization layers, by name.

    Raises:
        UsageError: there are none.
    """
    found = {
        f"{name}.{key}": parameter
        for name, module in network.named_modules()
        if isinstance(module, NORMALIZATIONS)
        for key, parameter in module.named_parameters(recurse=False)
    }
    if not found:
        raise UsageError(
            "This method changes scale and offset of normalization layers, and this model has none. "
            "Choose another method."
        )
    return found


def read_statistics(network: nn.Module) -> Statistics:
    """Copies of the running means and variances, by name of the layer."""
    return {
        name: (layer.running_mean.clone(), layer.running_var.clone())
        for name, layer in statistics_layers(network).items()
    }


@torch.no_grad()
def write_mixture(network: nn.Module, old: Statistics, new: Statistics, share: float) -> None:
    """Give a network the statistics (1 - share) old + share new.

    Variances of the mixture include the distance of both means.
    """
    for name, layer in statistics_layers(network).items():
        (old_mean, old_variance), (new_mean, new_variance) = old[name], new[name]
        layer.running_mean.copy_(torch.lerp(old_mean, new_mean, share))
        spread = share * (1 - share) * (new_mean - old_mean) ** 2
        layer.running_var.copy_(torch.lerp(old_variance, new_variance, share) + spread)


@torch.no_grad()
def measure_statistics(network: nn.Module, pool: Pool, batches: int, batch: int, seed: int, device="cpu") -> None:
    """Measure the running statistics of a network on images, in place; nothing else of it changes.

    A network without running statistics stays as it is.
    """
    layers = statistics_layers(network).values()
    if not layers:
        return
    network.eval()
    kept = [layer.momentum for layer in layers]
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None  # the plain mean over all batches
        layer.train()
    for images in _batches(pool, batches, batch, seed):
        network(images.to(device))
    for layer, momentum in zip(layers, kept, strict=True):
        layer.momentum = momentum
        layer.eval()


def learn_like_in_use(network: nn.Module) -> nn.Module:
    """Set a network up for learning: normalization by the batch, but no drop-out and no further outputs."""
    network.eval()
    for layer in statistics_layers(network).values():
        layer.train()
    return network


def statistics_shift(old: Statistics, new: Statistics) -> float:
    """How far the means of activations moved: mean over all channels of |new - old| / old standard deviation."""
    moved = [(mean - old[name][0]).abs() / old[name][1].clamp_min(1e-8).sqrt() for name, (mean, _) in new.items()]
    return float(torch.cat(moved).mean())


def _batches(pool: Pool, batches: int, batch: int, seed: int) -> Iterator[Tensor]:
    rng = np.random.default_rng(seed)
    return (pool.draw(rng, batch)[0] for _ in range(batches))


def _kind(network: nn.Module) -> str:
    names = sorted({type(module).__name__ for module in network.modules() if isinstance(module, NORMALIZATIONS)})
    if not names:
        return "it has no normalization layers"
    return f"its layers ({', '.join(names)}) normalize each image by itself"
