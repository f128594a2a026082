"""MR images of random heads with brain lesions and exact truth, from shapes: sample data and test input.

Shapes are ellipsoids around the middle of the brain, bent by smooth random fields; thin sheets of fluid between random
fields make the sulci, and gray matter lines all fluid of the surface. The images are those of a spin echo with or
without inversion, computed from the relaxation times of ``Resources/Synthesis/head_tissues.csv``.
"""

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cache

import numpy as np
import torch
from scipy import ndimage

from ..resources import resource_path

FIELD_MM = (180.0, 220.0, 180.0)  # z, y, x
# Half axes z, y, x in mm.
BRAIN_MM, CEREBELLUM_MM, BRAIN_STEM_MM = (62.0, 82.0, 64.0), (22.0, 26.0, 46.0), (50.0, 11.0, 12.0)
CEREBELLUM_AT_MM, BRAIN_STEM_AT_MM = (-48.0, 40.0, 0.0), (-58.0, 12.0, 0.0)
FLUID_MM, SKULL_MM, FAT_MM, SKIN_MM = 2.5, 7.0, 4.0, 3.0
SULCUS_DEPTH_MM, CORTEX_MM = 13.0, 3.0
FOLD_MM, SHAPE_MM, BIAS_MM = 10.0, 90.0, 90.0  # lengths of the random fields
NECK_MM, NECK_AT_MM = (70.0, 58.0, 56.0), (-75.0, 20.0, 0.0)
BEND_MM = 2.0
LESIONS = (5, 10)
LESION_RADII_MM = (2.5, 11.0)
LESION_GAP_MM = 5.0
NOISE_SHARE, BIAS_SHARE = 0.03, 0.15
GRAY_OF_BRIGHTEST = 1500.0


@dataclass(frozen=True, eq=False)
class Head:
    """A head.

    Attributes:
        images: int16 (z, y, x) by name: "FLAIR", "T1", "T1c", "T2"; foot to head, front first, patient's right first.
        tissues: values of `Tissue`, of the same shape.
        voxel_mm: size of the cubic voxels.
    """

    images: Mapping[str, np.ndarray]
    tissues: np.ndarray
    voxel_mm: float

    @property
    def lesions(self) -> np.ndarray:
        """Where lesions are, boolean."""
        return self.tissues >= Tissue.LESION

    @property
    def brain(self) -> np.ndarray:
        """Where the brain with its lesions and the fluid around it are, boolean."""
        return self.lesions | np.isin(self.tissues, (Tissue.FLUID, Tissue.GRAY_MATTER, Tissue.WHITE_MATTER))


