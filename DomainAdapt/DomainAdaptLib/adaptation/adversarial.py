"""Adversarial adaptation with a discriminator connected to several layers (Kamnitsas et al., IPMI 2017)."""

import copy
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ..training.losses import segmentation_loss
from .agreement import agreement
from .entropy import AGREEMENT_EVERY, STATISTICS_BATCH, STATISTICS_BATCHES
from .normalization import learn_like_in_use, measure_statistics
from .steps import run_steps
from .taps import Taps, choose_layers
from .task import Adapted, Task

# Share of the steps before the second network has any weight, and from which on it has all of it.
WEIGHT_STARTS, WEIGHT_FULL = 0.2, 0.7
_WIDTH, _DISCRIMINATOR_RATE = 24, 1e-3
_COARSE = 4  # activations are brought to this part of the patch
_LARGEST_GRADIENT = 5.0


def adapt(task: Task, settings: Mapping) -> Adapted:
    """Make the layers of the network give no clue to the scanner.

    What the network can do is kept by its loss on the source: against the labels, or against the original network's
    own output where there are none.

    Args:
        task: what to adapt; ``source`` is needed.
        settings: ``steps``, ``batch``, ``learning_rate``, ``weight``, ``connections``.

    Raises:
        InputError: the checkpoint cannot be written.
    """
    network = copy.deepcopy(task.network).to(task.device)
    original = copy.deepcopy(task.network).to(task.device).eval()
    learner = _Learner(network, original, task, settings)
    try:
        run_steps(learner, settings["steps"], task)
    finally:
        learner.taps.close()
    measure_statistics(network, task.target, STATISTICS_BATCHES, STATISTICS_BATCH, task.seed, task.device)
    return Adapted(network.cpu().eval(), {"discriminator_accuracy": learner.accuracy})


def weight_at(share: float, highest: float) -> float:
    """Weight of the discriminator after a share of the steps: none, then linearly rising, then all of it."""
    return highest * float(np.clip((share - WEIGHT_STARTS) / (WEIGHT_FULL - WEIGHT_STARTS), 0, 1))


class Discriminator(nn.Module):
    """Tells from the activations of several layers whether a patch is of the new scanner."""

    def __init__(self, channels: Sequence[int], grid: Sequence[int]):
        """Args:
        channels: of the activations, by layer.
        grid: size to which they are brought.
        """
        super().__init__()
        axes = len(grid)
        convolution = {2: nn.Conv2d, 3: nn.Conv3d}[axes]
        self._grid = tuple(grid)
        self.entries = nn.ModuleList(convolution(count, _WIDTH, 1) for count in channels)
        layers, width = [], _WIDTH * len(channels)
        for _ in range(3):
            layers += [convolution(width, _WIDTH, 3, 2, 1), nn.LeakyReLU(0.2)]
            width = _WIDTH
        self.body = nn.Sequential(*layers, convolution(width, 1, 1))

    def forward(self, activations: Sequence[Tensor]) -> Tensor:
        """Logits, (batch,); above 0 for the new scanner."""
        parts = [
            _resized(entry(values), self._grid) for entry, values in zip(self.entries, activations, strict=True)
        ]
        return self.body(torch.cat(parts, 1)).flatten(1).mean(1)


def _resized(values: Tensor, grid: tuple[int, ...]) -> Tensor:
    if values.shape[2] > grid[0]:
        pool = {2: functional.adaptive_avg_pool2d, 3: functional.adaptive_avg_pool3d}[len(grid)]
        return pool(values, grid)
    return functional.interpolate(values, size=grid, mode={2: "bilinear", 3: "trilinear"}[len(grid)])


class _Learner:
    def __init__(self, network: nn.Module, original: nn.Module, task: Task, settings: Mapping):
        self._network, self._original, self._task, self._settings = network, original, task, settings
        self._half = settings["batch"] // 2
        layers, channels = choose_layers(original, self._images(0)[1], settings["connections"])
        self.taps = Taps(network, layers)
        torch.manual_seed(task.seed)
        grid = [max(1, size // _COARSE) for size in task.target.patch]
        self._discriminator = Discriminator(channels, grid).to(task.device)
        self._optimizer = torch.optim.AdamW(network.parameters(), settings["learning_rate"], weight_decay=1e-4)
        self._opponent = torch.optim.Adam(self._discriminator.parameters(), _DISCRIMINATOR_RATE)
        self.accuracy = float("nan")

    def step(self, number: int) -> dict[str, float]:
        (source, labels), target = self._images(number)
        learn_like_in_use(self._network)
        # Each scanner by itself, so that batch normalization mixes nothing.
        output = self._network(source)
        seen_source = self.taps.take()
        self._network(target)
        seen = [torch.cat(pair) for pair in zip(seen_source, self.taps.take(), strict=True)]
        truth = torch.cat([torch.zeros(len(source)), torch.ones(len(target))]).to(source.device)
        self._teach_discriminator([values.detach() for values in seen], truth)
        loss = segmentation_loss(output, labels)
        weight = weight_at(number / self._settings["steps"], self._settings["weight"])
        confusion = functional.binary_cross_entropy_with_logits(self._discriminator(seen), truth)
        self._optimizer.zero_grad()
        (loss - weight * confusion).backward()
        nn.utils.clip_grad_norm_(self._network.parameters(), _LARGEST_GRADIENT)
        self._optimizer.step()
        curves = {"segmentation_loss": float(loss.detach()), "discriminator_accuracy": self.accuracy}
        if number % AGREEMENT_EVERY == 0:
            curves["target_agreement"] = agreement(self._network, target, number)
            self.taps.take()
        return curves

    def state(self) -> dict:
        return {name: part.state_dict() for name, part in self._parts().items()} | {"accuracy": self.accuracy}

    def restore(self, state: Mapping) -> None:
        for name, part in self._parts().items():
            part.load_state_dict(state[name])
        self.accuracy = state["accuracy"]

    def _parts(self) -> dict:
        return {
            "network": self._network,
            "discriminator": self._discriminator,
            "optimizer": self._optimizer,
            "opponent": self._opponent,
        }

    def _teach_discriminator(self, seen: Sequence[Tensor], truth: Tensor) -> None:
        logits = self._discriminator(seen)
        self._opponent.zero_grad()
        functional.binary_cross_entropy_with_logits(logits, truth).backward()
        self._opponent.step()
        right = float(((logits > 0) == (truth > 0.5)).float().mean())
        self.accuracy = right if np.isnan(self.accuracy) else 0.9 * self.accuracy + 0.1 * right

    def _images(self, number: int) -> tuple[tuple[Tensor, Tensor], Tensor]:
        rng = np.random.default_rng((self._task.seed, number))
        source, labels = self._task.source.draw(rng, self._half)
        target = self._task.target.draw(rng, self._half)[0].to(self._task.device)
        source = source.to(self._task.device)
        if labels is None:
            with torch.no_grad():
                labels = self._original(source).argmax(1)
        return (source, labels.to(self._task.device)), target
