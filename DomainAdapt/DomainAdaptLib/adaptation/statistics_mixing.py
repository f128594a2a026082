"""Mixtures of old and new statistics, weighted by entropy (Dong et al. 2024, "InTEnt").

The authors average, for a single image, the predictions with several mixtures, each weighted by how sure the network is
with it. ``mixed_probabilities`` does that. ``adapt`` makes an ordinary model: it uses the same weights to average the
mixtures themselves over the new images.
"""

import copy
from collections.abc import Iterator, Mapping, Sequence

import torch
from torch import Tensor, nn

from .batch_norm import BATCH
from .normalization import (
    Statistics,
    measure_statistics,
    read_statistics,
    require_statistics,
    statistics_shift,
    write_mixture,
)
from .outputs import entropy
from .pool import Pool
from .task import Adapted, Task

_PATCHES = 24  # that the weights are taken from


def adapt(task: Task, settings: Mapping) -> Adapted:
    """Choose a mixture.

    Args:
        task: what to adapt.
        settings: ``batches``, ``mixtures``.

    Raises:
        UsageError: the network has no running statistics.
    """
    require_statistics(task.network)
    network = copy.deepcopy(task.network).to(task.device).eval()
    old = read_statistics(network)
    task.progress(0.0, "Measuring the new images")
    measure_statistics(network, task.target, settings["batches"], BATCH, task.seed, task.device)
    new = read_statistics(network)
    shares = torch.linspace(0, 1, settings["mixtures"]).tolist()
    patches = task.target.sample(_PATCHES)[0].to(task.device)
    task.progress(0.5, "Weighting mixtures")
    weights = _weights(probability for probability in _mixtures(network, patches, old, new, shares)).mean(1)
    share = float(weights @ torch.tensor(shares, device=weights.device))
    write_mixture(network, old, new, share)
    evidence = {"statistics_shift": statistics_shift(old, new), "share_of_new_statistics": share}
    return Adapted(network.cpu().eval(), evidence)


def mixed_probabilities(network: nn.Module, image: Tensor, patch: tuple[int, ...], mixtures: int) -> Tensor:
    """Probabilities for one image: the mean over mixtures of its own and the old statistics, weighted by entropy.

    Args:
        network: in evaluation mode; a copy of it is changed.
        image: float32 (slices, channels, axes); its statistics are those of all slices together.
        patch: size of what the network sees at once.
        mixtures: number of mixtures.

    Returns:
        float32 (slices, output channels, axes).

    Raises:
        UsageError: the network has no running statistics.
    """
    require_statistics(network)
    network = copy.deepcopy(network).eval()
    old = read_statistics(network)
    measure_statistics(network, Pool(list(image), patch), 1, len(image), 0)
    new = read_statistics(network)
    probabilities = torch.stack(list(_mixtures(network, image, old, new, torch.linspace(0, 1, mixtures).tolist())))
    weights = _weights(probabilities)
    return (weights.reshape(*weights.shape, *[1] * (image.dim() - 1)) * probabilities).sum(0)


@torch.inference_mode()
def _mixtures(
    network: nn.Module, patches: Tensor, old: Statistics, new: Statistics, shares: Sequence[float]
) -> Iterator[Tensor]:
    for share in shares:
        write_mixture(network, old, new, share)
        yield torch.softmax(network(patches), 1)


def _weights(probabilities) -> Tensor:
    """Weight of each mixture for each image, (mixtures, images): the surer, the more."""
    mean = torch.stack([entropy(probability).flatten(1).mean(1) for probability in probabilities])
    return torch.softmax(-mean / mean.mean(0, keepdim=True).clamp_min(1e-6), 0)
