"""Whether an adapted network may take the place of the original one, judged without labels of the new scanner."""

import copy
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from scipy import ndimage, stats
from torch import Tensor, nn

from .disturbance import disturb
from .normalization import measure_statistics, statistics_layers
from .outputs import entropy, mean_dice
from .pool import Pool
from .task import Task

PATCHES = 48  # of each scanner that are looked at
# What the score is the mean of.
SCORED = ("agreement", "wholeness", "edges", "plausibility", "opinion")
# Dice overlap on the old scanner, with normalization statistics of its own, that an adaptation may cost.
LARGEST_SOURCE_LOSS = 0.1
_DISTURBANCES = 3
_AT_ONCE, _BATCHES = 16, 8
# Another opinion on a network's labels of patches, such as reverse classification accuracy; larger is better.
Opinion = Callable[[Tensor, Tensor], float]


@dataclass(frozen=True)
class Verdict:
    """What the guard says.

    Attributes:
        kept: whether the adapted network is at least as good.
        sentence: why, in plain words.
        before, after: figures of both networks, by name; nan where one could not be measured.
    """

    kept: bool
    sentence: str
    before: Mapping[str, float]
    after: Mapping[str, float]


class Guard:
    """Judges networks for one new scanner."""

    def __init__(self, task: Task, validation: Pool | None = None, opinion: Opinion | None = None):
        """Look at the images once.

        Args:
            task: original network and images.
            validation: labeled images of the new scanner that nothing is learned from.
            opinion: one figure more.
        """
        self._task, self._opinion = task, opinion
        self._target = task.target.sample(PATCHES)[0]
        self._source = None if task.source is None else task.source.sample(PATCHES)
        self._validation = None if validation is None else validation.sample(PATCHES)
        self._profile = self._known_profile()

    def rate(self, network: nn.Module) -> dict[str, float]:
        """Figures of a network; all are better the larger they are.

        Returns:
            ``agreement`` with itself when gray values are disturbed; ``sureness``, 1 - mean entropy; ``wholeness``,
            share of the structures in their largest components; ``edges``, how far borders of structures are borders in
            the image; ``plausibility``, likeness of the structures' sizes to those of the old scanner; ``source_dice``
            and ``validation_dice``, overlap with labels, the first with normalization statistics of the old scanner;
            ``opinion``. What could not be measured is nan.
        """
        probability = probabilities(network, self._target)
        labels, channels = probability.argmax(1), probability.shape[1]
        nan = math.nan
        profile = self._profile
        return {
            "agreement": self._agreement(network, labels, channels),
            "sureness": 1 - float(entropy(probability).mean()),
            "wholeness": wholeness(labels, channels),
            "edges": edges(self._target, labels),
            "plausibility": nan if profile is None else likeness(class_profile(labels, channels), profile),
            "source_dice": _dice(self._at_home(network), self._source),
            "validation_dice": _dice(network, self._validation),
            "opinion": nan if self._opinion is None else self._opinion(self._target, labels),
        }

    def judge(self, network: nn.Module, before: Mapping[str, float] | None = None) -> Verdict:
        """Compare an adapted network with the original one.

        Args:
            network: the adapted one.
            before: figures of the original one, where they are known already.
        """
        before = before or self.rate(self._task.network)
        return decide(before, self.rate(network))

    def _agreement(self, network: nn.Module, labels: Tensor, channels: int) -> float:
        """Mean Dice overlap of a network's labels of the patches and those of disturbed copies of the patches."""
        disturbed = (disturb(self._target, np.random.default_rng(seed)) for seed in range(_DISTURBANCES))
        return float(np.mean([mean_dice(labels, probabilities(network, x).argmax(1), channels) for x in disturbed]))

    def _at_home(self, network: nn.Module) -> nn.Module:
        """The network with normalization statistics of the old scanner: new ones are no loss of what it has learned."""
        if self._source is None or not statistics_layers(network):
            return network
        network = copy.deepcopy(network)
        measure_statistics(network, self._task.source, _BATCHES, _AT_ONCE, self._task.seed)
        return network

    def _known_profile(self) -> Tensor | None:
        if self._source is None:
            return None
        images, labels = self._source
        probability = probabilities(self._task.network, images)
        return class_profile(probability.argmax(1) if labels is None else labels, probability.shape[1])


