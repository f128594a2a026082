"""The transforms before the network of a MONAI bundle, as far as MONAI has them in stock and they are understood."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ..errors import ModelError
from .config import Resolver, needs_code
from .plan import Normalization, Resampling
from .values import entries, entry, flag, number, one_of, positive, shown, table

# Arguments that cannot change what the network sees, and are not looked at.
_WITHOUT_INFLUENCE = frozenset({
    "keys", "dtype", "allow_missing_keys", "image_only", "simple_keys", "meta_keys", "meta_key_postfix", "device",
    "data_type", "track_meta", "wrap_sequence", "strict_check", "ensure_channel_first", "lazy",
})  # fmt: skip
_READERS = ("ITKReader", "NibabelReader", "PydicomReader", "itkreader", "nibabelreader", "pydicomreader")
# Expressions are compared as text; none is evaluated.
_FLOAT_TYPES = (
    "float32", "float", "float64", "$torch.float32", "$torch.float", "$np.float32", "$numpy.float32", "$float",
)  # fmt: skip
_MODES = {"bilinear": 1, "linear": 1, "trilinear": 1, "nearest": 0}
_BODY_AXES = {"R": 0, "L": 0, "A": 1, "P": 1, "S": 2, "I": 2}


@dataclass
class ImageSteps:
    """What is done to an image, collected transform by transform; axes are those of MONAI's arrays (x, y, z).

    Attributes:
        keys: what the image is called; None before the first transform.
        orientation: directions of the axes, None as the file has them.
        spacing_mm: voxel size; None keeps the scan's own.
        image_order: order of the interpolation.
        intensities: the steps of the normalization.
        intensities_before_spacing: how many of them come before the resampling.
        channel_wise: whether each of them looks at each channel alone.
    """

    keys: list[str] | None = None
    orientation: str | None = None
    spacing_mm: tuple[float, ...] | None = None
    image_order: int = 1
    intensities: list[Normalization] = field(default_factory=list)
    intensities_before_spacing: int = 0
    channel_wise: bool = True

    def normalization(self) -> Normalization:
        """All steps as one chain."""
        chain = None
        for step in reversed(self.intensities):
            chain = replace(step, then=chain)
        return chain or Normalization("none")

    def resampling(self, order: tuple[int, ...]) -> Resampling:
        """Resampling with the axes in another order."""
        spacing_mm = tuple(self.spacing_mm[axis] for axis in order) if self.spacing_mm else None
        return Resampling(spacing_mm, self.image_order)


def read_preprocessing(definition, resolver: Resolver) -> ImageSteps:
    """Transforms of the section ``preprocessing``.

    Args:
        definition: the section, references unresolved.
        resolver: of its file.

    Raises:
        ModelError: a transform, argument or order that is not understood; it is named.
    """
    steps = ImageSteps()
    for place, name, arguments in transforms(definition, "preprocessing"):
        read = _TRANSFORMS.get(name)
        if read is None:
            raise refusal(f"{place}._target_", name)
        if steps.keys is None and read is not _load_image:
            raise ModelError(
                "preprocessing does not begin with LoadImaged: the model is for images that a program prepares, as "
                "those of the task at L3 are (segment-l3 run), and cannot segment a scan by itself."
            )
        _take_keys(steps, resolver.resolve(entry(arguments, "keys", place), f"{place}.keys"), place)
        _check_type(arguments.get("dtype"), f"{place}.dtype")
        used = {key: value for key, value in arguments.items() if key not in _WITHOUT_INFLUENCE}
        read(steps, resolver.resolve(used, place), place)
    if steps.keys is None:
        raise ModelError("preprocessing of the model package is empty.")
    if 0 < steps.intensities_before_spacing < len(steps.intensities):
        raise ModelError("preprocessing changes gray values both before and after Spacingd, which is not supported.")
    return steps


def transforms(definition, place: str) -> list[tuple[str, str, dict]]:
    """Place, name without module, and arguments of each transform of a ``Compose``.

    Raises:
        ModelError: something else than a list of transforms.
    """
    compose = table(definition, place)
    if target_name(compose) != "Compose" or set(compose) - {"_target_", "_desc_", "transforms"}:
        raise refusal(f"{place}._target_", compose.get("_target_"))
    found = []
    for index, item in enumerate(entries(compose.get("transforms"), f"{place}.transforms")):
        here = f"{place}.transforms[{index}]"
        arguments = {key: value for key, value in table(item, here).items() if key not in ("_target_", "_desc_")}
        acting = next((key for key in arguments if key.startswith("_")), None)
        if acting is not None:
            raise needs_code(f"{here}.{shown(acting)}", arguments[acting])
        found.append((here, target_name(item), arguments))
    return found


def target_name(definition: Mapping) -> str:
    """Name that ``_target_`` gives, without the module of MONAI's transforms."""
    target = definition.get("_target_")
    name = target if isinstance(target, str) else ""
    return name.rpartition(".")[2] if name.startswith("monai.transforms.") else name


def refusal(place: str, name) -> ModelError:
    """The refusal of a transform: stock ones are not supported, others need code."""
    if isinstance(name, str) and name.isidentifier():
        return ModelError(f'The transform "{shown(name)}" in {place} is not supported, so the package cannot be used.')
    return needs_code(place, name)


def check_arguments(arguments: Mapping, known: set[str], place: str) -> None:
    """Raise ModelError where there is another argument than those, naming it."""
    unknown = sorted(set(arguments) - known)
    if unknown:
        raise ModelError(f'{place} has the argument "{shown(unknown[0])}", which is not supported.')


