"""Gradient descent, the same for every way of starting."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Descent:
    """How long and how fast.

    Attributes:
        steps: updates of the weights at most.
        batch: samples an update.
        learning_rate: of Adam, which sets the rate of each weight by itself.
    """

    steps: int
    batch: int
    learning_rate: float


def descend(
    parameters: Sequence[torch.nn.Parameter],
    loss_of: Callable[[torch.Tensor], torch.Tensor],
    count: int,
    settings: Descent,
    seed: int,
    go_on: Callable[[int], bool] | None = None,
) -> None:
    """Lower a loss.

    Args:
        parameters: what is changed.
        loss_of: loss of the samples with these numbers, int64 (batch,).
        count: number of samples; each is seen once before any is seen again.
        settings: how long and how fast.
        seed: order of the samples.
        go_on: asked after each step, with the number of steps done; the descent ends when it says no.
    """
    optimizer = torch.optim.Adam(parameters, settings.learning_rate, fused=True)
    for step, chosen in enumerate(_batches(count, settings, seed), start=1):
        optimizer.zero_grad()
        loss_of(chosen).backward()
        optimizer.step()
        if go_on and not go_on(step):
            return


def _batches(count: int, settings: Descent, seed: int) -> Iterator[torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    batch, done = min(settings.batch, count), 0
    while True:
        for chosen in torch.randperm(count, generator=generator)[: count // batch * batch].split(batch):
            if done == settings.steps:
                return
            done += 1
            yield chosen
