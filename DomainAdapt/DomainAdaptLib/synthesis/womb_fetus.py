"""A fetus made of ellipsoids and rods, curled up, in any pose that the uterus has room for."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import ndimage

from ..resources import resource_path
from .brain_affine import turned_and_sheared
from .ellipsoids import ellipsoid_distance, rod_distance
from .womb_space import Space
from .womb_tissues import WombTissue

_CURL_MM, _CURL_AT_MM = (6.0, 20.0), 90.0  # how far head and rump come forward
_BEND_MM, _BEND_SCALE_MM = 3.0, 55.0
_HEAD_DOWN, _ACROSS, _TILT_DEG = 0.6, 0.1, 14.0  # share of fetuses, share of those that lie across
_POSES, _STRAY_MM, _GAP_MM = 160, 14.0, 2.0  # tried, their spread around the middle, distance from the wall
_GRID_MM, _REACH_MM = 6.0, (70.0, 110.0, 140.0)  # of the points that stand for the body
_MARGIN_MM = 10.0  # what bends may add to its reach
_FAT_MM = (1.2, 4.0)
_POSTURES = {"bent": 0.7, "raised": 0.3}
_NAVEL_MM = (0.0, 38.0, -30.0)  # in the axes of the parts


@dataclass(frozen=True)
class Part:
    """A line of ``Resources/Synthesis/womb_fetus.csv``, mm, axes towards right, front and head of the fetus.

    Attributes:
        tissue: painted within the body; None where the line is a part of the body itself.
        paired: whether there is one on each side.
        posture: of the limbs that it belongs to; empty for all.
        center: of an ellipsoid, or where a rod begins.
        end: of the rod; None for an ellipsoid.
        radii: half axes, or those of the two ends.
    """

    tissue: int | None
    paired: bool
    posture: str
    center: tuple[float, ...]
    end: tuple[float, ...] | None
    radii: tuple[float, ...]

    def distance(self, axes: Sequence[np.ndarray]) -> np.ndarray:
        """About how many mm outside of it places lie."""
        axes = [np.abs(axes[0]), *axes[1:]] if self.paired else axes
        if self.end is None:
            return ellipsoid_distance(axes, self.radii, self.center)
        return rod_distance(axes, self.center, self.end, self.radii)


@cache
def fetal_parts() -> tuple[Part, ...]:
    """The parts, in the order in which they are painted."""
    with open(resource_path("Synthesis", "womb_fetus.csv"), newline="", encoding="utf-8") as file:
        return tuple(_part(row) for row in csv.DictReader(file))


def _part(row: dict[str, str]) -> Part:
    rod = bool(row["to_x"])
    return Part(
        tissue=WombTissue[row["tissue"].upper()] if row["tissue"] else None,
        paired=row["paired"] == "yes",
        posture=row["posture"],
        center=tuple(float(row[axis]) for axis in "xyz"),
        end=tuple(float(row[f"to_{axis}"]) for axis in "xyz") if rod else None,
        radii=tuple(float(row[f"radius_{axis}"]) for axis in ("xy" if rod else "xyz")),
    )


@dataclass(frozen=True, eq=False)
class _Body:
    """A fetus in its own axes: its parts and how much it is curled."""

    parts: tuple[Part, ...]
    curl_mm: float

    def axes(self, places: Sequence[np.ndarray]) -> list[np.ndarray]:
        x, y, z = places
        return [x, y - np.float32(self.curl_mm) * np.square(z / np.float32(_CURL_AT_MM)), z]

    def distance(self, axes: Sequence[np.ndarray]) -> np.ndarray:
        return np.minimum.reduce([part.distance(axes) for part in self.parts if part.tissue is None])

    def points(self) -> np.ndarray:
        """Places (n, 3) within it, mm, on a grid of ``_GRID_MM``."""
        lines = [np.arange(-limit, limit, _GRID_MM, dtype=np.float32) for limit in _REACH_MM]
        grid = np.meshgrid(*lines, indexing="ij")
        inside = self.distance(self.axes(grid)) < 0
        return np.stack([axis[inside] for axis in grid], 1)


def place_fetus(
    space: Space, room: np.ndarray, fetus_ml: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Put a fetus where there is room.

    Args:
        room: where it may lie, boolean.
        fetus_ml: its volume.

    Returns:
        Tissues of the fetus (uint8), 0 elsewhere; and the place of its navel, mm.
    """
    body = _draw_body(rng)
    points = body.points()
    scale = np.cbrt(fetus_ml * 1000 / (len(points) * _GRID_MM**3))
    turn, center = _best_pose(space, room, scale * points, rng)
    grid = [axis - np.float32(at) for axis, at in zip(space.axes(), center, strict=True)]
    rows = (turn.T / scale).astype(np.float32)
    bend = np.float32(_BEND_MM)
    own = [sum(row[k] * grid[k] for k in range(3)) + bend * space.noise(rng, _BEND_SCALE_MM) for row in rows]
    tissues = np.zeros(space.shape, np.uint8)
    reach = np.abs(scale * points).max() + _MARGIN_MM
    box = tuple(slice(*np.searchsorted(axis.ravel(), (-reach, reach))) for axis in grid)
    tissues[box] = _painted(body, body.axes([axis[box] for axis in own]), rng.uniform(*_FAT_MM) / scale)
    tissues[~room] = 0
    return tissues, turn @ (scale * np.array(_NAVEL_MM)) + center


