"""The transforms after the network of a MONAI bundle: what its channels become, and which parts of it are kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..errors import ModelError
from .config import Resolver, needs_code
from .monai_preprocessing import check_arguments, refusal, transforms
from .plan import SIGMOID, SOFTMAX
from .values import entries, flag, shown, whole

_NOT_LOOKED_AT = frozenset({"keys", "allow_missing_keys", "device"})
_INVERSION = frozenset({
    "keys", "allow_missing_keys", "device", "transform", "orig_keys", "meta_keys", "orig_meta_keys",
    "meta_key_postfix", "nearest_interp", "to_tensor",
})  # fmt: skip
_MOST_LABELS = 1000
# Functions of published bundles, compared as text and never evaluated: (channel, value) painted one after another.
_NO_CHANGE = ()
_FUNCTIONS: Mapping[str, tuple[tuple[int, int], ...]] = {
    "$lambda x: torch.where(x[[2]] > 0, 4, torch.where(x[[0]] > 0, 1, torch.where(x[[1]] > 0, 2, 0)))": (
        (1, 2),
        (0, 1),
        (2, 4),
    ),
    "$lambda x : x[1:]": _NO_CHANGE,
}


@dataclass
class OutputSteps:
    """What is done to the output of a network, collected transform by transform.

    Attributes:
        activation: "softmax" or "sigmoid"; None while nothing says which.
        discrete: whether the output is labels already.
        labels_resampled: whether it became labels before it returned to the grid of the scan.
        painted: (channel, value) in the order of painting, where a bundle says it; empty where it does not.
        largest_components: values of which only the largest part is kept; None stands for all.
    """

    activation: str | None = None
    discrete: bool = False
    labels_resampled: bool = False
    painted: tuple[tuple[int, int], ...] = ()
    largest_components: tuple[int, ...] | None = field(default=())


def read_output(definition, resolver: Resolver) -> OutputSteps:
    """Transforms of the section ``postprocessing``.

    Args:
        definition: the section, references unresolved.
        resolver: of its file.

    Raises:
        ModelError: a transform, argument or order that is not understood; it is named.
    """
    steps = OutputSteps()
    for place, name, arguments in transforms(definition, "postprocessing"):
        read = _TRANSFORMS.get(name)
        if read is None:
            raise refusal(f"{place}._target_", name)
        read(steps, arguments, resolver, place)
    if steps.activation is None:
        raise ModelError("postprocessing says neither softmax nor sigmoid, so that its channels have no meaning.")
    return steps


def _activate(steps: OutputSteps, arguments: Mapping, resolver: Resolver, place: str) -> None:
    used = _used(arguments, {"softmax", "sigmoid"}, resolver, place)
    chosen = [name for name in (SOFTMAX, SIGMOID) if flag(used.get(name, False), f"{place}.{name}")]
    if len(chosen) != 1 or steps.activation or steps.discrete:
        raise ModelError(f"{place} does not choose one of softmax and sigmoid, once and first.")
    steps.activation = chosen[0]


def _discretize(steps: OutputSteps, arguments: Mapping, resolver: Resolver, place: str) -> None:
    used = _used(arguments, {"argmax", "threshold", "to_onehot"}, resolver, place)
    argmax = flag(used.get("argmax", False), f"{place}.argmax")
    threshold = used.get("threshold")
    if used.get("to_onehot") is not None:
        whole(used["to_onehot"], f"{place}.to_onehot", 1, _MOST_LABELS)
    if argmax and threshold is None:
        # The largest channel is the same before and after either activation.
        steps.activation = SOFTMAX
    elif argmax or threshold != 0.5 or steps.activation != SIGMOID or used.get("to_onehot") is not None:
        raise ModelError(f"{place} is neither argmax, nor the threshold 0.5 after sigmoid, so it is not supported.")
    steps.discrete = True


def _invert(steps: OutputSteps, arguments: Mapping, resolver: Resolver, place: str) -> None:
    check_arguments(arguments, set(_INVERSION), place)
    if arguments.get("transform") != "@preprocessing":
        raise ModelError(f"{place}.transform is not @preprocessing: {shown(arguments.get('transform'))}")
    if "nearest_interp" in arguments:
        flag(resolver.resolve(arguments["nearest_interp"], place), f"{place}.nearest_interp")
    steps.labels_resampled = steps.discrete


def _keep_largest(steps: OutputSteps, arguments: Mapping, resolver: Resolver, place: str) -> None:
    known = {"applied_labels", "is_onehot", "independent", "connectivity", "num_components"}
    used = _used(arguments, known, resolver, place)
    for key, allowed in (
        ("is_onehot", (None, False)), ("independent", (True,)), ("connectivity", (None, 3)), ("num_components", (1,)),
    ):  # fmt: skip
        if used.get(key, allowed[0]) not in allowed:
            raise ModelError(f"{place}.{key} is not supported: {shown(used[key])}")
    if not steps.discrete or steps.activation != SOFTMAX:
        raise ModelError(f"{place} comes before the output is labels, which is not supported.")
    labels = used.get("applied_labels")
    labels = [labels] if isinstance(labels, int) else labels
    values = None if labels is None else entries(labels, f"{place}.applied_labels")
    steps.largest_components = (
        None if values is None else tuple(whole(v, f"{place}.applied_labels", 1, _MOST_LABELS) for v in values)
    )


def _apply_function(steps: OutputSteps, arguments: Mapping, _resolver: Resolver, place: str) -> None:
    check_arguments(arguments, {"func", *_NOT_LOOKED_AT}, place)
    function = arguments.get("func")
    if not isinstance(function, str) or function not in _FUNCTIONS:
        raise needs_code(f"{place}.func", function)
    painted = _FUNCTIONS[function]
    if not steps.discrete or (steps.activation == SIGMOID) != bool(painted):
        raise ModelError(f"{place}.func does not belong to an output of this kind.")
    steps.painted = painted


def _leave(_steps: OutputSteps, _arguments: Mapping, _resolver: Resolver, _place: str) -> None:
    """Files and types are ours to choose."""


def _used(arguments: Mapping, known: set[str], resolver: Resolver, place: str) -> Mapping:
    used = {key: value for key, value in arguments.items() if key not in _NOT_LOOKED_AT}
    check_arguments(used, known, place)
    return resolver.resolve(used, place)


_TRANSFORMS = {
    "Activationsd": _activate,
    "AsDiscreted": _discretize,
    "Invertd": _invert,
    "KeepLargestConnectedComponentd": _keep_largest,
    "Lambdad": _apply_function,
    "EnsureTyped": _leave,
    "SaveImaged": _leave,
}
