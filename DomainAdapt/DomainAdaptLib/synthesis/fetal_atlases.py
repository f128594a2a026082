"""Atlases of the fetal brain: an average image and its tissues.

L. Fidon et al.: A spatio-temporal atlas of the developing fetal brain with spina bifida aperta. Open Research Europe 1,
123, 2021 (CC0).  Axes of all arrays of the fetal synthesis are those that the network sees: towards right, front, top.
"""

import csv
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from SegmentL3Lib.errors import InputError

from ..resources import resource_path

_MARGIN_VOXELS = 2


def tissue_rows() -> list[dict[str, str]]:
    """Lines of ``Resources/Synthesis/fetal_tissues.csv``."""
    with open(resource_path("Synthesis", "fetal_tissues.csv"), newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


FetalTissue = IntEnum("FetalTissue", {row["name"].upper(): int(row["value"]) for row in tissue_rows()})
FetalTissue.__doc__ = "Values of a tissue map, from ``Resources/Synthesis/fetal_tissues.csv``."


@dataclass(frozen=True, eq=False)
class Atlas:
    """An atlas, cropped to the brain.

    Attributes:
        name: of its folder.
        image: float32 (x, y, z), white matter about 1, outside of the brain 0.
        tissues: uint8, values of ``FetalTissue``.
        voxel_mm: edge of the voxels.
    """

    name: str
    image: np.ndarray
    tissues: np.ndarray
    voxel_mm: float


def atlas_folders(data: Path) -> list[Path]:
    """Folders of the atlases, the youngest first.

    Raises:
        InputError: there are none.
    """
    folders = sorted((data / "fetal").glob("fetal_SB_atlas_GA*"))
    if not folders:
        raise InputError(f"There are no atlases of the fetal brain in {data / 'fetal'}.")
    return folders


def read_atlas(folder: Path) -> Atlas:
    """Atlas of a folder that holds ``image.nii.gz`` and ``parcellation.nii.gz``.

    Raises:
        InputError: one of them cannot be read, or they do not fit together.
    """
    try:
        image, tissues = (sitk.ReadImage(str(folder / f"{name}.nii.gz")) for name in ("image", "parcellation"))
    except RuntimeError as error:
        raise InputError(f"The atlas {folder.name} cannot be read.") from error
    if image.GetSize() != tissues.GetSize() or len(set(np.round(image.GetSpacing(), 3))) > 1:
        raise InputError(f"Image and tissues of the atlas {folder.name} do not fit, or its voxels are not cubes.")
    values, labels = (sitk.GetArrayFromImage(sitk.DICOMOrient(each, "RAS")).transpose() for each in (image, tissues))
    labels = labels.astype(np.uint8)
    box = _box(labels > 0)
    values, labels = values[box].astype(np.float32), labels[box]
    values[labels == 0] = 0
    values /= np.median(values[labels == FetalTissue.CEREBRAL_WHITE_MATTER])
    return Atlas(folder.name, values, labels, float(image.GetSpacing()[0]))


def _box(mask: np.ndarray) -> tuple[slice, ...]:
    places = [np.flatnonzero(mask.any(tuple({0, 1, 2} - {axis}))) for axis in range(3)]
    return tuple(slice(max(at[0] - _MARGIN_VOXELS, 0), at[-1] + 1 + _MARGIN_VOXELS) for at in places)