def _draw_body(rng: np.random.Generator) -> _Body:
    posture = rng.choice(list(_POSTURES), p=list(_POSTURES.values()))
    parts = tuple(part for part in fetal_parts() if part.posture in ("", posture))
    return _Body(parts, rng.uniform(*_CURL_MM))


def _painted(body: _Body, axes: Sequence[np.ndarray], fat: float) -> np.ndarray:
    outside = body.distance(axes)
    tissues = np.zeros(outside.shape, np.uint8)
    tissues[outside < 0] = WombTissue.FETAL_FAT
    inner = outside < -fat
    places, own = [axis[inner] for axis in axes], np.full(inner.sum(), WombTissue.FETAL_MUSCLE, np.uint8)
    for part in body.parts:
        if part.tissue is not None:
            own[part.distance(places) < 0] = part.tissue
    tissues[inner] = own
    return tissues


def _best_pose(
    space: Space, room: np.ndarray, points: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Rotation (3, 3) and place (3,), mm, of the fetus for which most of its points have room."""
    wide = ndimage.binary_erosion(room, iterations=max(1, round(_GAP_MM / space.voxel_mm)))
    middle = np.array(space.low_mm) + (np.argwhere(wide).mean(0) + 0.5) * space.voxel_mm
    best, most = None, -1.0
    lie = _draw_lie(rng)
    for turn, center in _poses(lie, middle, rng):
        share = wide[tuple(space.index(points @ turn.T + center).T)].mean()
        if share > most:
            best, most = (turn, center), share
    return best


def _draw_lie(rng: np.random.Generator) -> np.ndarray:
    """Rotation (3, 3): along the uterus, head down or up, or across; the back anywhere."""
    roll = rng.uniform(0, 2 * np.pi)
    turn = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    if rng.uniform() < _ACROSS:
        return np.array([[0, 0, 1], [0, 1, 0], [-1, 0, 0]]) @ turn
    return np.diag([1, -1, -1]) @ turn if rng.uniform() < _HEAD_DOWN else turn


def _poses(lie: np.ndarray, middle: np.ndarray, rng: np.random.Generator) -> Iterable[tuple[np.ndarray, np.ndarray]]:
    for _ in range(_POSES):
        yield turned_and_sheared(rng, _TILT_DEG, 0.0) @ lie, middle + rng.normal(0, _STRAY_MM, 3)
