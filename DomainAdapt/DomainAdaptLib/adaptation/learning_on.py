"""Learning on from labeled samples, as fine-tuning and random contrast do."""

import copy
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from torch import Tensor, nn

from ..training.loop import train
from .task import Adapted, Task


def learn_on(task: Task, settings: Mapping, sample: Callable[[int], tuple[Tensor, Tensor]]) -> Adapted:
    """Let a copy of the network of a task learn on.

    Args:
        task: network, checkpoint and who is told of it.
        settings: ``steps``, ``batch``, ``learning_rate``.
        sample: image and labels of a number.

    Raises:
        InputError: the checkpoint cannot be written.
    """
    network = copy.deepcopy(task.network)
    losses = []

    def watch(step: int, loss: float) -> None:
        losses.append(loss)
        task.progress(step / settings["steps"], f"Step {step} of {settings['steps']}")
        task.metric("segmentation_loss", step, loss)

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

    def __init__(self, network: nn.Module):
        self._network, self._deep = network, getattr(network, "deep_supervision", False)

    def __enter__(self) -> None:
        if self._deep:
            self._network.deep_supervision = False
        self._hook = self._network.register_forward_hook(_first_output)

    def __exit__(self, *_error) -> None:
        self._hook.remove()
        if self._deep:
            self._network.deep_supervision = True


def _first_output(_network: nn.Module, _inputs: tuple, output) -> Tensor:
    return output if isinstance(output, Tensor) else output[0]
