"""Entropy minimization on scale and offset of normalization layers (Wang et al. 2021, "Tent").

Different from the published method, the new images are seen in several passes and the outcome is kept as a model.
"""

import copy
from collections.abc import Mapping

import numpy as np
import torch
from torch import nn

from .agreement import agreement
from .normalization import affine_parameters, learn_like_in_use, measure_statistics
from .outputs import entropy
from .steps import run_steps
from .task import Adapted, Task

STATISTICS_BATCHES, STATISTICS_BATCH = 40, 8
AGREEMENT_EVERY = 10


def adapt(task: Task, settings: Mapping) -> Adapted:
    """Make the network surer on the new images.

    Args:
        task: what to adapt.
        settings: ``steps``, ``batch``, ``learning_rate``.

    Raises:
        UsageError: the network has no normalization layers.
        InputError: the checkpoint cannot be written.
    """
    network = copy.deepcopy(task.network).to(task.device)
    learner = _Learner(network, task, settings)
    before = learner.mean_entropy()
    run_steps(learner, settings["steps"], task)
    measure_statistics(network, task.target, STATISTICS_BATCHES, STATISTICS_BATCH, task.seed, task.device)
    evidence = {"entropy_before": before, "entropy_after": learner.mean_entropy()}
    return Adapted(network.cpu().requires_grad_(True).eval(), evidence)


class _Learner:
    def __init__(self, network: nn.Module, task: Task, settings: Mapping):
        self._network, self._task, self._batch = network, task, settings["batch"]
        network.requires_grad_(False)
        parameters = list(affine_parameters(network).values())
        for parameter in parameters:
            parameter.requires_grad_(True)
        self._optimizer = torch.optim.Adam(parameters, settings["learning_rate"])

    def step(self, number: int) -> dict[str, float]:
        images = self._images(number)
        loss = entropy(torch.softmax(learn_like_in_use(self._network)(images), 1)).mean()
        self._optimizer.zero_grad()
        loss.backward()
        self._optimizer.step()
        curves = {"entropy": float(loss.detach())}
        if number % AGREEMENT_EVERY == 0:
            curves["target_agreement"] = agreement(self._network, images, number)
        return curves

    def state(self) -> dict:
        return {"network": self._network.state_dict(), "optimizer": self._optimizer.state_dict()}

    def restore(self, state: Mapping) -> None:
        self._network.load_state_dict(state["network"])
        self._optimizer.load_state_dict(state["optimizer"])

    @torch.no_grad()
    def mean_entropy(self) -> float:
        images = self._task.target.sample(self._batch * 2)[0].to(self._task.device)
        return float(entropy(torch.softmax(self._network.eval()(images), 1)).mean())

    def _images(self, number: int) -> torch.Tensor:
        rng = np.random.default_rng((self._task.seed, number))
        return self._task.target.draw(rng, self._batch)[0].to(self._task.device)
