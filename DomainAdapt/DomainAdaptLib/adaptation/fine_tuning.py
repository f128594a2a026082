"""Fine-tuning: learning on from a few labeled cases of the new scanner, at a lower rate."""

from collections.abc import Mapping

import numpy as np
from torch import Tensor

from SegmentL3Lib.errors import UsageError

from .disturbance import disturb
from .learning_on import learn_on
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

    def sample(number: int) -> tuple[Tensor, Tensor]:
        rng = np.random.default_rng((task.seed, number))
        images, labels = task.labeled.draw(rng, 1)
        return disturb(images, rng)[0], labels[0]

    return learn_on(task, settings, sample)
