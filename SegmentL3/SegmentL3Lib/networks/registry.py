"""The table of network architectures; a package names one and gives literal arguments, nothing else is built."""

import inspect
from collections.abc import Mapping
from types import MappingProxyType

from monai.networks import nets
from torch import nn

from ..errors import ModelError
from .literals import is_literal

NETWORKS: Mapping[str, type[nn.Module]] = MappingProxyType(
    {
        "BasicUNet": nets.BasicUNet,
        "BasicUNetPlusPlus": nets.BasicUNetPlusPlus,
        "DynUNet": nets.DynUNet,
        "SegResNet": nets.SegResNet,
        "UNet": nets.UNet,
    }
)
MONAI_NETWORKS = "monai.networks.nets."


def network_names() -> tuple[str, ...]:
    """Names that ``_target_`` of a network definition may have, in alphabetical order."""
    return tuple(sorted(NETWORKS))


def build_network(definition: Mapping) -> nn.Module:
    """Network of a declarative definition.

    Args:
        definition: ``{"_target_": name, argument: literal, ...}``; the name with or without ``monai.networks.nets.``.

    Returns:
        The network with freshly initialized weights, on the CPU, in training mode.

    Raises:
        ModelError: the architecture is not in the table, or an argument is unknown to it, not literal or refused.
    """
    arguments = dict(definition)
    name = _table_name(arguments.pop("_target_", None))
    constructor = NETWORKS[name]
    _check_arguments(name, constructor, arguments)
    try:
        return constructor(**arguments)
    except (TypeError, ValueError, KeyError, IndexError, NotImplementedError, AssertionError, RuntimeError) as error:
        raise ModelError(f"The network {name} cannot be built with the arguments of this package: {error}") from error


def _table_name(target) -> str:
    name = str(target)
    if name.startswith(MONAI_NETWORKS):
        name = name.rpartition(".")[2]
    if name not in NETWORKS:
        raise ModelError(
            f'This package needs code that is not run: the network "{target}" is none of {", ".join(network_names())}.'
        )
    return name


def _check_arguments(name: str, constructor: type[nn.Module], arguments: Mapping) -> None:
    known = inspect.signature(constructor).parameters
    for argument, value in arguments.items():
        if argument not in known:
            raise ModelError(f'The network {name} has no argument "{argument}".')
        if not is_literal(value):
            raise ModelError(f'The argument "{argument}" of the network {name} is not a number, text or list of these.')
