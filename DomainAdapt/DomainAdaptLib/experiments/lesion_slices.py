"""Axial slices of synthetic patients with a brain tumor, with the parts of the tumor as classes."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from SegmentL3Lib.errors import InputError
from SegmentL3Lib.files import atomic_path

from ..synthesis.brain import make_case
from ..synthesis.brain_tissues import Tissue
from ..training.lesion_material import head_files, normalized, read_heads

CLASSES = ("background", "edema", "core", "enhancing")
_CLASS_OF = {
    Tissue.EDEMA: 1, Tissue.SOLID_TUMOR: 2, Tissue.NECROSIS: 2, Tissue.CAVITY: 2, Tissue.ENHANCING_TUMOR: 3
}  # fmt: skip
_AT_LESION = 0.7


@dataclass(frozen=True, eq=False)
class TumorSlices:
    """Slices of several patients.

    Attributes:
        images: normalized contrasts, float32 (slice, contrast, x, y).
        classes: as in ``CLASSES``, uint8 (slice, x, y).
        patients: number of the patient of each slice, (slice,).
    """

    images: np.ndarray
    classes: np.ndarray
    patients: np.ndarray


def kept_slices(settings: Mapping, per_patient: int, data: Path, path: Path) -> TumorSlices:
    """Slices of a file, or made and written to it if it is missing.

    Args:
        settings: first seed, number of patients, and numbers of the label maps that they are made from.
        per_patient: slices of each patient, spread over the tumor.
        data: folder with ``brain/label-maps``.

    Raises:
        InputError: the label maps are missing, or the file cannot be written.
    """
    if not path.exists():
        maps, _ = head_files(data)
        heads = read_heads([file for number, file in maps.items() if number in settings["maps"]], [])
        seeds = range(settings["first_seed"], settings["first_seed"] + settings["patients"])
        parts = [_slices(heads.maps, seed, per_patient) for seed in seeds]
        images, classes = (np.concatenate(part) for part in zip(*parts, strict=True))
        with atomic_path(path) as temporary, open(temporary, "wb") as file:
            patients = np.repeat(np.arange(len(seeds)), [len(part[0]) for part in parts])
            np.savez_compressed(file, images=images.astype(np.float16), classes=classes, patients=patients)
    with np.load(path, allow_pickle=False) as kept:
        return TumorSlices(kept["images"].astype(np.float32), kept["classes"], kept["patients"])


@dataclass(frozen=True, eq=False)
class SliceSamples:
    """Sample maker for ``training.loop.train``: a square of a slice with its surroundings.

    Attributes:
        slices: where they are taken from.
        segment: edge of what is labeled, pixels.
        margin: pixels around it.
        seed: other samples for another seed.
    """

    slices: TumorSlices
    segment: int
    margin: int
    seed: int

    def __call__(self, number: int) -> tuple[Tensor, Tensor]:
        rng = np.random.default_rng((self.seed, number))
        chosen = rng.integers(len(self.slices.images))
        classes = self.slices.classes[chosen]
        wanted = classes > 0 if rng.uniform() < _AT_LESION and classes.any() else np.ones(classes.shape, bool)
        place = np.argwhere(wanted)[rng.integers(wanted.sum())] + rng.integers(-8, 9, 2)
        start = np.clip(place - self.segment // 2, 0, np.array(classes.shape) - self.segment)
        padded = np.pad(self.slices.images[chosen], ((0, 0), *[(self.margin, self.margin)] * 2))
        reach = self.segment + 2 * self.margin
        image = padded[:, start[0] : start[0] + reach, start[1] : start[1] + reach]
        own = classes[start[0] : start[0] + self.segment, start[1] : start[1] + self.segment]
        if rng.uniform() < 0.5:
            image, own = image[:, ::-1], own[::-1]
        return torch.from_numpy(image.copy()), torch.from_numpy(own.astype(np.int64))


def _slices(maps: list[np.ndarray], seed: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    case = make_case(maps, [], seed, kind="tumor")
    table = np.zeros(max(Tissue) + 1, np.uint8)
    for tissue, number in _CLASS_OF.items():
        table[tissue] = number
    classes = table[case.lesion_tissues]
    areas = (classes > 0).sum((0, 1))
    if not areas.any():
        raise InputError(f"The synthetic patient {seed} shows no tumor; take other seeds.")
    share = np.cumsum(areas) / areas.sum()
    chosen = np.unique(np.searchsorted(share, np.linspace(0.1, 0.9, count)))
    images = np.stack([normalized(image) for image in case.image])
    return np.moveaxis(images[..., chosen], -1, 0), np.moveaxis(classes[..., chosen], -1, 0)
