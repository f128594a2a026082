"""Scans of the atlases of the fetal brain that a recipe has left out: as they are, and as thick slices show them."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from SegmentL3Lib.volume import RIGHT_FRONT_TOP, Geometry, Volume

from ..synthesis.fetal_atlases import Atlas, atlas_folders, read_atlas
from ..synthesis.fetal_brain import with_noise, with_surroundings
from ..synthesis.fetal_stack import Motion, take_stack
from ..synthesis.fetal_warp import VOXEL_MM, unchanged

AS_IT_IS, STRIPPED, SURROUNDED = "atlas as it is", "thick slices, brain alone", "thick slices, with surroundings"
THICKNESS_MM = 3.0
MOTION = Motion(shift_mm=0.5, angle_deg=1.0, lost_share=0.04)
_PLANES = ("sagittal", "coronal", "axial")
_MARGIN_MM = 15.0


@dataclass(frozen=True, eq=False)
class FetalScan:
    """A scan.

    Attributes:
        case: weeks of gestation, and what was done to the fetus, as the atlas calls itself.
        group: one of ``AS_IT_IS``, ``STRIPPED``, ``SURROUNDED``.
        plane: of the slices; empty for cubic voxels.
        image: with the gray values of the atlas.
        tissues: values of ``FetalTissue``, (z, y, x) on the voxels of the image.
    """

    case: str
    group: str
    plane: str
    image: Volume
    tissues: np.ndarray


def left_out_scans(data: Path, left_out: Collection[str]) -> Iterator[FetalScan]:
    """Scans of the atlases of these names, one after another.

    Raises:
        InputError: there are no atlases in the data.
    """
    for folder in atlas_folders(data):
        if folder.name in left_out:
            yield from _scans(read_atlas(folder))


def _scans(atlas: Atlas) -> Iterator[FetalScan]:
    case = atlas.name.removeprefix("fetal_SB_atlas_")
    yield _scan(case, AS_IT_IS, "", np.pad(atlas.image, 8), np.pad(atlas.tissues, 8), (atlas.voxel_mm,) * 3)
    for group in (STRIPPED, SURROUNDED):
        for axis, plane in enumerate(_PLANES):
            rng = np.random.default_rng((axis, 13))
            image, tissues = unchanged(atlas, _MARGIN_MM)
            image = with_surroundings(image, tissues, group == STRIPPED, rng)
            image, tissues = take_stack(image, tissues, axis, THICKNESS_MM, MOTION, rng)
            spacing = tuple(THICKNESS_MM if each == axis else VOXEL_MM for each in range(3))
            yield _scan(case, group, plane, with_noise(image, group == STRIPPED, rng), tissues, spacing)


def _scan(case: str, group: str, plane: str, image: np.ndarray, tissues: np.ndarray, spacing) -> FetalScan:
    volume = Volume(np.ascontiguousarray(image.transpose()), Geometry(spacing=spacing, direction=RIGHT_FRONT_TOP), "MR")
    return FetalScan(case, group, plane, volume, np.ascontiguousarray(tissues.transpose()))
