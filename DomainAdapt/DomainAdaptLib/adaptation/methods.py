"""The methods by their names in the catalog."""

from collections.abc import Mapping

from torch import nn

from . import adversarial, batch_norm, entropy, fine_tuning, mean_teacher, random_contrast, statistics_mixing
from .catalog import find_method
from .normalization import affine_parameters, require_statistics
from .task import Adapted, Task

_METHODS = {
    "batch_norm": batch_norm.adapt,
    "entropy": entropy.adapt,
    "statistics_mixing": statistics_mixing.adapt,
    "adversarial": adversarial.adapt,
    "mean_teacher": mean_teacher.adapt,
    "random_contrast": random_contrast.adapt,
    "fine_tuning": fine_tuning.adapt,
}


_CAN_ACT = {
    "batch_norm": require_statistics,
    "statistics_mixing": require_statistics,
    "entropy": affine_parameters,
}


def require_effect(name: str, network: nn.Module) -> None:
    """Refuse a method that cannot change a network, before anything else is done.

    Raises:
        UsageError: it cannot act on it.
    """
    if name in _CAN_ACT:
        _CAN_ACT[name](network)


def adapt(name: str, task: Task, settings: Mapping) -> Adapted:
    """Adapt a network.

    Args:
        name: of the method in the catalog.
        task: network and images; the network is not changed.
        settings: those of the method that differ from their defaults.

    Raises:
        UsageError: the method or a setting is not known, or the method cannot act on the network.
        InputError: the checkpoint cannot be written.
    """
    return _METHODS[name](task, find_method(name).settings_with(settings))
