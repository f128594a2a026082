"""Other fetal brains from an atlas: turned, grown, bent, with ventricles and cerebellum of other sizes."""

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from .brain_affine import turned_and_sheared
from .brain_fields import smooth_noise
from .fetal_atlases import Atlas, FetalTissue

VOXEL_MM = 1.0
_ANGLE_DEG = 12.0
_GROWTH, _STRETCH, _SHEAR = (0.8, 1.25), 0.06, 0.03
_BENDS = ((35, 1.8), (14, 0.7))  # scale and standard deviation of the displacement, mm
# Half of the spina bifida brains get ventricles as small, and a cerebellum as large, as healthy ones may have.
_VENTRICLE_CHANGE, _CEREBELLUM_CHANGE = (-0.25, 0.9), (-0.45, 0.1)
_REACH = 1.2  # of a change of size, in radii of the structure


def warp(atlas: Atlas, margin_mm: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Image (float32) and tissues (uint8), voxels of ``VOXEL_MM``, of another brain with empty space around it."""
    matrix = _random_matrix(rng)
    half = np.array(atlas.tissues.shape) * atlas.voxel_mm / 2
    reach = half * np.linalg.norm(np.linalg.inv(matrix), axis=0) + margin_mm
    shape = tuple(int(size) for size in np.ceil(2 * reach / VOXEL_MM))
    grid = np.ix_(*((np.arange(size, dtype=np.float32) - (size - 1) / 2) * np.float32(VOXEL_MM) for size in shape))
    bends = [sum(size * smooth_noise(rng, shape, scale / VOXEL_MM) for scale, size in _BENDS) for _ in range(3)]
    rows = matrix.astype(np.float32)
    places = [sum(rows[axis, k] * grid[k] for k in range(3)) + bends[axis] for axis in range(3)]
    if rng.uniform() < 0.5:
        for center, radius, change in _changes(atlas, rng):
            places = _resized(places, center, radius, change)
    return _sampled(atlas, places)


def unchanged(atlas: Atlas, margin_mm: float) -> tuple[np.ndarray, np.ndarray]:
    """As ``warp``, of the brain of the atlas itself."""
    shape = np.ceil(np.array(atlas.tissues.shape) * atlas.voxel_mm + 2 * margin_mm).astype(int)
    axes = [(np.arange(size, dtype=np.float32) - (size - 1) / 2) * np.float32(VOXEL_MM) for size in shape]
    return _sampled(atlas, np.meshgrid(*axes, indexing="ij"))


def _sampled(atlas: Atlas, places: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Image and tissues of an atlas at places, mm from its middle."""
    half = np.array(atlas.tissues.shape) * atlas.voxel_mm / 2
    index = np.stack([(place + size) / atlas.voxel_mm - 0.5 for place, size in zip(places, half, strict=True)])
    return ndimage.map_coordinates(atlas.image, index, order=1), _nearest(atlas.tissues, index)


def _nearest(tissues: np.ndarray, index: np.ndarray) -> np.ndarray:
    """Tissues at the nearest voxels, 0 outside."""
    last = np.array(tissues.shape).reshape(3, 1, 1, 1) + 1
    places = np.clip(np.rint(index) + 1, 0, last).astype(np.int16)
    return np.pad(tissues, 1)[tuple(places)]


def _random_matrix(rng: np.random.Generator) -> np.ndarray:
    """From places in the new brain to places in the atlas."""
    matrix = turned_and_sheared(rng, _ANGLE_DEG, _SHEAR)
    growth = np.exp(rng.uniform(*np.log(_GROWTH)) + _STRETCH * rng.standard_normal(3))
    return matrix @ np.diag(1 / growth) @ np.diag([rng.choice((-1, 1)), 1, 1])


def _changes(atlas: Atlas, rng: np.random.Generator) -> list[tuple[np.ndarray, float, float]]:
    """Center (mm from the middle of the atlas), radius (mm) and change of what is resized."""
    ventricles = atlas.tissues == FetalTissue.INTRA_AXIAL_CSF
    sides = np.arange(len(ventricles))[:, None, None] < len(ventricles) / 2
    parts = [(ventricles & side, _VENTRICLE_CHANGE) for side in (sides, ~sides)]
    parts.append((atlas.tissues == FetalTissue.CEREBELLUM, _CEREBELLUM_CHANGE))
    result = []
    for mask, changes in parts:
        if mask.any():
            center = (np.argwhere(mask).mean(0) + 0.5 - np.array(mask.shape) / 2) * atlas.voxel_mm
            radius = _REACH * np.cbrt(mask.sum() * atlas.voxel_mm**3 * 3 / 4 / np.pi)
            result.append((center, radius, rng.uniform(*changes)))
    return result


def _resized(places: Sequence[np.ndarray], center: np.ndarray, radius: float, change: float) -> list[np.ndarray]:
    """Places moved away from a center (what is there becomes smaller) or towards it (larger); keeps their order."""
    offsets = [place - np.float32(at) for place, at in zip(places, center, strict=True)]
    square = sum(offset**2 for offset in offsets)
    moved = np.float32(change) * np.exp(-square / np.float32(2 * radius**2))
    return [place + moved * offset for place, offset in zip(places, offsets, strict=True)]
