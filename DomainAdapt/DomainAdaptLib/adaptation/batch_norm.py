"""Batch normalization statistics of the new images in place of the old ones (Li et al. 2016, "AdaBN")."""

import copy
from collections.abc import Mapping

from .normalization import measure_statistics, read_statistics, require_statistics, statistics_shift, write_mixture
from .task import Adapted, Task

BATCH = 8  # patches that are measured at once


def adapt(task: Task, settings: Mapping) -> Adapted:
    """Measure the statistics again.

    Args:
        task: what to adapt.
        settings: ``batches``, ``source_share``.

    Raises:
        UsageError: the network has no running statistics.
    """
    require_statistics(task.network)
    network = copy.deepcopy(task.network).to(task.device)
    old = read_statistics(network)
    task.progress(0.0, "Measuring the new images")
    measure_statistics(network, task.target, settings["batches"], BATCH, task.seed, task.device)
    new = read_statistics(network)
    write_mixture(network, old, new, 1 - settings["source_share"])
    return Adapted(network.cpu().eval(), {"statistics_shift": statistics_shift(old, new)})
