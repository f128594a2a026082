"""How a network is run over an image: at once, or in overlapping windows."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from torch import Tensor

from ..errors import ModelError
from ..networks.literals import is_literal
from .config import needs_code

# Arguments that a package may set, by inferer.
INFERERS = MappingProxyType(
    {
        "SimpleInferer": frozenset(),
        "SlidingWindowInferer": frozenset(
            {"roi_size", "sw_batch_size", "overlap", "mode", "sigma_scale", "padding_mode", "cval"}
        ),
    }
)


def build_inferer(definition: Mapping) -> Callable:
    """Inferer by a resolved definition of one of MONAI.

    Raises:
        ModelError: an inferer or an argument that is not in the table.
    """
    arguments = dict(definition) if isinstance(definition, Mapping) else {}
    target = arguments.pop("_target_", None)
    name = target.removeprefix("monai.inferers.") if isinstance(target, str) else None
    if name not in INFERERS:
        raise needs_code("inferer._target_", target)
    for argument, value in arguments.items():
        if argument not in INFERERS[name] or not is_literal(value):
            raise ModelError(f'The inferer {name} has the argument "{argument}", which is not known.')
    if name == "SimpleInferer":
        return _at_once
    from monai import inferers  # slow to import, and not needed for the slice at L3

    try:
        return getattr(inferers, name)(**arguments)
    except (TypeError, ValueError) as error:
        raise ModelError(f"The inferer {name} cannot be built with the arguments of this package: {error}") from error


def _at_once(image: Tensor, network: Callable[[Tensor], Tensor]) -> Tensor:
    """As MONAI's ``SimpleInferer``."""
    return network(image)
