"""Bowel as bent tubes in three dimensions: colon along its usual course, small bowel as random walks."""

from dataclasses import dataclass

import numpy as np

from .canvas import Canvas, Noise
from .structures import Structure


@dataclass(frozen=True)
class Tube:
    """A stretch of bowel with one kind of contents.

    Attributes:
        points: (n, 4) array of u, v, z and radius, mm.
        wall: thickness of the wall, mm.
        contents: structure in the lumen.
        gas_above: gas fills the lumen further forward than this many radii from its middle.
        folds: whether folds of the wall reach into the lumen (jejunum).
        haustra: share by which the radius of a colon varies around it.
        core: share of the lumen's radius that stool fills where the contents only coat the wall; 0 for none.
    """

    points: np.ndarray
    wall: float
    contents: int
    gas_above: float
    folds: bool
    haustra: float
    core: float = 0.0


class Bowel:
    """All bowel of one patient; ``frame`` tells where the torso is."""

    def __init__(self, rng: np.random.Generator, frame):
        self.rng, self.frame = rng, frame
        self.oral_contrast = rng.uniform() < 0.35
        self.stool_share = rng.uniform(0.1, 0.85)
        self.presses_on_wall = rng.uniform() < 0.5
        self.bubbles = Noise(rng, rng.uniform(2.5, 6))
        self.bubble_share = rng.uniform(0.6, 2)
        self.fold_noise = Noise(rng, 3.5)
        self.tubes = [*self._small_bowel(), *self._colon()]
        if rng.uniform() < 0.85:
            self.tubes.append(self._stomach())

    def _contents(self, colon: bool) -> tuple[int, float]:
        draw = self.rng.uniform
        if self.oral_contrast and draw() < (0.35 if colon else 0.6):
            return Structure.ORAL_CONTRAST, draw(-1, 1) if draw() < 0.2 else -2.0
        value = draw()
        if colon and value < self.stool_share:
            return Structure.STOOL, draw(-0.8, 1.2) if draw() < 0.4 else -2.0
        if value < (self.stool_share + 0.25 if colon else 0.12):
            return Structure.BOWEL_GAS, -2.0
        if not colon and value > 0.87:
            return Structure.BOWEL_WALL, -2.0
        return Structure.BOWEL_FLUID, draw(-0.9, 0.9) if draw() < (0.5 if colon else 0.15) else -2.0

    def _wall(self) -> float:
        draw = self.rng.uniform
        return draw(0.8, 3.2) + (draw(2, 6) if draw() < 0.06 else 0)

    def _split(self, points: np.ndarray, colon: bool) -> list[Tube]:
        """Cut a course into stretches of a few centimeters with contents of their own."""
        tubes, start = [], 0
        while start < len(points):
            stop = start + int(self.rng.integers(4, 16))
            contents, gas_above = self._contents(colon)
            folds = contents == Structure.BOWEL_FLUID and not colon and self.rng.uniform() < 0.4
            haustra = self.rng.uniform(0, 0.22) if colon else 0.0
            coats = colon and contents == Structure.ORAL_CONTRAST and self.rng.uniform() < 0.5
            core = self.rng.uniform(0.5, 0.9) if coats else 0.0
            tubes.append(Tube(points[start : stop + 1], self._wall(), contents, gas_above, folds, haustra, core))
            start = stop
        return tubes

    def _small_bowel(self) -> list[Tube]:
        rng, frame, tubes = self.rng, self.frame, []
        radius = rng.uniform(7, 15)
        for _ in range(int(rng.uniform(4, 60))):
            z = rng.uniform(-130, 62)
            u = rng.normal(0, 0.42) * frame.half_width(z)
            v = frame.center_v + rng.uniform(-0.85, 0.35) * frame.depth_front(z)
            size = radius * rng.uniform(0.75, 1.3)
            heading = rng.normal(size=3)
            points = []
            for _ in range(int(rng.uniform(5, 30))):
                points.append((u, v, z, size * rng.uniform(0.92, 1.08)))
                heading = heading + 0.45 * rng.normal(size=3)
                heading /= np.linalg.norm(heading)
                u, v, z = np.array([u, v, z]) + 0.7 * size * heading
            tubes += self._split(np.array(points, np.float32), colon=False)
        return tubes

    def _colon(self) -> list[Tube]:
        rng, frame = self.rng, self.frame
        draw = rng.uniform
        tubes = []
        flexures = draw(20, 75), draw(40, 95)
        bottoms = draw(-110, -60), draw(-130, -70)
        flexure_points = []
        for side, top, bottom in ((-1, flexures[0], bottoms[0]), (1, flexures[1], bottoms[1])):
            share, back, radius = draw(0.6, 0.82), draw(-25, 40), draw(13, 34) if side < 0 else draw(8, 27)
            heights = np.arange(bottom, top, 0.55 * radius)
            sway = np.cumsum(rng.normal(0, 2.2, (len(heights), 2)), axis=0)
            points = [
                (
                    side * share * frame.half_width(z) + sway[i, 0],
                    frame.center_v + back + sway[i, 1],
                    z,
                    radius * draw(0.8, 1.15),
                )
                for i, z in enumerate(heights)
            ]
            flexure_points.append(points[-1])
            if draw() < 0.93:
                tubes += self._split(np.array(points, np.float32), colon=True)
        if draw() < 0.9:
            tubes += self._split(self._transverse(flexure_points, draw(9, 30), draw(-70, 35)), colon=True)
        if draw() < 0.8:
            tubes += self._split(self._sigmoid(bottoms[1], draw(9, 26)), colon=True)
        return tubes

    def _transverse(self, ends, radius: float, sag_z: float) -> np.ndarray:
        """Arch in front, from the right to the left flexure, hanging down to ``sag_z``."""
        frame, draw = self.frame, self.rng.uniform
        (u0, v0, z0, _), (u1, v1, z1, _) = ends
        forward = draw(0.45, 0.85)
        count = int(1.6 * (u1 - u0) / (0.55 * radius)) + 4
        points = []
        for t in np.linspace(0, 1, count):
            dip = np.sin(np.pi * t) ** 0.8
            z = (1 - t) * z0 + t * z1 + dip * (sag_z - (z0 + z1) / 2)
            front = frame.center_v - forward * frame.depth_front(z)
            v = (1 - dip) * ((1 - t) * v0 + t * v1) + dip * front
            points.append(((1 - t) * u0 + t * u1, v, z, radius * draw(0.8, 1.15)))
        return np.array(points, np.float32)

    def _sigmoid(self, top: float, radius: float) -> np.ndarray:
        frame, rng = self.frame, self.rng
        u, v, z = 0.6 * frame.half_width(top), frame.center_v - 10, top
        heading = np.array([-0.6, -0.3, 0.1])
        points = []
        for _ in range(24):
            points.append((u, v, z, radius * rng.uniform(0.8, 1.1)))
            heading = heading + 0.4 * rng.normal(size=3) + np.array([-0.02, 0.0, -0.05])
            heading /= np.linalg.norm(heading)
            u, v, z = np.array([u, v, z]) + 0.6 * radius * heading
        return np.array(points, np.float32)

    def _stomach(self) -> Tube:
        frame, draw = self.frame, self.rng.uniform
        contents, gas_above = self._contents(colon=False)
        start = np.array([0.45 * frame.half_width(110), frame.center_v - 5, draw(95, 140), draw(28, 50)])
        end = np.array([draw(-40, 0), frame.center_v - draw(15, 50), draw(25, 75), draw(12, 22)])
        bend = np.array([draw(10, 40), -draw(10, 40), -draw(0, 35), 0])
        t = np.linspace(0, 1, 12)[:, None]
        points = (1 - t) * start + t * end + np.sin(np.pi * t) * bend
        return Tube(
            points.astype(np.float32), draw(2, 6), contents, gas_above if gas_above > -2 else draw(-2, 0.3), False, 0
        )

    def draw(self, canvas: Canvas, depth: np.ndarray) -> None:
        """Draw all loops that the slice cuts; ``depth`` is the distance to the cavity's edge, mm."""
        clearance = 0.0 if self.presses_on_wall else 1.5
        allowed = canvas.cavity & (depth > clearance)
        for tube in self.tubes:
            height = np.abs(tube.points[:, 2] - canvas.z)
            cut = height < tube.points[:, 3]
            if cut.any():
                self._draw_tube(canvas, tube, tube.points[cut], height[cut], allowed)

    def _draw_tube(self, canvas, tube, points, height, allowed):
        outer = np.sqrt(np.maximum(points[:, 3] ** 2 - height**2, 0))
        inner_sphere = np.maximum(points[:, 3] - tube.wall, 0)
        inner = np.sqrt(np.maximum(inner_sphere**2 - height**2, 0))
        middle = points[:, :2].mean(0)
        reach = np.abs(points[:, :2] - middle).max() + outer.max() * 1.3 + 12
        window = canvas.window(middle[0], middle[1], reach)
        if window is None:
            return
        u, v = canvas.u[window], canvas.v[window]
        wall, lumen, core, gas = (np.zeros(u.shape, bool) for _ in range(4))
        for (point_u, point_v, _, radius), outer_radius, inner_radius in zip(points, outer, inner, strict=True):
            x, y = u - point_u, v - point_v
            distance = x**2 + y**2
            if tube.haustra:
                distance = distance / (1 + tube.haustra * np.sin(3 * np.arctan2(y, x))) ** 2
            wall |= distance < outer_radius**2
            within = distance < inner_radius**2
            lumen |= within
            core |= distance < (tube.core * inner_radius) ** 2
            if tube.gas_above > -2:
                gas |= within & (y < -tube.gas_above * radius)
        wall &= allowed[window]
        lumen &= allowed[window]
        part = canvas.labels[window]
        part[wall] = Structure.BOWEL_WALL
        part[lumen] = tube.contents
        part[lumen & core] = Structure.STOOL
        stool = lumen & (part == Structure.STOOL)
        part[stool & (self.bubbles.at(canvas.z, canvas.shape)[window] > self.bubble_share)] = Structure.BOWEL_GAS
        if tube.folds:
            part[lumen & (self.fold_noise.at(canvas.z, canvas.shape)[window] > 0.7)] = Structure.BOWEL_WALL
        part[lumen & gas] = Structure.BOWEL_GAS
