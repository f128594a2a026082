"""The layers that an nnU-Net plan may name, and the checks of its architecture entry."""

from collections.abc import Mapping
from types import MappingProxyType

from torch import nn

from ..errors import ModelError

# Names as plans.json has them: where a layer is defined in torch, or the short form.
_LAYERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "conv": ("Conv2d", "Conv3d"),
        "instancenorm": ("InstanceNorm2d", "InstanceNorm3d"),
        "batchnorm": ("BatchNorm2d", "BatchNorm3d"),
        "dropout": ("Dropout2d", "Dropout3d"),
        "activation": ("LeakyReLU", "ReLU"),
    }
)
_OPTIONS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "conv": frozenset(),
        "instancenorm": frozenset({"eps", "affine", "momentum", "track_running_stats"}),
        "batchnorm": frozenset({"eps", "affine", "momentum", "track_running_stats"}),
        "dropout": frozenset({"p", "inplace"}),
        "activation": frozenset({"negative_slope", "inplace"}),
    }
)
_LONGEST_NAME = 100


def layer(family: str, name, options=None, *, dimensions: int | None = None):
    """A layer class with its literal options, ``(class, options)``; None where the plan names none.

    Args:
        family: "conv", "instancenorm", "batchnorm", "dropout" or "activation"; several are parted by a blank.
        name: from the plan.
        options: keyword arguments from the plan.
        dimensions: 2 or 3, which the layer must have; None where it has none.

    Raises:
        ModelError: a name that is not in the table, or an option that is unknown or not a number.
    """
    if name is None:
        return None
    found = next((kind for kind in family.split() if _short(kind, name) is not None), None)
    short = _short(found, name) if found else None
    if short is None or (dimensions and not short.endswith(f"{dimensions}d")):
        raise ModelError(
            f'The architecture of the model package names the layer "{str(name)[:_LONGEST_NAME]}", '
            "which is not known here."
        )
    return getattr(nn, short), _checked_options(found, short, options)


def _short(family: str, name) -> str | None:
    for short in _LAYERS[family]:
        if name in (f"torch.nn.modules.{family}.{short}", f"torch.nn.{short}"):
            return short
    return None


def _checked_options(family: str, short: str, options) -> dict:
    options = {} if options is None else options
    if not isinstance(options, Mapping):
        raise ModelError(f"The options of the layer {short} do not have names.")
    for key, value in options.items():
        if key not in _OPTIONS[family] or not isinstance(value, bool | int | float):
            raise ModelError(f'The layer {short} has the option "{str(key)[:_LONGEST_NAME]}", which is not known here.')
    return dict(options)
