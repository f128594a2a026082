"""The trunk of a pregnant woman around her uterus: skin, fat, muscles, spine, bowel, bladder, liver and vessels."""

import numpy as np

from .ellipsoids import ellipsoid_distance, rod_distance
from .womb_space import Space
from .womb_tissues import WombTissue
from .womb_uterus import Uterus

_SKIN_MM, _FAT_MM, _WALL_MM = 2.5, (8.0, 35.0), (6.0, 12.0)
_SPINE_GAP_MM, _SPINE_TO_BACK_MM = (6.0, 20.0), (55.0, 85.0)
_TRUNK_MM = (140.0, 185.0)  # half the width
_VERTEBRA_MM, _VERTEBRA_STEP_MM, _DISC_MM = (23.0, 17.0), 34.0, 9.0
_FRONT_OVER_UTERUS_MM = (4.0, 12.0)


def make_mother(uterus: Uterus, space: Space, rng: np.random.Generator) -> np.ndarray:
    """Values of ``WombTissue`` (uint8) of all but the uterus, which is yet to be painted over it."""
    x, y, z = space.axes()
    x_radius, y_radius, z_radius = np.add(uterus.radii_mm, uterus.sizes.wall_mm)
    back_of_uterus = -y_radius - rng.uniform(*_SPINE_GAP_MM)
    y_spine = back_of_uterus - _VERTEBRA_MM[1] - 0.0015 * np.square(np.minimum(z + 0.5 * z_radius, 0))
    fat, wall = rng.uniform(*_FAT_MM), rng.uniform(*_WALL_MM)
    tissues = _trunk(uterus, space, y_spine, fat, wall, rng)
    bowel = (tissues == WombTissue.ABDOMINAL_FAT) & (space.noise(rng, 30) + 0.3 * space.noise(rng, 12) > 0.1)
    tissues[bowel] = WombTissue.BOWEL
    liver = ellipsoid_distance((x, y, z), (80, 75, 60), (70, -10, z_radius + rng.uniform(25, 70)))
    tissues[(liver < 0) & np.isin(tissues, (WombTissue.ABDOMINAL_FAT, WombTissue.BOWEL))] = WombTissue.LIVER
    _add_bones_and_muscles(tissues, (x, y, z), y_spine, z_radius, rng)
    for side, radius in ((-1, 8.0), (1, 10.0)):  # aorta on the left, vena cava on the right of the spine
        vessel = np.hypot(x - 13 * side, y - (y_spine + _VERTEBRA_MM[1] + 7)) < radius * rng.uniform(0.7, 1.1)
        tissues[vessel & (z > -0.6 * z_radius)] = WombTissue.VESSEL
    radii = rng.uniform((22, 12, 10), (45, 30, 30))
    at = (rng.uniform(-8, 8), rng.uniform(0.1, 0.5) * y_radius, -z_radius - 0.6 * radii[2])
    bladder = ellipsoid_distance((x, y, z), radii, at) + 1.5 * space.noise(rng, 25)
    tissues[bladder < 3.5] = WombTissue.MUSCLE
    tissues[bladder < 0] = WombTissue.BLADDER
    return tissues


def _trunk(uterus, space, y_spine, fat_mm, wall_mm, rng) -> np.ndarray:
    """Skin, fat, muscle and the fat within, of a trunk whose front goes around the uterus."""
    x, y, z = space.axes()
    x_radius, y_radius, z_radius = np.add(uterus.radii_mm, uterus.sizes.wall_mm)
    front = y_radius * np.sqrt(np.maximum(1 - np.square(z / (1.25 * z_radius)), 0.2))
    front = front + rng.uniform(*_FRONT_OVER_UTERUS_MM) + wall_mm + fat_mm
    back = y_spine - rng.uniform(*_SPINE_TO_BACK_MM)
    width = max(rng.uniform(*_TRUNK_MM), x_radius + wall_mm + fat_mm + 8)
    middle, half = (front + back) / 2, (front - back) / 2
    power = rng.uniform(2.2, 2.8)
    level = ((np.abs(x) / width) ** power + (np.abs(y - middle) / half) ** power) ** (1 / power)
    depth = (1 - level) * np.minimum(half, width) + 2 * space.noise(rng, 60)
    fat = fat_mm * np.clip(1 + 0.2 * space.noise(rng, 60), 0.4, 2)
    tissues = np.zeros(space.shape, np.uint8)
    tissues[depth > 0] = WombTissue.SKIN
    tissues[depth > _SKIN_MM] = WombTissue.FAT
    tissues[depth > fat] = WombTissue.MUSCLE
    tissues[depth > fat + wall_mm] = WombTissue.ABDOMINAL_FAT
    return tissues


def _add_bones_and_muscles(tissues, axes, y_spine, z_radius, rng) -> None:
    x, y, z = axes
    for side in (-1, 1):
        psoas = np.hypot((x - side * 40) / 19, (y - y_spine) / 22)
        erector = np.hypot((x - side * 32) / 30, (y - (y_spine - 46)) / 21)
        tissues[(np.minimum(psoas, erector) < 1) & (tissues > WombTissue.FAT)] = WombTissue.MUSCLE
        pelvis = ellipsoid_distance(axes, (20, 55, 60), (side * rng.uniform(105, 120), -20, -z_radius - 45))
        tissues[pelvis < 0] = WombTissue.MUSCLE
        tissues[pelvis < -4] = WombTissue.BONE_MARROW
    column = np.hypot(x / _VERTEBRA_MM[0], (y - y_spine) / _VERTEBRA_MM[1])
    along = np.mod(z + rng.uniform(0, _VERTEBRA_STEP_MM), _VERTEBRA_STEP_MM)
    tissues[(column < 1.1) & (along >= 0)] = WombTissue.BONE
    tissues[(column < 1) & (along > 1.5)] = WombTissue.BONE_MARROW
    tissues[(column < 1) & (along > _VERTEBRA_STEP_MM - _DISC_MM)] = WombTissue.DISC
    canal = np.hypot(x / 10, (y - (y_spine - _VERTEBRA_MM[1] - 9)) / 7.5)
    tissues[np.broadcast_to(canal < 1.2, tissues.shape)] = WombTissue.BONE
    tissues[np.broadcast_to(canal < 1, tissues.shape)] = WombTissue.SPINAL_FLUID
    process = rod_distance(axes, (0, float(y_spine.max()) - 40, 0), (0, float(y_spine.max()) - 62, 0), (4, 3))
    tissues[process < 0] = WombTissue.BONE_MARROW
