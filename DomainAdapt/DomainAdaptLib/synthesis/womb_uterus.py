"""Uterus and placenta: an egg with a wall, and a cap of uneven thickness on the inside of it."""

from dataclasses import dataclass

import numpy as np
from scipy import spatial

from .brain_affine import turned_and_sheared
from .ellipsoids import ellipsoid_distance, rod_distance
from .womb_sizes import WombSizes
from .womb_space import Space
from .womb_tissues import Structure, WombTissue

_PROPORTIONS = ((0.95, 1.1), (0.8, 0.95), (1.15, 1.45))  # of the half axes towards right, front and top
_TILT_DEG, _EGG, _BEND_MM, _BEND_SCALE_MM = 8.0, 0.12, 6.0, 65.0
# Directions from the middle of the uterus to that of the placenta, and how often: front, back, top, sides, bottom.
_SITES = (
    ((0.0, 1.0, 0.25), 0.32),
    ((0.0, -1.0, 0.25), 0.32),
    ((0.0, 0.2, 1.0), 0.12),
    ((1.0, 0.0, 0.2), 0.08),
    ((-1.0, 0.0, 0.2), 0.08),
    ((0.0, -0.6, -0.8), 0.08),
)
_SITE_SPREAD = 0.3
_TWO_LOBES, _LOBES_APART = 0.12, (1.0, 1.4)  # share of placentas, and angle, rad
_THICKEST_MM, _EDGE, _BUMPS, _BUMPS_SCALE_MM = (20.0, 42.0), 2.5, 0.18, 22.0
_MM_FOR_A_RADIAN = 20.0  # how far from the middle the cord may begin, against how far from the surface
_LOBULE_MM, _SEPTUM_MM = (14.0, 26.0), 1.3
_WALL_UNEVEN, _WALL_SCALE_MM = 0.3, 50.0
_VESSEL_AT, _VESSEL_SCALE_MM, _VESSEL_DEPTH = 1.5, 8.0, 0.4  # where a random field is higher, and not at the cavity
_CERVIX_MM, _CERVIX_RADIUS_MM, _CERVIX_BACK_MM, _CANAL_RADIUS_MM = 32.0, 13.0, (-20.0, 5.0), 2.5
_ITERATIONS = 14


@dataclass(frozen=True, eq=False)
class Uterus:
    """Shape of a uterus.

    Attributes:
        radii_mm: half axes of the cavity.
        matrix: (3, 3), from places to the axes of the uterus.
        sizes: what it holds.
    """

    radii_mm: tuple[float, float, float]
    matrix: np.ndarray
    sizes: WombSizes


def draw_uterus(sizes: WombSizes, rng: np.random.Generator) -> Uterus:
    """A uterus whose cavity holds fetus, placenta and fluid."""
    shares = np.array([rng.uniform(*each) for each in _PROPORTIONS])
    radius = np.cbrt(sizes.cavity_ml * 1000 * 3 / 4 / np.pi / shares.prod())
    return Uterus(tuple(map(float, radius * shares)), turned_and_sheared(rng, _TILT_DEG, 0.0), sizes)


