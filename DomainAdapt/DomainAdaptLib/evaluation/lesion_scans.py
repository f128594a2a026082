"""Real patients with brain lesions that experts have outlined."""

import csv
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from SegmentL3Lib.errors import InputError
from SegmentL3Lib.reading import read_volume
from SegmentL3Lib.volume import Volume

from ..resources import resource_path
from ..synthesis.brain_contrast import CONTRASTS


@dataclass(frozen=True, eq=False)
class LesionScan:
    """A patient.

    Attributes:
        case: pseudonym.
        group: disease.
        images: contrasts in the order of ``CONTRASTS``; one that was not taken is 0 everywhere.
        available: names of those that were taken.
        lesions: as outlined, boolean (z, y, x) on the voxels of the first image.
    """

    case: str
    group: str
    images: tuple[Volume, ...]
    available: tuple[str, ...]
    lesions: np.ndarray


def read_lesion_scans(data: Path, cases: Collection[str] | None = None) -> Iterator[LesionScan]:
    """Patients of ``Resources/Recipes/lesion_cases.csv`` that are in a folder, one after another.

    Raises:
        InputError: none of them is there.
    """
    with open(resource_path("Recipes", "lesion_cases.csv"), newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if cases is None or row["case"] in cases]
    rows = [row for row in rows if (data / row["folder"]).is_dir()]
    if not rows:
        raise InputError(f"There are no patients with brain lesions in {data}: it needs brain/ms or brain/glioma.")
    for row in rows:
        yield _read(row, data / row["folder"])


def _read(row: dict[str, str], folder: Path) -> LesionScan:
    brain = _array(folder, row["brain"]) > 0 if row["brain"] else None
    first = read_volume(folder / f"{row[CONTRASTS[0]]}.nii.gz")
    empty = replace(first, array=np.zeros(first.array.shape, np.int16))
    images = [
        _inside(read_volume(folder / f"{row[name]}.nii.gz"), brain) if row[name] else empty for name in CONTRASTS
    ]
    available = tuple(name for name in CONTRASTS if row[name])
    return LesionScan(row["case"], row["group"], tuple(images), available, _array(folder, row["lesions"]) > 0)


def _array(folder: Path, name: str) -> np.ndarray:
    return read_volume(folder / f"{name}.nii.gz").array


def _inside(image: Volume, brain: np.ndarray | None) -> Volume:
    return image if brain is None else replace(image, array=np.where(brain, image.array, 0).astype(image.array.dtype))
