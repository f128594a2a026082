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
_LIVER_MM, _LIVER_AT_MM, _LIVER_OVER_UTERUS_MM = (80.0, 75.0, 60.0), (70.0, -10.0), (25.0, 70.0)
_BLADDER_MM, _BLADDER_WALL_MM = ((22.0, 12.0, 10.0), (45.0, 30.0, 30.0)), 3.5  # empty and full
_PSOAS_MM, _PSOAS_AT_MM = (19.0, 22.0), 40.0
_ERECTOR_MM, _ERECTOR_AT_MM = (30.0, 21.0), (32.0, -46.0)
_PELVIS_MM, _PELVIS_AT_MM, _PELVIS_BELOW_MM, _CORTEX_MM = (20.0, 55.0, 60.0), (105.0, 120.0), 45.0, 4.0
_CANAL_MM, _CANAL_BEHIND_MM = (10.0, 7.5), 9.0
_VESSELS_MM, _VESSELS_AT_MM = ((-1, 8.0), (1, 10.0)), (13.0, 7.0)  # aorta on the left, vena cava on the right
_PROCESS_BEHIND_MM, _PROCESS_MM = (40.0, 62.0), (4.0, 3.0)  # the one in the plane of the middle
_SACRUM_CURVE = 0.0015  # 1/mm


def make_mother(uterus: Uterus, space: Space, rng: np.random.Generator) -> np.ndarray:
    """Values of ``WombTissue`` (uint8) of all but the uterus, which is yet to be painted over it."""
    x, y, z = space.axes()
    x_radius, y_radius, z_radius = np.add(uterus.radii_mm, uterus.sizes.wall_mm)
    back_of_uterus = -y_radius - rng.uniform(*_SPINE_GAP_MM)
    y_spine = back_of_uterus - _VERTEBRA_MM[1] - _SACRUM_CURVE * np.square(np.minimum(z + 0.5 * z_radius, 0))
    fat, wall = rng.uniform(*_FAT_MM), rng.uniform(*_WALL_MM)
    tissues = _trunk(uterus, space, y_spine, fat, wall, rng)
    bowel = (tissues == WombTissue.ABDOMINAL_FAT) & (space.noise(rng, 30) + 0.3 * space.noise(rng, 12) > 0.1)
    tissues[bowel] = WombTissue.BOWEL
    liver = ellipsoid_distance((x, y, z), _LIVER_MM, (*_LIVER_AT_MM, z_radius + rng.uniform(*_LIVER_OVER_UTERUS_MM)))
    tissues[(liver < 0) & np.isin(tissues, (WombTissue.ABDOMINAL_FAT, WombTissue.BOWEL))] = WombTissue.LIVER
    _add_bones_and_muscles(tissues, (x, y, z), y_spine, z_radius, rng)
    aside, before = _VESSELS_AT_MM
    for side, radius in _VESSELS_MM:
        vessel = np.hypot(x - aside * side, y - (y_spine + _VERTEBRA_MM[1] + before)) < radius * rng.uniform(0.7, 1.1)
        tissues[vessel & (z > -0.6 * z_radius)] = WombTissue.VESSEL
    radii = rng.uniform(*_BLADDER_MM)
    at = (rng.uniform(-8, 8), rng.uniform(0.1, 0.5) * y_radius, -z_radius - 0.6 * radii[2])
    bladder = ellipsoid_distance((x, y, z), radii, at) + 1.5 * space.noise(rng, 25)
    tissues[bladder < _BLADDER_WALL_MM] = WombTissue.MUSCLE
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
        psoas = np.hypot((x - side * _PSOAS_AT_MM) / _PSOAS_MM[0], (y - y_spine) / _PSOAS_MM[1])
        aside, behind = _ERECTOR_AT_MM
        erector = np.hypot((x - side * aside) / _ERECTOR_MM[0], (y - (y_spine + behind)) / _ERECTOR_MM[1])
        tissues[(np.minimum(psoas, erector) < 1) & (tissues > WombTissue.FAT)] = WombTissue.MUSCLE
        place = side * rng.uniform(*_PELVIS_AT_MM), -20.0, -z_radius - _PELVIS_BELOW_MM
        pelvis = ellipsoid_distance(axes, _PELVIS_MM, place)
        tissues[pelvis < 0] = WombTissue.MUSCLE
        tissues[pelvis < -_CORTEX_MM] = WombTissue.BONE_MARROW
    column = np.hypot(x / _VERTEBRA_MM[0], (y - y_spine) / _VERTEBRA_MM[1])
    along = np.mod(z + rng.uniform(0, _VERTEBRA_STEP_MM), _VERTEBRA_STEP_MM)
    tissues[(column < 1.1) & (along >= 0)] = WombTissue.BONE
    tissues[(column < 1) & (along > 1.5)] = WombTissue.BONE_MARROW
    tissues[(column < 1) & (along > _VERTEBRA_STEP_MM - _DISC_MM)] = WombTissue.DISC
    canal = np.hypot(x / _CANAL_MM[0], (y - (y_spine - _VERTEBRA_MM[1] - _CANAL_BEHIND_MM)) / _CANAL_MM[1])
    tissues[np.broadcast_to(canal < 1.2, tissues.shape)] = WombTissue.BONE
    tissues[np.broadcast_to(canal < 1, tissues.shape)] = WombTissue.SPINAL_FLUID
    ends = [(0.0, float(y_spine.max()) - behind, 0.0) for behind in _PROCESS_BEHIND_MM]
    tissues[rod_distance(axes, *ends, _PROCESS_MM) < 0] = WombTissue.BONE_MARROW
