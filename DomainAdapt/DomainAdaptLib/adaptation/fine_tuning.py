"""Fine-tuning: learning on from a few labeled cases of the new scanner, at a lower rate."""

import copy
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from SegmentL3Lib.errors import UsageError

from ..training.loop import train
from .disturbance import disturb
from .task import Adapted, Task


def adapt(task: Task, settings: Mapping) -> Adapted:
    """Learn from ``task.labeled``.

    Args:
        task: what to adapt; ``labeled`` is needed.
        settings: ``steps``, ``batch``, ``learning_rate``.

    Raises:
        UsageError: there are no labeled images.
        InputError: the checkpoint cannot be written.
    """
    if task.labeled is None or task.labeled.labels is None:
        raise UsageError("Fine-tuning needs labeled images of the new scanner.")
    network = copy.deepcopy(task.network)
    losses = []

    def watch(step: int, loss: float) -> None:
        losses.append(loss)
        task.progress(step / settings["steps"], f"Step {step} of {settings['steps']}")
        task.metric("segmentation_loss", step, loss)

    def sample(number: int) -> tuple[Tensor, Tensor]:
        rng = np.random.default_rng((task.seed, number))
        images, labels = task.labeled.draw(rng, 1)
        return disturb(images, rng)[0], labels[0]

    with tempfile.TemporaryDirectory() as scratch, _OneOutput(network):
        train(
            network,
            sample,
            steps=settings["steps"],
            batch=settings["batch"],
            learning_rate=settings["learning_rate"],
            seed=task.seed,
            checkpoint=task.checkpoint or Path(scratch, "checkpoint"),
            device=task.device,
            watch=watch,
        )
    last = losses[-10:]
    return Adapted(network.eval(), {"segmentation_loss": float(np.mean(last))} if last else {})



class _OneOutput:
    """Takes the further outputs off that a network with deep supervision gives while it learns."""

    def __init__(self, network: torch.nn.Module):
        self._network, self._deep = network, getattr(network, "deep_supervision", False)

    def __enter__(self) -> None:
        if self._deep:
            self._network.deep_supervision = False
        self._hook = self._network.register_forward_hook(_first_output)

    def __exit__(self, *_error) -> None:
        self._hook.remove()
        if self._deep:
            self._network.deep_supervision = True


def _first_output(_network: torch.nn.Module, _inputs: tuple, output) -> Tensor:
    return output if isinstance(output, Tensor) else output[0]
