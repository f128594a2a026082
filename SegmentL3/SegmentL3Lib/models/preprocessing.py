"""What is done to a scan before the network sees it, from the declarative list of a package."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import ModelError
from .config import needs_code

# The pipeline hands over axial arrays with a channel axis, as float32: these have nothing left to do.
GUARANTEED = ("LoadImaged", "EnsureChannelFirstd", "EnsureTyped", "Orientationd")
SPACING_KEYS = {"keys", "pixdim", "mode", "align_corners"}
SCALING_KEYS = {"keys", "a_min", "a_max", "b_min", "b_max", "clip"}


@dataclass(frozen=True)
class Preprocessing:
    """Voxel size and gray values that a network was trained with.

    Attributes:
        spacing_mm: voxel size along the axes of the array, (y, x) or (z, y, x); None keeps the scan's own.
        source_range: CT numbers (HU) that are mapped onto ``target_range``; what lies outside is clipped.
        target_range: gray values the network sees.
    """

    spacing_mm: tuple[float, ...] | None
    source_range: tuple[float, float]
    target_range: tuple[float, float]

    def scale(self, hu: np.ndarray) -> np.ndarray:
        """Gray values (float32) of CT numbers."""
        low, high = self.source_range
        target_low, target_high = self.target_range
        gain = np.float32((target_high - target_low) / (high - low))
        return (np.clip(hu.astype(np.float32), low, high) - np.float32(low)) * gain + np.float32(target_low)


def read_preprocessing(definition: Mapping, dimensions: int) -> Preprocessing:
    """Preprocessing of a resolved definition (a ``Compose`` with a list of transforms).

    Args:
        definition: the section ``preprocessing``.
        dimensions: 2 or 3, as the network has.

    Raises:
        ModelError: a transform, an argument or an order that is not understood.
    """
    spacing, scaling = None, None
    for number, transform in enumerate(transforms(definition, "preprocessing")):
        place = f"preprocessing.transforms[{number}]"
        match target_name(transform):
            case name if name in GUARANTEED:
                continue
            case "Spacingd" if spacing is None and scaling is None:
                spacing = _read_spacing(transform, dimensions, place)
            case "ScaleIntensityRanged" if scaling is None:
                scaling = _read_scaling(transform, place)
            case "Spacingd" | "ScaleIntensityRanged":
                raise ModelError(f"{place}: Spacingd once, then ScaleIntensityRanged once, is the only known order.")
            case _:
                raise needs_code(f"{place}._target_", transform.get("_target_"))
    if scaling is None:
        raise ModelError("The preprocessing of the model package does not say how CT numbers are scaled.")
    return Preprocessing(spacing, *scaling)


def transforms(definition, place: str) -> Sequence[Mapping]:
    """The transforms of a ``Compose``; ModelError where there is something else."""
    if target_name(definition) != "Compose" or set(definition) != {"_target_", "transforms"}:
        raise ModelError(f"The entry {place} of the model package is not a Compose with a list of transforms.")
    items = definition["transforms"]
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise ModelError(f"The entry {place}.transforms of the model package is not a list of transforms.")
    return items


def target_name(definition) -> str | None:
    """Name that ``_target_`` gives, without the module of MONAI; None where there is none."""
    target = definition.get("_target_") if isinstance(definition, Mapping) else None
    if not isinstance(target, str):
        return None
    return target.rpartition(".")[2] if target.startswith("monai.transforms.") else target


def _read_spacing(transform: Mapping, dimensions: int, place: str) -> tuple[float, ...]:
    _check_keys(transform, SPACING_KEYS, place)
    pixdim = transform.get("pixdim")
    if not isinstance(pixdim, list) or len(pixdim) != dimensions or not all(_is_number(size) for size in pixdim):
        raise ModelError(f"{place}.pixdim is not a list of {dimensions} numbers.")
    if min(pixdim) <= 0:
        raise ModelError(f"{place}.pixdim holds a size that is not above zero.")
    return tuple(float(size) for size in reversed(pixdim))


def _read_scaling(transform: Mapping, place: str) -> tuple[tuple[float, float], tuple[float, float]]:
    _check_keys(transform, SCALING_KEYS, place)
    values = [transform.get(key) for key in ("a_min", "a_max", "b_min", "b_max")]
    if not all(_is_number(value) for value in values) or values[0] >= values[1]:
        raise ModelError(f"{place} needs the numbers a_min < a_max, b_min and b_max.")
    if transform.get("clip") is not True:
        raise ModelError(f"{place} without clipping is not known.")
    a_min, a_max, b_min, b_max = map(float, values)
    return (a_min, a_max), (b_min, b_max)


def _check_keys(transform: Mapping, known: set[str], place: str) -> None:
    unknown = sorted(set(transform) - known - {"_target_"})
    if unknown:
        raise ModelError(f'{place} has the argument "{unknown[0]}", which is not known.')


def _is_number(value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