def decide(before: Mapping[str, float], after: Mapping[str, float]) -> Verdict:
    """The adapted network is kept where labels of the new scanner say so or, without these, the score of ``score``."""
    known = not math.isnan(before["validation_dice"])
    measured = "overlap with the labels of the new scanner" if known else "score without labels"
    old, new = (figures["validation_dice"] if known else score(figures) for figures in (before, after))
    if not known and _lost(before["source_dice"], after["source_dice"]):
        text = "too much of what it could do on the old scanner was lost"
        return Verdict(False, f"The original model stays: {text}.", before, after)
    kept = bool(new >= old)
    text = f"{measured} {old:.3f} before, {new:.3f} after"
    return Verdict(kept, f"The {'adapted model is kept' if kept else 'original model stays'}: {text}.", before, after)


def choose(figures: Mapping[str, Mapping[str, float]], original: str) -> str:
    """Name of the best of several networks; the original one where none is better."""
    judged = {name: decide(figures[original], found) for name, found in figures.items() if name != original}
    kept = [name for name, verdict in judged.items() if verdict.kept]
    return max(kept, key=lambda name: score(figures[name]), default=original)


def score(figures: Mapping[str, float]) -> float:
    """Mean of what could be measured without labels of the new scanner."""
    values = [figures[name] for name in SCORED if not math.isnan(figures[name])]
    return float(np.mean(values))


@torch.no_grad()
def probabilities(network: nn.Module, images: Tensor) -> Tensor:
    """Probabilities of a network for patches, (batch, channels, axes)."""
    network.eval()
    return torch.cat([torch.softmax(network(part), 1) for part in images.split(_AT_ONCE)])


def class_profile(labels: Tensor, channels: int) -> Tensor:
    """Share of all voxels for each structure, without the background, (channels - 1,)."""
    return torch.bincount(labels.flatten(), minlength=channels)[1:].double() / labels.numel()


def likeness(first: Tensor, second: Tensor) -> float:
    """How equal two profiles are: 1 for equal ones, 0 where no structure is in both."""
    both = torch.stack([first, second])
    return float(both.amin(0).sum() / both.amax(0).sum().clamp_min(1e-12))


def wholeness(labels: Tensor, channels: int) -> float:
    """Share of each structure that lies in its largest component, mean over structures and patches; 0 for none."""
    shares = []
    for patch in labels.cpu().numpy():
        for channel in range(1, channels):
            parts, count = ndimage.label(patch == channel)
            if count:
                sizes = np.bincount(parts.ravel())[1:]
                shares.append(sizes.max() / sizes.sum())
    return float(np.mean(shares)) if shares else 0.0


def edges(images: Tensor, labels: Tensor) -> float:
    """Probability that gray values change more where the label changes than between any two neighbors; 0.5 for none.

    Args:
        images: (batch, channels, axes).
        labels: (batch, axes).
    """
    found = []
    for image, label in zip(images.mean(1).cpu().numpy(), labels.cpu().numpy(), strict=True):
        for axis in range(image.ndim):
            borders = np.diff(label, axis=axis) != 0
            if borders.any():
                ranks = stats.rankdata(np.abs(np.diff(image, axis=axis)), axis=None).reshape(borders.shape)
                found.append((ranks[borders].mean() - 0.5) / borders.size)
    return float(np.mean(found)) if found else 0.5


def _dice(network: nn.Module, patches: tuple[Tensor, Tensor | None] | None) -> float:
    if patches is None or patches[1] is None:
        return math.nan
    probability = probabilities(network, patches[0])
    return mean_dice(probability.argmax(1), patches[1], probability.shape[1])


def _lost(before: float, after: float) -> bool:
    return after < before - LARGEST_SOURCE_LOSS
