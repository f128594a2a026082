"""Which trainers of nnU-Net leave network, preprocessing and prediction as planned."""

import json
import re
from functools import cache

from ..errors import ModelError
from ..resources import resource_path
from .values import shown

# Copies of a trainer that only train for longer or shorter.
_TRAINING_LENGTH = re.compile(r"_\d{1,6}epochs?(?=_|$)|_(?:noDataLoading)$")


def uses_batch_norm(trainer) -> bool:
    """Whether a trainer on the list replaces the plan's normalization layers by batch normalization.

    Raises:
        ModelError: the trainer is not on the list; what it changes is code that is not run.
    """
    name = _TRAINING_LENGTH.sub("", trainer) if isinstance(trainer, str) else None
    if name in _names("trainers_with_batch_norm"):
        return True
    if name in _names("trainers_with_the_planned_network") | _names("trainers_of_others_with_the_planned_network"):
        return False
    raise ModelError(
        f'The trainer "{shown(trainer)}" of the model package is not known here. It may have changed the network or '
        "the normalization, and its code is not run."
    )


def is_in_ras(dataset_name) -> bool:
    """Whether the makers of a data set turn every scan to RAS before nnU-Net, which its folder does not say."""
    return isinstance(dataset_name, str) and bool(re.match(_table()["datasets_in_ras"]["pattern"], dataset_name))


def _names(key: str) -> frozenset[str]:
    return frozenset(_table()[key]["names"])


@cache
def _table() -> dict:
    return json.loads(resource_path("Models", "nnunet.json").read_text(encoding="utf-8"))
