"""Other heads from one tissue map: turned, scaled, bent, and pushed aside by what grows in them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .brain_affine import turned_and_sheared
from .brain_fields import Shape, smooth_noise, spread
from .brain_tissues import INTRACRANIAL

_ANGLE_DEG, _SCALE, _SHEAR = 8.0, 0.08, 0.03
_BENDS = ((50, 2.5), (18, 0.8))  # scale and standard deviation of the displacement, mm
_GRID_MM = 3


@dataclass(frozen=True)
class Push:
    """Displacement outwards around a growing mass.

    Attributes:
        center: in voxels of the new map.
        radius: of the mass, mm.
        strength: share of the radius by which its surface has moved.
    """

    center: tuple[float, float, float]
    radius: float
    strength: float


def warp(tissues: np.ndarray, shape: Shape, rng: np.random.Generator, push: Push | None = None) -> np.ndarray:
    """Tissue map (uint8, of that shape, around the middle of the brain) of another head, from one of 1 mm."""
    middle = _middle_of_brain(tissues, shape)
    matrix = _random_matrix(rng)
    displacement = _displacement(shape, rng, push)
    x, y, z = (np.arange(size, dtype=np.float32) - (size - 1) / 2 for size in shape)
    index = []
    for axis in range(3):
        row = matrix[axis].astype(np.float32)
        position = row[0] * x[:, None, None] + row[1] * y[:, None] + row[2] * z + displacement[axis] + middle[axis]
        index.append(np.clip(np.rint(position), 0, tissues.shape[axis] - 1).astype(np.int16))
    return tissues[tuple(index)]


def _middle_of_brain(tissues: np.ndarray, shape: Shape) -> np.ndarray:
    """Middle in x and y; in z so that the top of the brain is some way below the border."""
    brain = np.isin(tissues, INTRACRANIAL)
    low, high = (
        np.array([np.flatnonzero(brain.any(tuple({0, 1, 2} - {axis})))[end] for axis in range(3)]) for end in (0, -1)
    )
    middle = (low + high) / 2
    middle[2] = max(middle[2], high[2] - 0.42 * shape[2])
    return middle


def _random_matrix(rng: np.random.Generator) -> np.ndarray:
    matrix = turned_and_sheared(rng, _ANGLE_DEG, _SHEAR)
    mirrored = np.diag([rng.choice((-1, 1)), 1, 1])
    return matrix @ np.diag(np.exp(_SCALE * rng.standard_normal(3))) @ mirrored


def _displacement(shape: Shape, rng: np.random.Generator, push: Push | None) -> list[np.ndarray]:
    """Displacement of the place that tissue comes from, along each axis, mm; made on few voxels for speed."""
    axes = [np.linspace(0, size - 1, -(-size // _GRID_MM), dtype=np.float32) for size in shape]
    few = tuple(map(len, axes))
    result = [sum(size * smooth_noise(rng, few, scale / _GRID_MM) for scale, size in _BENDS) for _ in range(3)]
    if push is not None:
        result = [own + other for own, other in zip(result, _pushed(push, axes), strict=True)]
    return [spread(each, shape) for each in result]


def _pushed(push: Push, places: Sequence[np.ndarray]) -> list[np.ndarray]:
    axes = np.ix_(*(place - at for place, at in zip(places, push.center, strict=True)))
    distance = np.sqrt(sum(axis**2 for axis in axes)) + 1e-3
    beyond = np.maximum(distance - push.radius, 0) / push.radius
    moved = push.strength * np.minimum(distance, push.radius) * np.exp(-(beyond**2))
    return [-axis / distance * moved for axis in axes]
