"""T2-weighted MR of a pregnant abdomen made of shapes, with exact truth: to learn from, to measure on, sample data.

No atlas of it is free, so everything is drawn by seed: part of the mother's trunk, uterus, placenta, cord, fluid and a
fetus of 20 to 36 weeks in any pose.  A stack of thick slices shows them, between which the fetus moves by itself and
the mother breathes.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from .brain_fields import smooth_noise
from .fetal_brain import with_noise
from .fetal_stack import Motion, moving_slices, slice_gain
from .fetal_surroundings import blobs
from .womb_cord import add_cord
from .womb_fetus import place_fetus
from .womb_mother import make_mother
from .womb_sizes import WombSizes, draw_sizes
from .womb_space import Space
from .womb_tissues import Structure, WombTissue, draw_womb_signal, womb_image
from .womb_uterus import Uterus, add_uterus, draw_uterus

PLANES = ("sagittal", "coronal", "axial")
_SIDES_MM, _BEHIND_MM, _ABOVE_MM, _BELOW_MM = (15, 70), (25, 110), (8, 45), (25, 60)
_IN_FRONT_MM = 50.0  # abdominal wall, fat and some air
_THICKNESS_MM = (3.0, 5.0)
_MOST_SHIFT_MM, _MOST_ANGLE_DEG, _MOST_BREATH_MM, _MOST_LOST = 2.0, 2.0, 1.5, 0.06


@dataclass(frozen=True, eq=False)
class Womb:
    """What lies in a field of view, at rest.

    Attributes:
        mother: image without the fetus (float32), axes towards right, front and top.
        fetus: what the fetus adds to that image, 0 outside of it.
        structures: values of ``Structure`` (uint8) without the fetus.
        is_fetus: 1 where the fetus is (uint8).
        voxel_mm: edge of the voxels.
        sizes: of the pregnancy.
    """

    mother: np.ndarray
    fetus: np.ndarray
    structures: np.ndarray
    is_fetus: np.ndarray
    voxel_mm: float
    sizes: WombSizes


@dataclass(frozen=True, eq=False)
class WombStack:
    """A stack of slices.

    Attributes:
        image: float32 (x, y, z) towards right, front and top.
        structures: values of ``Structure`` (uint8) in the middle of each slice.
        spacing_mm: of the voxels.
        plane: one of ``PLANES``.
        weeks: of gestation.
    """

    image: np.ndarray
    structures: np.ndarray
    spacing_mm: tuple[float, float, float]
    plane: str
    weeks: float

    @property
    def axis(self) -> int:
        """Across the slices."""
        return PLANES.index(self.plane)


def make_womb_stack(seed: int, voxel_mm: float, plane: str | None = None) -> WombStack:
    """A pregnant woman and a scan of her; the same seed gives the same.

    Args:
        voxel_mm: of the voxels within the slices.
        plane: of the slices; None: any.
    """
    rng = np.random.default_rng((seed, 23))
    womb = make_womb(rng, voxel_mm)
    return scan_womb(womb, rng, plane or PLANES[rng.integers(3)])


def make_womb(rng: np.random.Generator, voxel_mm: float) -> Womb:
    """A pregnant woman at rest, with random gray values."""
    uterus = draw_uterus(draw_sizes(rng), rng)
    space = _field_of_view(uterus, voxel_mm, rng)
    tissues = make_mother(uterus, space, rng)
    structures, on_placenta = add_uterus(uterus, space, tissues, rng)
    room = structures == Structure.AMNIOTIC_FLUID
    own, navel = place_fetus(space, room, uterus.sizes.fetus_ml, rng)
    add_cord(space, tissues, room & (own == 0), on_placenta, navel, rng)
    signal = draw_womb_signal(rng)
    mother = womb_image(tissues, signal, voxel_mm, rng)
    bowel = tissues == WombTissue.BOWEL
    mother[bowel] = blobs(space.shape, rng)[bowel]
    is_fetus = own > 0
    fetus = np.where(is_fetus, womb_image(own, signal, voxel_mm, rng) - mother, 0)
    return Womb(mother, fetus.astype(np.float32), structures, is_fetus.astype(np.uint8), voxel_mm, uterus.sizes)


def scan_womb(womb: Womb, rng: np.random.Generator, plane: str) -> WombStack:
    """Thick slices of a woman who breathes, and of her fetus who moves."""
    axis, thickness = PLANES.index(plane), float(rng.uniform(*_THICKNESS_MM))
    strength = rng.uniform() ** 1.5
    moves = Motion(_MOST_SHIFT_MM * strength, _MOST_ANGLE_DEG * strength, rng.uniform(0, _MOST_LOST))
    breathes = Motion(rng.uniform(0, _MOST_BREATH_MM), 0.3, 0.0)
    blur = rng.uniform(0.4, 0.9) / womb.voxel_mm
    mother, fetus = (ndimage.gaussian_filter(image, blur, truncate=2.5) for image in (womb.mother, womb.fetus))
    slices, structures = moving_slices(mother, womb.structures, axis, thickness, breathes, rng, womb.voxel_mm)
    added, is_fetus = moving_slices(fetus, womb.is_fetus, axis, thickness, moves, rng, womb.voxel_mm)
    structures[(is_fetus > 0) & (structures > 0)] = Structure.FETUS
    image = np.maximum(slices + added, 0) * slice_gain(slices.shape, axis, moves, rng)
    image *= np.exp(rng.uniform(0.05, 0.3) * smooth_noise(rng, image.shape, 90 / womb.voxel_mm))
    spacing = tuple(thickness if each == axis else womb.voxel_mm for each in range(3))
    return WombStack(with_noise(image, False, rng), structures, spacing, plane, womb.sizes.weeks)


def _field_of_view(uterus: Uterus, voxel_mm: float, rng: np.random.Generator) -> Space:
    """All of the uterus and some of what is around it."""
    radii = np.array(uterus.radii_mm) + uterus.sizes.wall_mm + 10  # it is bent and tilted
    sides = rng.uniform(*_SIDES_MM)
    low = -radii - (sides, rng.uniform(*_BEHIND_MM), rng.uniform(*_BELOW_MM))
    high = radii + (sides, rng.uniform(0.5, 1) * _IN_FRONT_MM, rng.uniform(*_ABOVE_MM))
    return Space(tuple(map(float, low)), tuple(map(float, high)), voxel_mm)
