"""How a MONAI bundle runs its network over an image."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import ModelError
from .config import Resolver, needs_code
from .plan import Window
from .values import number, one_of, positive, shown, table, whole

_WITHOUT_INFLUENCE = frozenset({
    "_target_", "_desc_", "sw_batch_size", "sw_device", "device", "progress", "cache_roi_weight_map", "cpu_thresh",
    "buffer_steps", "buffer_dim", "with_coord",
})  # fmt: skip
_SLIDING = {"roi_size", "overlap", "mode", "sigma_scale", "padding_mode", "cval"}
_DEFAULT_OVERLAP = 0.25
_LARGEST_PATCH = 4096


@dataclass(frozen=True)
class InfererPlan:
    """Window of an inferer, and along which axis of MONAI's array (x, y, z) a 2D network takes its slices.

    Attributes:
        whole_image: whether the bundle runs the network over the whole image, and the window is that of training.
    """

    window: Window
    slice_axis: int | None
    whole_image: bool


def read_inferer(
    definition, resolver: Resolver, dimensions: int, training_shape: tuple[int, ...] | None
) -> InfererPlan:
    """Window of the section ``inferer``.

    Args:
        definition: the section, references unresolved.
        resolver: of its file.
        dimensions: of the network.
        training_shape: size of the network's input by the metadata; None where it is free.

    Raises:
        ModelError: another inferer, or an argument that is not understood; it is named.
    """
    definition = table(definition, "inferer")
    target = definition.get("_target_")
    name = target.removeprefix("monai.inferers.") if isinstance(target, str) else None
    used = {key: value for key, value in definition.items() if key not in _WITHOUT_INFLUENCE}
    used = resolver.resolve(used, "inferer")
    match name:
        case "SlidingWindowInferer":
            return InfererPlan(_window(used, _SLIDING, dimensions), None, False)
        case "SliceInferer" if dimensions == 2:
            axis = whole(used.get("spatial_dim", 0), "inferer.spatial_dim", 0, 2)
            return InfererPlan(_window(used, _SLIDING | {"spatial_dim"}, dimensions), axis, False)
        case "SimpleInferer" if used:
            raise ModelError(f'inferer has the argument "{shown(next(iter(used)))}", which is not supported.')
        case "SimpleInferer" if training_shape is None:
            raise ModelError("inferer: SimpleInferer needs a network_data_format with a fixed spatial_shape.")
        case "SimpleInferer":
            return InfererPlan(Window(training_shape, "monai", step=1 - _DEFAULT_OVERLAP), None, True)
    raise needs_code("inferer._target_", target)


def _window(used: Mapping, known: set[str], dimensions: int) -> Window:
    for key in used:
        if key not in known:
            raise ModelError(f'inferer has the argument "{shown(key)}", which is not supported.')
    mode = one_of(used.get("mode", "constant"), "inferer.mode", ("constant", "gaussian"))
    padding = one_of(used.get("padding_mode", "constant"), "inferer.padding_mode", ("constant", "replicate"))
    return Window(
        patch_size=_patch_size(used.get("roi_size"), dimensions),
        overlap_scheme="monai",
        step=1 - _overlap(used.get("overlap", _DEFAULT_OVERLAP)),
        gaussian=mode == "gaussian",
        sigma_scale=positive(used.get("sigma_scale", 0.125), "inferer.sigma_scale"),
        padding_value=number(used.get("cval", 0.0), "inferer.cval"),
        padding_repeats=padding == "replicate",
    )


def _patch_size(value, dimensions: int) -> tuple[int, ...]:
    sizes = value if isinstance(value, list) else [value] * dimensions
    if len(sizes) != dimensions:
        raise ModelError(f"inferer.roi_size does not have {dimensions} entries: {shown(value)}")
    return tuple(whole(size, "inferer.roi_size", 1, _LARGEST_PATCH) for size in sizes)


def _overlap(value) -> float:
    values = {number(item, "inferer.overlap") for item in (value if isinstance(value, list) else [value])}
    if len(values) != 1 or not 0 <= min(values) < 1:
        raise ModelError(f"inferer.overlap is not one share from 0 to below 1: {shown(value)}")
    return values.pop()