def add_uterus(
    uterus: Uterus, space: Space, tissues: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Paint wall, placenta and fluid over ``tissues``.

    Returns:
        Values of ``Structure`` (uint8), none of the fetus yet; and a place on the inner surface of the placenta, mm.
    """
    axes = _own_axes(uterus, space, rng)
    outside = ellipsoid_distance(axes, uterus.radii_mm)
    structures = np.zeros(space.shape, np.uint8)
    _add_wall(uterus, space, axes, outside, tissues, structures, rng)
    cavity = outside < 0
    tissues[cavity], structures[cavity] = WombTissue.AMNIOTIC_FLUID, Structure.AMNIOTIC_FLUID
    return structures, _add_placenta(uterus, space, axes, outside, tissues, structures, rng)


def _own_axes(uterus: Uterus, space: Space, rng: np.random.Generator) -> list[np.ndarray]:
    """Coordinates along the axes of the uterus, bent, narrower at the bottom."""
    grid, rows = space.axes(), uterus.matrix.astype(np.float32)
    bend = np.float32(_BEND_MM)
    x, y, z = (sum(row[k] * grid[k] for k in range(3)) + bend * space.noise(rng, _BEND_SCALE_MM) for row in rows)
    width = 1 + np.float32(_EGG / uterus.radii_mm[2]) * np.clip(z, -uterus.radii_mm[2], uterus.radii_mm[2])
    return [x / width, y / width, z]


def _add_wall(uterus, space, axes, outside, tissues, structures, rng) -> None:
    thickness = uterus.sizes.wall_mm * np.clip(1 + _WALL_UNEVEN * space.noise(rng, _WALL_SCALE_MM), 0.4, 2.5)
    lowest = np.array([0.0, 0.0, 1 - uterus.radii_mm[2]])
    end = lowest + (0, rng.uniform(*_CERVIX_BACK_MM), -_CERVIX_MM)
    radii = np.array([_CERVIX_RADIUS_MM + uterus.sizes.wall_mm / 2, _CERVIX_RADIUS_MM]) * rng.uniform(0.85, 1.15)
    wall = (outside < thickness) | (rod_distance(axes, lowest, end, radii) < 0)
    tissues[wall], structures[wall] = WombTissue.UTERINE_WALL, Structure.UTERINE_WALL
    vessels = wall & (outside > _VESSEL_DEPTH * thickness) & (space.noise(rng, _VESSEL_SCALE_MM) > _VESSEL_AT)
    tissues[vessels] = WombTissue.VESSEL
    canal = rod_distance(axes, lowest, end, (_CANAL_RADIUS_MM,) * 2) < 0
    tissues[canal] = WombTissue.BLADDER  # its mucus is as bright as fluid


def _add_placenta(uterus, space, axes, outside, tissues, structures, rng) -> np.ndarray:
    inside = np.flatnonzero(outside < 0)
    ways = np.stack([axis.ravel()[inside] / radius for axis, radius in zip(axes, uterus.radii_mm, strict=True)], 1)
    ways /= np.maximum(np.linalg.norm(ways, axis=1, keepdims=True), 1e-3)
    centers = _centers(rng)
    angle = np.arccos(np.clip((ways @ centers.T).max(1), -1, 1))
    depth = -outside.ravel()[inside]
    uneven = np.clip(1 + _BUMPS * space.noise(rng, _BUMPS_SCALE_MM).ravel()[inside], 0.3, 2)
    thickest = rng.uniform(*_THICKEST_MM) * uneven
    wanted = uterus.sizes.placenta_ml * 1000 / space.voxel_mm**3
    placenta = inside[_cap(angle, depth, thickest, wanted)]
    tissues.ravel()[placenta], structures.ravel()[placenta] = WombTissue.PLACENTA, Structure.PLACENTA
    _add_septa(placenta, space, tissues, rng)
    surface = inside[np.argmin(angle + np.abs(depth - thickest) / _MM_FOR_A_RADIAN)]
    return _places(np.array([surface]), space)[0]


def _centers(rng: np.random.Generator) -> np.ndarray:
    """Directions (n, 3) of the middle of each lobe."""
    ways, shares = zip(*_SITES, strict=True)
    first = np.array(ways[rng.choice(len(ways), p=shares)]) + _SITE_SPREAD * rng.standard_normal(3)
    first /= np.linalg.norm(first)
    if rng.uniform() >= _TWO_LOBES:
        return first[None]
    aside = np.cross(first, rng.standard_normal(3))
    angle = rng.uniform(*_LOBES_APART)
    return np.stack([first, np.cos(angle) * first + np.sin(angle) * aside / np.linalg.norm(aside)])


def _cap(angle: np.ndarray, depth: np.ndarray, thickest: np.ndarray, wanted: float) -> np.ndarray:
    """Which voxels a cap of that many covers: thick in the middle, thin at its edge; as wide as it has to be."""
    low, high = 0.2, np.pi
    for _ in range(_ITERATIONS):
        reach = (low + high) / 2
        cap = depth < thickest * np.sqrt(np.maximum(1 - (angle / reach) ** _EDGE, 0))
        low, high = (reach, high) if cap.sum() < wanted else (low, reach)
    return cap


def _add_septa(placenta: np.ndarray, space: Space, tissues: np.ndarray, rng: np.random.Generator) -> None:
    """Walls between lobules: voxels that are about as near to one center of a lobule as to the next."""
    places = _places(placenta, space)
    spacing = rng.uniform(*_LOBULE_MM)
    count = max(2, int(len(places) * space.voxel_mm**3 / spacing**3))
    centers = places[rng.choice(len(places), count, replace=False)]
    nearest, _ = spatial.cKDTree(centers).query(places + rng.normal(0, 1, places.shape), 2)
    tissues.ravel()[placenta[nearest[:, 1] - nearest[:, 0] < _SEPTUM_MM]] = WombTissue.SEPTUM


def _places(flat: np.ndarray, space: Space) -> np.ndarray:
    """Places (n, 3), mm, of voxels by their flat index."""
    index = np.stack(np.unravel_index(flat, space.shape), 1)
    return np.array(space.low_mm) + (index + 0.5) * space.voxel_mm
