"""Self-training with a mean teacher (Tarvainen and Valpola 2017; for other scanners Perone et al. 2019)."""

import copy
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ..training.losses import segmentation_loss
from .agreement import agreement
from .disturbance import disturb
from .entropy import AGREEMENT_EVERY, STATISTICS_BATCH, STATISTICS_BATCHES
from .normalization import learn_like_in_use, measure_statistics
from .steps import run_steps
from .task import Adapted, Task

_LARGEST_GRADIENT = 5.0


def adapt(task: Task, settings: Mapping) -> Adapted:
    """Learn from the teacher's labels of the new images, and from the source where it is there.

    Args:
        task: what to adapt.
        settings: ``steps``, ``batch``, ``learning_rate``, ``teacher_average``, ``confidence``.

    Returns:
        The teacher.

    Raises:
        InputError: the checkpoint cannot be written.
    """
    student = copy.deepcopy(task.network).to(task.device)
    teacher = copy.deepcopy(task.network).to(task.device).requires_grad_(False)
    # Before anything is learned, the teacher's labels are to be those of the new scanner's statistics.
    measure_statistics(teacher, task.target, STATISTICS_BATCHES, STATISTICS_BATCH, task.seed, task.device)
    learner = _Learner(student, teacher, task, settings)
    run_steps(learner, settings["steps"], task)
    measure_statistics(teacher, task.target, STATISTICS_BATCHES, STATISTICS_BATCH, task.seed, task.device)
    return Adapted(teacher.cpu().requires_grad_(True).eval(), {"share_of_confident_voxels": learner.confident})


class _Learner:
    def __init__(self, student: nn.Module, teacher: nn.Module, task: Task, settings: Mapping):
        self._student, self._teacher, self._task, self._settings = student, teacher, task, settings
        self._optimizer = torch.optim.AdamW(student.parameters(), settings["learning_rate"], weight_decay=1e-4)
        self.confident = float("nan")

    def step(self, number: int) -> dict[str, float]:
        rng = np.random.default_rng((self._task.seed, number))
        batch, device = self._settings["batch"], self._task.device
        images = self._task.target.draw(rng, batch)[0].to(device)
        learn_like_in_use(self._student)
        loss = self._loss_against_teacher(images, rng)
        curves = {"self_training_loss": float(loss.detach())}
        if self._task.source is not None and self._task.source.labels is not None:
            source, labels = self._task.source.draw(rng, batch)
            known = segmentation_loss(self._student(disturb(source.to(device), rng)), labels.to(device))
            curves["segmentation_loss"] = float(known.detach())
            loss = loss + known
        self._optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self._student.parameters(), _LARGEST_GRADIENT)
        self._optimizer.step()
        self._follow()
        if number % AGREEMENT_EVERY == 0:
            curves["target_agreement"] = agreement(self._teacher, images, number)
        return curves

    def state(self) -> dict:
        parts = {name: part.state_dict() for name, part in self._parts().items()}
        return parts | {"confident": self.confident}

    def restore(self, state: Mapping) -> None:
        for name, part in self._parts().items():
            part.load_state_dict(state[name])
        self.confident = state["confident"]

    def _parts(self) -> dict:
        return {"student": self._student, "teacher": self._teacher, "optimizer": self._optimizer}

    def _loss_against_teacher(self, images: Tensor, rng: np.random.Generator) -> Tensor:
        with torch.no_grad():
            sureness, labels = torch.softmax(self._teacher.eval()(images), 1).max(1)
        sure = sureness >= self._settings["confidence"]
        self.confident = float(sure.float().mean())
        loss = functional.cross_entropy(self._student(disturb(images, rng)), labels, reduction="none")
        return (loss * sure).sum() / sure.sum().clamp_min(1)

    @torch.no_grad()
    def _follow(self) -> None:
        share = 1 - self._settings["teacher_average"]
        for teacher, student in zip(self._teacher.parameters(), self._student.parameters(), strict=True):
            teacher.lerp_(student, share)