def _take_keys(steps: ImageSteps, keys, place: str) -> None:
    keys = [keys] if isinstance(keys, str) else entries(keys, f"{place}.keys", 1)
    if steps.keys is not None and keys != steps.keys:
        raise ModelError(f"{place}.keys names another image than the transforms before it.")
    steps.keys = keys


def _check_type(value, place: str) -> None:
    if value is not None:
        one_of(value, place, _FLOAT_TYPES)


def _load_image(_steps: ImageSteps, arguments: Mapping, place: str) -> None:
    check_arguments(arguments, {"reader"}, place)
    if arguments.get("reader") is not None:
        one_of(arguments["reader"], f"{place}.reader", _READERS)


def _put_channel_first(_steps: ImageSteps, arguments: Mapping, place: str) -> None:
    check_arguments(arguments, {"channel_dim"}, place)
    if arguments.get("channel_dim") not in (None, "no_channel", -1):
        raise ModelError(f"{place}.channel_dim is not supported: {shown(arguments['channel_dim'])}")


def _set_type(_steps: ImageSteps, arguments: Mapping, place: str) -> None:
    check_arguments(arguments, set(), place)


def _orient(steps: ImageSteps, arguments: Mapping, place: str) -> None:
    check_arguments(arguments, {"axcodes", "as_closest_canonical"}, place)
    canonical = flag(arguments.get("as_closest_canonical", False), f"{place}.as_closest_canonical")
    codes = "RAS" if canonical else arguments.get("axcodes")
    codes = "".join(codes) if isinstance(codes, list) and all(isinstance(code, str) for code in codes) else codes
    if not isinstance(codes, str) or sorted(_BODY_AXES.get(code, -1) for code in codes) != [0, 1, 2]:
        raise ModelError(f"{place}.axcodes does not name three directions: {shown(codes)}")
    if steps.spacing_mm is not None and len(set(steps.spacing_mm)) > 1:
        raise ModelError(f"{place}: Orientationd after Spacingd with unequal sizes is not supported.")
    steps.orientation = codes


def _space(steps: ImageSteps, arguments: Mapping, place: str) -> None:
    check_arguments(arguments, {"pixdim", "mode", "padding_mode", "align_corners", "diagonal"}, place)
    if steps.spacing_mm is not None:
        raise ModelError(f"{place}: Spacingd is there twice.")
    pixdim = arguments.get("pixdim")
    sizes = [pixdim] * 3 if not isinstance(pixdim, list) else pixdim
    if len(sizes) not in (2, 3):
        raise ModelError(f"{place}.pixdim does not have 2 or 3 entries.")
    for key, wanted in (("padding_mode", "border"), ("diagonal", False)):
        if _only(arguments.get(key, wanted)) != wanted:
            raise ModelError(f"{place}.{key} is not supported: {shown(arguments[key])}")
    if _only(arguments.get("align_corners")) not in (None, False, True):
        raise ModelError(f"{place}.align_corners is neither true nor false.")
    steps.spacing_mm = tuple(positive(size, f"{place}.pixdim") for size in sizes)
    steps.image_order = _MODES[one_of(_only(arguments.get("mode", "bilinear")), f"{place}.mode", _MODES)]
    steps.intensities_before_spacing = len(steps.intensities)


def _scale_range(steps: ImageSteps, arguments: Mapping, place: str) -> None:
    check_arguments(arguments, {"a_min", "a_max", "b_min", "b_max", "clip"}, place)
    lower, upper, target_lower, target_upper = (
        number(entry(arguments, key, place), f"{place}.{key}") for key in ("a_min", "a_max", "b_min", "b_max")
    )
    if lower >= upper:
        raise ModelError(f"{place}.a_min is not below a_max.")
    clip = flag(arguments.get("clip", False), f"{place}.clip")
    steps.intensities.append(
        Normalization(
            "range", lower=lower, upper=upper, target_lower=target_lower, target_upper=target_upper, clip=clip
        )
    )


def _scale(steps: ImageSteps, arguments: Mapping, place: str) -> None:
    check_arguments(arguments, {"minv", "maxv", "factor", "channel_wise"}, place)
    if arguments.get("factor") is not None:
        raise ModelError(f"{place}.factor is not supported.")
    lower, upper = (number(arguments.get(key, value), f"{place}.{key}") for key, value in (("minv", 0), ("maxv", 1)))
    steps.channel_wise &= flag(arguments.get("channel_wise", False), f"{place}.channel_wise")
    steps.intensities.append(Normalization("rescale", target_lower=lower, target_upper=upper))


def _normalize(steps: ImageSteps, arguments: Mapping, place: str) -> None:
    check_arguments(arguments, {"nonzero", "channel_wise", "subtrahend", "divisor"}, place)
    for key in ("subtrahend", "divisor"):
        if arguments.get(key) is not None:
            raise ModelError(f"{place}.{key} is not supported.")
    nonzero = flag(arguments.get("nonzero", False), f"{place}.nonzero")
    steps.channel_wise &= flag(arguments.get("channel_wise", False), f"{place}.channel_wise")
    steps.intensities.append(Normalization("z_score", nonzero_only=nonzero))


def _only(value):
    """The entry of a list of one, as MONAI takes one value for each key."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


_TRANSFORMS = {
    "LoadImaged": _load_image,
    "EnsureChannelFirstd": _put_channel_first,
    "EnsureTyped": _set_type,
    "CastToTyped": _set_type,
    "Orientationd": _orient,
    "Spacingd": _space,
    "ScaleIntensityRanged": _scale_range,
    "ScaleIntensityd": _scale,
    "NormalizeIntensityd": _normalize,
}
