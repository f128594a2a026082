"""The table of network architectures; a package names one and gives literal arguments, nothing else is built."""

import importlib.util
import inspect
from collections.abc import Mapping
from types import MappingProxyType

from torch import nn

from ..errors import ModelError
from .deepmedic import DeepMedic
from .dynunet import PlainDynUNet, is_plain
from .fcn import FCN
from .ioda import IODA
from .literals import is_literal

OWN_NETWORKS: Mapping[str, type[nn.Module]] = MappingProxyType({"DeepMedic": DeepMedic, "FCN": FCN, "IODA": IODA})
NAMES_IN_MONAI = frozenset(
    {
        "AttentionUnet",
        "BasicUNet",
        "BasicUNetPlusPlus",
        "DynUNet",
        "HighResNet",
        "SegResNet",
        "SegResNetDS",
        "SwinUNETR",
        "UNETR",
        "UNet",
        "VNet",
    }
)
MONAI_NETWORKS = "monai.networks.nets."
# Attention layers of MONAI use this package, which MONAI itself does not require.
_NEED_EINOPS = frozenset({"SwinUNETR", "UNETR"})
# Arguments of earlier MONAI versions that never had an influence on weights or output.
_RETIRED: Mapping[str, frozenset[str]] = MappingProxyType({"SwinUNETR": frozenset({"img_size"})})
# Its attention table grows with the sixth power of the window.
_LARGEST_ARGUMENT: Mapping[str, int] = MappingProxyType({"window_size": 16})
_LARGEST_NUMBER, _LONGEST_LIST, _LONGEST_TEXT = 10_000, 100, 100


def network_names() -> tuple[str, ...]:
    """Names that ``_target_`` of a network definition may have, in alphabetical order."""
    return tuple(sorted(NAMES_IN_MONAI | set(OWN_NETWORKS)))


def build_network(definition: Mapping) -> nn.Module:
    """Network of a declarative definition.

    Args:
        definition: ``{"_target_": name, argument: literal, ...}``; the name with or without ``monai.networks.nets.``.

    Returns:
        The network with freshly initialized weights, on the CPU, in training mode.

    Raises:
        ModelError: the architecture is not in the table, or an argument is unknown to it, not literal or refused.
    """
    name, arguments = _read(definition)
    try:
        return _class(name, arguments)(**arguments)
    except ModelError:
        raise
    except Exception as error:  # arguments that do not fit together can fail anywhere in the network's own code
        raise ModelError(f"The network {name} cannot be built with the arguments of this package: {error}") from error


def network_argument(definition: Mapping, argument: str):
    """Value of an argument of a definition, or the network's own default for it; None where there is neither.

    Raises:
        ModelError: as ``build_network``.
    """
    name, arguments = _read(definition)
    default = inspect.signature(_class(name, arguments)).parameters.get(argument)
    known = default is not None and default.default is not inspect.Parameter.empty
    return arguments.get(argument, default.default if known else None)


def _class(name: str, arguments: Mapping) -> type[nn.Module]:
    if name in OWN_NETWORKS:
        return OWN_NETWORKS[name]
    if name == "DynUNet" and is_plain(arguments):
        return PlainDynUNet
    from monai.networks import nets  # slow to import, and not needed for models of nnU-Net or for the slice at L3

    return getattr(nets, name)


def _read(definition: Mapping) -> tuple[str, dict]:
    arguments = dict(definition)
    name = _table_name(arguments.pop("_target_", None))
    for argument in _RETIRED.get(name, ()):
        arguments.pop(argument, None)
    _check_arguments(name, arguments)
    if name in _NEED_EINOPS and importlib.util.find_spec("einops") is None:
        raise ModelError(f"The network {name} needs the Python package einops; install it and try again.")
    return name, arguments


def _table_name(target) -> str:
    name = str(target)
    if name.startswith(MONAI_NETWORKS):
        name = name.rpartition(".")[2]
    if name not in network_names():
        raise ModelError(
            f'This package needs code that is not run: the network "{str(target)[:_LONGEST_TEXT]}" is none of '
            f"{', '.join(network_names())}."
        )
    return name


def _check_arguments(name: str, arguments: Mapping) -> None:
    known = inspect.signature(_class(name, arguments)).parameters
    for argument, value in arguments.items():
        if argument not in known:
            raise ModelError(f'The network {name} has no argument "{argument[:_LONGEST_TEXT]}".')
        if not is_literal(value):
            raise ModelError(f'The argument "{argument}" of the network {name} is not a number, text or list of these.')
        if not _is_sensible(value, _LARGEST_ARGUMENT.get(argument, _LARGEST_NUMBER)):
            raise ModelError(f'The argument "{argument}" of the network {name} is too large.')


def _is_sensible(value, largest: int) -> bool:
    if isinstance(value, dict):
        value = [*value.keys(), *value.values()]
    if isinstance(value, list):
        return len(value) <= _LONGEST_LIST and all(_is_sensible(item, largest) for item in value)
    if isinstance(value, str):
        return len(value) <= _LONGEST_TEXT
    return value is None or abs(value) <= largest
