"""Learning step by step, in a way that an interruption loses little of."""

import io
import logging
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import torch

from SegmentL3Lib.files import atomic_path
from SegmentL3Lib.models.weights import read_checkpoint

from .task import Task

logger = logging.getLogger(__name__)
CHECKPOINT_EVERY_S = 20.0


class Learner(Protocol):
    """What learns. A step depends on its number and the state alone."""

    def step(self, number: int) -> Mapping[str, float]:
        """Learn once; returns points of curves by name."""

    def state(self) -> dict:
        """All that steps change, as tensors and plain values."""

    def restore(self, state: Mapping) -> None:
        """Take up a state."""


def run_steps(learner: Learner, steps: int, task: Task) -> None:
    """Do all steps, or those that an interrupted run has left.

    Raises:
        InputError: the checkpoint cannot be written.
        ModelError: the checkpoint is damaged.
    """
    first = _resume(learner, task.checkpoint)
    saved = time.monotonic()
    for number in range(first, steps):
        task.progress(number / steps, f"Step {number + 1} of {steps}")
        for series, value in learner.step(number).items():
            task.metric(series, number + 1, value)
        if task.checkpoint is not None and time.monotonic() - saved >= CHECKPOINT_EVERY_S:
            _save(learner, number + 1, task.checkpoint)
            saved = time.monotonic()
    if task.checkpoint is not None and first < steps:
        _save(learner, steps, task.checkpoint)


def _resume(learner: Learner, checkpoint: Path | None) -> int:
    if checkpoint is None or not checkpoint.exists():
        return 0
    content, _ = read_checkpoint(checkpoint)
    learner.restore(content["state"])
    logger.info("Going on at step %d.", content["step"])
    return content["step"]


def _save(learner: Learner, step: int, checkpoint: Path) -> None:
    content = io.BytesIO()  # torch itself does not say why a file cannot be written
    torch.save({"step": step, "state": learner.state()}, content)
    with atomic_path(checkpoint) as temporary:
        temporary.write_bytes(content.getvalue())
