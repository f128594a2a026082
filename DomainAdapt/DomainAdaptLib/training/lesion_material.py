"""Synthetic patients with brain lesions on disk, as the network sees them."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import ndimage

from SegmentL3Lib.errors import InputError
from SegmentL3Lib.files import atomic_path

from ..synthesis.brain import make_case
from ..synthesis.brain_contrast import CONTRASTS
from ..synthesis.brain_maps import read_oriented, tissue_map

# The cerebrum in the MNI template of 1 mm, axes towards right, front, top.
_MNI_CEREBRUM = np.s_[19:163, 21:199, 24:152]
_STEPS_PER_DEVIATION = 16  # values are kept as int8
logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Heads:
    """What synthetic patients are made from.

    Attributes:
        maps: tissue maps (uint8), see ``brain_maps.tissue_map``.
        shapes: masks of plaques (boolean).
    """

    maps: list[np.ndarray]
    shapes: list[np.ndarray]


def make_pools(recipe: Mapping, data: Path, work: Path) -> None:
    """Write the patients of a recipe to ``work``, those to train on and those to choose with; keeps what is there.

    The two share no head and no mask of plaques.

    Raises:
        InputError: the label maps of heads or the masks are not in the data.
    """
    maps, masks = head_files(data)
    kept_map, kept_masks = recipe["validation_map"], recipe["validation_masks"]
    unused = {*recipe["not_for_training"], *kept_masks}
    for name, wanted_maps, wanted_masks in (
        ("", maps.keys() - {kept_map}, masks.keys() - unused),
        ("validation_", {kept_map}, masks.keys() & kept_masks),
    ):
        folder = work / f"lesions_{name}pool"
        first, count = recipe[f"{name}first_seed"], recipe[f"{name}patients"]
        missing = [seed for seed in range(first, first + count) if not _path(folder, seed).exists()]
        if missing:
            heads = read_heads([maps[n] for n in sorted(wanted_maps)], [masks[n] for n in sorted(wanted_masks)])
            for seed in missing:
                write_case(heads, seed, folder, recipe["voxel_mm"])


def head_files(data: Path) -> tuple[dict[int, Path], dict[int, Path]]:
    """Files of the label maps of heads, and of the masks of plaques, by number.

    Raises:
        InputError: one kind is not in the data.
    """
    found = tuple(
        {_number(path): path for path in (data / "brain" / folder).glob(pattern)}
        for folder, pattern in (("label-maps", "map_*.nii.gz"), ("ms-lesion-masks", "patient*.nii.gz"))
    )
    if not all(found):
        raise InputError(f"There are no label maps of heads and masks of lesions in {data / 'brain'}.")
    return found


def read_heads(maps: list[Path], masks: list[Path]) -> Heads:
    """Tissue maps of head label maps, and cropped masks of plaques."""
    tissues = [tissue_map(read_oriented(path)) for path in maps]
    return Heads(tissues, [read_oriented(path)[_MNI_CEREBRUM] > 0 for path in masks])


def write_case(heads: Heads, seed: int, folder: Path, voxel_mm: float) -> None:
    """Make a patient, see ``make_case``, and keep it, cropped to what is not empty."""
    case = make_case(heads.maps, heads.shapes, seed, voxel_mm=voxel_mm)
    stack = np.stack([*(quantized(normalized(image)) for image in case.image), case.lesions.astype(np.int8)])
    box = ndimage.find_objects((stack != 0).any(0).astype(np.uint8))[0]
    folder.mkdir(parents=True, exist_ok=True)
    with atomic_path(_path(folder, seed)) as temporary, open(temporary, "wb") as file:
        np.save(file, stack[(slice(None), *box)])
    logger.info("patient %d: %s, %.1f ml of lesions", seed, case.kind, case.lesions.sum() * voxel_mm**3 / 1000)


def read_case(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Contrasts (int8, of ``quantized``; mapped from the file) and lesions (boolean) of a patient."""
    stack = np.load(path, mmap_mode="r", allow_pickle=False)
    return stack[: len(CONTRASTS)], np.asarray(stack[-1]) > 0


def normalized(image: np.ndarray) -> np.ndarray:
    """Values other than 0 with mean 0 and deviation 1, as the recipe's ``NormalizeIntensityd`` does."""
    inside = image != 0
    values = image[inside]
    return np.where(inside, (image - values.mean()) / max(values.std(), 1e-8), 0) if len(values) else image


def quantized(image: np.ndarray) -> np.ndarray:
    """Normalized values as int8; only what is exactly 0, outside, becomes 0."""
    values = np.clip(np.rint(image * _STEPS_PER_DEVIATION), -127, 127)
    return np.where((values == 0) & (image != 0), np.where(image < 0, -1, 1), values).astype(np.int8)


def restored(values: np.ndarray) -> np.ndarray:
    """Normalized values (float32) of int8."""
    return values.astype(np.float32) / np.float32(_STEPS_PER_DEVIATION)


def _number(path: Path) -> int:
    return int("".join(filter(str.isdigit, path.name.split(".")[0])))


def _path(folder: Path, seed: int) -> Path:
    return folder / f"{seed}.npy"
