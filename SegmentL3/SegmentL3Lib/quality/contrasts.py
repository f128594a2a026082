"""Are the images of a task those that it asks for?"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np
from scipy import ndimage

from ..errors import InputError
from ..results import QualityReason
from ..tasks import Task, TaskInput, limit
from ..volume import Volume

_AIR_HU, _SOFT_TISSUE_HU = (-1060, -940), (0, 80)
_SPARSE = np.s_[::2, ::4, ::4]  # enough voxels for shares
_CHECK = "check"


def refuse_unsuitable(task: Task, images: Mapping[str, Volume]) -> None:
    """Refuse images of another modality, and empty ones.

    Args:
        task: what is to be done.
        images: by the name of the input.

    Raises:
        InputError: which image, why, and what to do.
    """
    for name, image in images.items():
        found = image.modality or ("CT" if looks_like_ct(image.array) else None)
        if found not in (None, task.modality):
            told = "is" if image.modality else "reads like"
            raise InputError(
                f"The image given as {name} {told} {found}, but this task understands {task.modality} only. "
                "Choose another one."
            )
        if image.array.min() == image.array.max():
            raise InputError(f"The image given as {name} is empty: all voxels have one value. Choose another one.")


def looks_like_ct(array: np.ndarray) -> bool:
    """Whether the values of a scan are Hounsfield units: air and soft tissue at their places."""
    sample = array[_SPARSE]
    air, soft = (((sample >= low) & (sample <= high)).mean() for low, high in (_AIR_HU, _SOFT_TISSUE_HU))
    return bool(air >= limit("ct_air_share_min") and soft >= limit("ct_soft_tissue_share_min"))


def contrast_reasons(task: Task, images: Mapping[str, Volume], names: Mapping[str, str]) -> list[QualityReason]:
    """What is odd in the images taken together.

    Args:
        task: what is to be done.
        images: by the name of the input, all on the voxels of the first.
        names: of the files or nodes, by the name of the input.
    """
    return [*_missing(task, images), *_misnamed(task, names), *_repeated(images), *_exchanged(task, images)]


def grid_reasons(first: str, others: Mapping[str, Volume], reference: Volume) -> list[QualityReason]:
    """What is to be said of images that lie on other voxels than the first.

    Args:
        first: name of the input whose voxels are taken.
        others: the images before they were resampled, by the name of the input.
        reference: the first image.

    Raises:
        InputError: an image shows another place.
    """
    return [reason for name, image in others.items() for reason in _grid(first, name, covered_share(reference, image))]


def _grid(first: str, name: str, covered: float) -> Iterator[QualityReason]:
    if covered == 0:
        raise InputError(
            f"{name} and {first} show places that do not overlap. Choose images of one examination, or register them "
            "to each other first."
        )
    yield QualityReason(
        "CONTRAST_RESAMPLED",
        "note",
        f"{name} was resampled to the voxels of {first}.",
        "Look at both together: nothing was moved to make them match.",
    )
    if covered < limit("covered_share_min"):
        yield QualityReason(
            "CONTRAST_COVERAGE",
            _CHECK,
            f"{name} shows {100 * covered:.0f} % of what {first} shows; the rest was segmented without it.",
            f"Leave {name} out if it shows too little.",
        )


def covered_share(first: Volume, other: Volume) -> float:
    """Share of what is not empty in one scan that lies within another."""
    index = np.argwhere(foreground(first.array)[_SPARSE]) * [part.step for part in _SPARSE]
    offset = (index[:, ::-1] * first.geometry.spacing) @ first.geometry.matrix.T + first.geometry.origin
    moved = (offset - other.geometry.origin) @ other.geometry.matrix / other.geometry.spacing
    within = (moved > -0.5) & (moved < np.array(other.array.shape[::-1]) - 0.5)
    return float(within.all(axis=1).mean())


def _missing(task: Task, images: Mapping[str, Volume]) -> Iterator[QualityReason]:
    for each in task.inputs:
        if each.name not in images:
            yield QualityReason(
                "CONTRAST_MISSING",
                "note",
                f"{each.name} was not given.",
                f"Add it if it was acquired. {each.description}",
            )


def _misnamed(task: Task, names: Mapping[str, str]) -> Iterator[QualityReason]:
    for given, name in names.items():
        other = named_input(task.inputs, name)
        if other is not None and other.name != given:
            yield QualityReason(
                "CONTRAST_NAME",
                _CHECK,
                f"The image given as {given} has a name that says {other.name}.",
                "Check that no images were exchanged.",
            )


def named_input(inputs: Sequence[TaskInput], name: str) -> TaskInput | None:
    """The one input whose name or synonym is a word in the name of a file; None where there is none or several."""
    words = "".join(character if character.isalnum() else " " for character in name).split()
    found = [each for each in inputs if any(each.is_called(word) for word in words)]
    return found[0] if len(found) == 1 else None


def _repeated(images: Mapping[str, Volume]) -> Iterator[QualityReason]:
    for (first, one), (second, other) in combinations(images.items(), 2):
        if np.array_equal(one.array, other.array):
            yield QualityReason(
                "CONTRAST_TWICE",
                _CHECK,
                f"{first} and {second} are the same image.",
                f"Choose the image of {second}, or leave it out.",
            )


def _exchanged(task: Task, images: Mapping[str, Volume]) -> Iterator[QualityReason]:
    inputs = [each for each in task.inputs if each.name in images]
    for bright in (each for each in inputs if each.fluid == "bright"):
        for dark in (each for each in inputs if each.fluid == "dark"):
            if fluid_rank(images[bright.name].array, images[dark.name].array) > limit("fluid_rank_max"):
                yield QualityReason(
                    "CONTRAST_EXCHANGED",
                    _CHECK,
                    f"What is brightest in {bright.name} is not dark in {dark.name}, as the fluid of the brain is.",
                    f"Check that the images of {bright.name} and {dark.name} are not exchanged.",
                )


def fluid_rank(bright: np.ndarray, dark: np.ndarray) -> float:
    """Where the brightest voxels of one image stand among the values of another, 0 (darkest) to 1 (brightest).

    Both images are looked at in the middle half of the head along each axis, where the ventricles lie.

    Args:
        bright, dark: (z, y, x), on the same voxels.

    Returns:
        The lower quartile of their ranks.
    """
    middle = _middle(foreground(bright) & foreground(dark))
    first, second = bright[middle], dark[middle]
    if first.size == 0:
        return 0.0
    brightest = second[first >= np.quantile(first, 1 - limit("bright_share"))]
    return float(np.mean(second < np.quantile(brightest, 0.25)))


def foreground(array: np.ndarray) -> np.ndarray:
    """Voxels that are not empty: all but the most frequent value, where it fills a good part of the scan."""
    value = background_value(array)
    return np.ones(array.shape, bool) if value is None else array != value


def background_value(array: np.ndarray) -> float | None:
    """The value that fills the empty part of a scan; None where none does."""
    values, counts = np.unique(array[_SPARSE], return_counts=True)
    most = counts.argmax()
    return float(values[most]) if counts[most] / counts.sum() >= limit("background_share_min") else None


def _middle(mask: np.ndarray) -> np.ndarray:
    middle = np.zeros_like(mask)
    boxes = ndimage.find_objects(mask.astype(np.uint8))
    if boxes:
        quarters = [(part, (part.stop - part.start) // 4) for part in boxes[0]]
        part = tuple(slice(each.start + quarter, each.stop - quarter) for each, quarter in quarters)
        middle[part] = mask[part]
    return middle
