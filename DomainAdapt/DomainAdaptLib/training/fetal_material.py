"""Synthetic scans of a pool on disk, each with its classes, as the fetal networks see them."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from SegmentL3Lib.files import atomic_path

from ..synthesis.fetal_atlases import atlas_folders, read_atlas
from ..synthesis.fetal_brain import make_brain
from ..synthesis.fetal_stack import thin_voxels
from ..synthesis.womb import WombStack, make_womb_stack

logger = logging.getLogger(__name__)


def make_brain_pool(recipe: Mapping, data: Path, work: Path) -> None:
    """Write the brains of a recipe to ``work``; those that are there are kept, atlases left out are not used.

    Raises:
        InputError: there are no atlases in the data.
    """
    folders = [folder for folder in atlas_folders(data) if folder.name not in recipe["left_out"]]
    atlases = [read_atlas(folder) for folder in folders]
    _fill(_seeds(recipe), work / recipe["material"], lambda seed: _brain(atlases, seed))


def make_womb_pools(recipe: Mapping, work: Path) -> None:
    """Write the scans of a recipe to ``work``, those to train on and those to choose with; keeps what is there."""
    for kind in ("", "validation_"):
        _fill(_seeds(recipe, kind), work / recipe[f"{kind}material"], lambda seed: _womb(recipe["material_mm"], seed))


def _brain(atlases, seed: int) -> tuple[np.ndarray, np.ndarray]:
    case = make_brain(atlases, seed)
    return case.image, case.tissues


def _womb(voxel_mm: Sequence[float], seed: int) -> tuple[np.ndarray, np.ndarray]:
    return on_slices(make_womb_stack(seed, voxel_mm[0]), voxel_mm[2])


def on_slices(stack: WombStack, thickness_mm: float) -> tuple[np.ndarray, np.ndarray]:
    """Image and structures of a stack with slices of another thickness, the axis across them last."""
    ratio = stack.spacing_mm[stack.axis] / thickness_mm
    size = int(stack.image.shape[stack.axis] * ratio)
    image = thin_voxels(stack.image, stack.axis, size, ratio, True)
    structures = thin_voxels(stack.structures, stack.axis, size, ratio, False)
    return np.moveaxis(image, stack.axis, 2), np.moveaxis(structures, stack.axis, 2)


def _seeds(recipe: Mapping, kind: str = "") -> range:
    first = recipe[f"{kind}first_seed"]
    return range(first, first + recipe[f"{kind}patients"])


def _fill(seeds: Iterable[int], folder: Path, make: Callable[[int], tuple[np.ndarray, np.ndarray]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        path = folder / f"{seed}.npy"
        if path.exists():
            continue
        image, classes = make(seed)
        with atomic_path(path) as temporary, open(temporary, "wb") as file:
            np.save(file, np.stack([as_bytes(image), classes]))
        logger.info("case %d: %s voxels", seed, " x ".join(map(str, classes.shape)))


def as_bytes(image: np.ndarray) -> np.ndarray:
    """Values from the lowest to the highest as 0 to 255 (uint8)."""
    low, high = image.min(), image.max()
    return np.rint((image - low) * (255 / max(high - low, 1e-8))).astype(np.uint8)


def read_case(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Image (uint8, of ``as_bytes``) and classes (uint8) of a case, mapped from the file."""
    stack = np.load(path, mmap_mode="r", allow_pickle=False)
    return stack[0], stack[1]