def _table(name: str) -> list[dict[str, str]]:
    with open(resource_path("Synthesis", name), newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


Tissue = IntEnum("Tissue", {row["name"].upper(): int(row["value"]) for row in _table("head_tissues.csv")})
Tissue.__doc__ = "Values of a head, from ``Resources/Synthesis/head_tissues.csv``."


def make_head(seed: int, voxel_mm: float = 1.25, progress: Callable[[float], None] | None = None) -> Head:
    """Make the head of a random patient.

    Args:
        seed: the same seed gives the same patient and the same noise.
        voxel_mm: size of the voxels.
        progress: called with the share that is done.
    """
    told = progress or (lambda _share: None)
    rng = np.random.default_rng(seed)
    space = _Space(rng, voxel_mm)
    tissues = _anatomy(space)
    told(0.4)
    _add_lesions(tissues, space)
    told(0.5)
    images = {}
    for row in _table("head_sequences.csv"):
        images[row["name"]] = _image(tissues, row["name"], space)
        told(0.5 + 0.5 * len(images) / len(_table("head_sequences.csv")))
    return Head(images, tissues, voxel_mm)


@cache
def signals(sequence: str) -> np.ndarray:
    """Signal of each tissue in a sequence, (tissues,), as part of the proton density of water.

    Spin echo: density * (1 - exp(-TR / T1)) * exp(-TE / T2); with inversion 1 - 2 exp(-TI / T1) + exp(-TR / T1) takes
    the place of the first factor, as magnitude.
    """
    row = next(row for row in _table("head_sequences.csv") if row["name"] == sequence)
    tr, te, ti = (float(row[name]) for name in ("tr_ms", "te_ms", "ti_ms"))
    column = "t1_with_contrast_ms" if row["contrast_medium"] == "yes" else "t1_ms"
    tissues = _table("head_tissues.csv")
    t1, t2, density = (np.array([float(each[name]) for each in tissues]) for name in (column, "t2_ms", "density"))
    t1, t2 = np.maximum(t1, 1e-3), np.maximum(t2, 1e-3)
    inverted = 2 * np.exp(-ti / t1) if ti else 1.0 + 0 * t1
    longitudinal = np.abs(1 - inverted + np.exp(-tr / t1)) if ti else 1 - np.exp(-tr / t1)
    return density * longitudinal * np.exp(-te / t2)


class _Space:
    """Coordinates of the voxels, bent by random fields."""

    def __init__(self, rng: np.random.Generator, voxel_mm: float):
        self.rng = rng
        self.voxel_mm = voxel_mm
        self.shape = tuple(round(extent / voxel_mm) for extent in FIELD_MM)
        axes = [(np.arange(size, dtype=np.float32) - (size - 1) / 2) * voxel_mm for size in self.shape]
        size = 1 + 0.04 * rng.standard_normal(3)
        bend = [BEND_MM * self.noise(SHAPE_MM) for _ in range(3)]
        grids = np.meshgrid(*axes, indexing="ij")
        self.z, self.y, self.x = (
            np.float32(1 / scale) * grid + shift for grid, scale, shift in zip(grids, size, bend, strict=True)
        )

    def noise(self, length_mm: float) -> np.ndarray:
        """Smooth random field of unit variance, float32; about as many mm from hill to valley."""
        lattice = self.rng.standard_normal([int(extent / length_mm * 2) + 2 for extent in FIELD_MM], dtype=np.float32)
        smooth = ndimage.gaussian_filter(lattice, 0.7)
        grown = torch.nn.functional.interpolate(
            torch.from_numpy(smooth)[None, None], size=self.shape, mode="trilinear", align_corners=True
        )[0, 0].numpy()
        return grown / grown.std()

    def distance(self, radii, center=(0.0, 0.0, 0.0)) -> np.ndarray:
        """About how many mm outside of an ellipsoid each voxel lies; negative inside."""
        offsets = [grid - middle for grid, middle in zip((self.z, self.y, self.x), center, strict=True)]
        scaled = np.sqrt(sum((offset / radius) ** 2 for offset, radius in zip(offsets, radii, strict=True)))
        slope = np.sqrt(sum((offset / radius**2) ** 2 for offset, radius in zip(offsets, radii, strict=True)))
        return (scaled - 1) * scaled / np.maximum(slope, 1e-3)

    def inside(self, radii, center=(0.0, 0.0, 0.0)) -> np.ndarray:
        """Voxels within an ellipsoid."""
        return self.distance(radii, center) < 0


def _anatomy(space: _Space) -> np.ndarray:
    outside = np.minimum(space.distance(BRAIN_MM), space.distance(CEREBELLUM_MM, CEREBELLUM_AT_MM) + 1)
    outside = np.minimum(outside, space.distance(BRAIN_STEM_MM, BRAIN_STEM_AT_MM) - 1)
    tissues = np.full(space.shape, Tissue.AIR, np.uint8)
    tissues[space.inside(NECK_MM, NECK_AT_MM)] = Tissue.SKIN_AND_MUSCLE
    for tissue, thickness in (
        (Tissue.SKIN_AND_MUSCLE, FLUID_MM + SKULL_MM + FAT_MM + SKIN_MM),
        (Tissue.FAT, FLUID_MM + SKULL_MM + FAT_MM),
        (Tissue.SKULL, FLUID_MM + SKULL_MM),
        (Tissue.FLUID, FLUID_MM),
    ):
        tissues[outside < thickness] = tissue
    brain = outside < 0
    sulci = brain & (outside > -SULCUS_DEPTH_MM) & (np.abs(space.noise(FOLD_MM)) < 0.17)
    fissure = brain & (np.abs(space.x) < 1.2) & ((space.z > 22) | (np.abs(space.y) > 38)) & (space.z > -30)
    tissues[brain] = Tissue.WHITE_MATTER
    surface_fluid = sulci | fissure | ~brain
    depth = ndimage.distance_transform_edt(~surface_fluid) * space.voxel_mm
    tissues[brain & (depth <= CORTEX_MM)] = Tissue.GRAY_MATTER
    tissues[sulci | fissure] = Tissue.FLUID
    _add_inner_parts(tissues, space, brain)
    return tissues


def _add_inner_parts(tissues: np.ndarray, space: _Space, brain: np.ndarray) -> None:
    stem = space.inside(BRAIN_STEM_MM, BRAIN_STEM_AT_MM) & brain
    tissues[stem] = Tissue.WHITE_MATTER
    for side in (-1, 1):
        for center, radii in (((-2, 8, 14), (10, 15, 9)), ((0, -16, 15), (9, 13, 6)), ((-2, -4, 28), (10, 16, 5))):
            tissues[space.inside(radii, (center[0], center[1], side * center[2])) & brain] = Tissue.GRAY_MATTER
    size = space.rng.uniform(0.8, 1.25)
    for side in (-1, 1):
        for center, radii in (((14, -4, 9), (6, 30, 5)), ((8, 26, 17), (7, 14, 6)), ((-14, 12, 30), (5, 18, 4))):
            scaled = tuple(size * radius for radius in radii)
            tissues[space.inside(scaled, (center[0], center[1], side * center[2])) & brain] = Tissue.FLUID
    tissues[space.inside((10, 12, 1.8 * size), (-2, 4, 0)) & brain] = Tissue.FLUID


def _add_lesions(tissues: np.ndarray, space: _Space) -> None:
    """Lesions in white matter, the more the nearer to the ventricles, apart from each other; some take up contrast."""
    rng = space.rng
    rough = space.noise(8.0)
    far = space.inside(tuple(radius - 18 for radius in BRAIN_MM)) & (space.z > -25)
    free = far & (tissues == Tissue.WHITE_MATTER)
    wanted = rng.integers(LESIONS[0], LESIONS[1] + 1)
    for number in range(wanted):
        places = np.flatnonzero(free)
        if places.size == 0:
            return
        center = np.unravel_index(rng.choice(places), free.shape)
        radii = np.exp(rng.uniform(*np.log(LESION_RADII_MM))) * rng.uniform(0.75, 1.3, 3)
        at = tuple(float(grid[center]) for grid in (space.z, space.y, space.x))
        lesion = (space.distance(radii, at) + 0.8 * rough < 0) & (tissues == Tissue.WHITE_MATTER)
        lesion = _part_at(lesion, center)
        tissues[lesion] = Tissue.ENHANCING_LESION if number == 0 or rng.random() < 0.2 else Tissue.LESION
        free &= space.distance(radii * 1.3 + LESION_GAP_MM, at) > LESION_RADII_MM[0]


def _part_at(mask: np.ndarray, place: tuple[int, ...]) -> np.ndarray:
    """The connected part of a mask at a voxel, and that voxel."""
    mask[place] = True
    parts, _ = ndimage.label(mask, np.ones((3, 3, 3)))
    return parts == parts[place]


def _image(tissues: np.ndarray, sequence: str, space: _Space) -> np.ndarray:
    rng = space.rng
    signal = signals(sequence).astype(np.float32)
    scale = GRAY_OF_BRIGHTEST / signal.max()
    image = ndimage.gaussian_filter(signal[tissues], 0.45)
    image *= 1 + BIAS_SHARE / 2 * np.clip(space.noise(BIAS_MM), -2, 2)
    spread = NOISE_SHARE * signal[Tissue.WHITE_MATTER]
    noise = [spread * rng.standard_normal(tissues.shape, dtype=np.float32) for _ in range(2)]
    return np.round(scale * np.hypot(image + noise[0], noise[1])).astype(np.int16)
