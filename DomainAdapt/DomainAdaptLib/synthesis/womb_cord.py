"""The umbilical cord: a winding tube through the fluid from the placenta to the navel."""

import numpy as np
from scipy import interpolate, spatial

from .womb_space import Space
from .womb_tissues import WombTissue

_RADIUS_MM = (4.0, 7.0)
_POINTS, _STRAY_MM = 5, 28.0
_STEPS = 400


def add_cord(
    space: Space, tissues: np.ndarray, free: np.ndarray, start: np.ndarray, stop: np.ndarray, rng: np.random.Generator
) -> None:
    """Paint the cord into ``tissues``, from one place to another, mm; only where it may run, boolean."""
    share = np.linspace(0, 1, _POINTS + 2)
    points = start + share[:, None] * (stop - start)
    points[1:-1] += rng.normal(0, _STRAY_MM, (_POINTS, 3))
    way = interpolate.CubicSpline(share, points)(np.linspace(0, 1, _STEPS))
    voxels = np.argwhere(free)
    places = np.array(space.low_mm) + (voxels + 0.5) * space.voxel_mm
    distance, _ = spatial.cKDTree(way).query(places, distance_upper_bound=rng.uniform(*_RADIUS_MM))
    tissues[tuple(voxels[np.isfinite(distance)].T)] = WombTissue.CORD
