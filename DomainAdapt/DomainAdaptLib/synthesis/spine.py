"""Vertebrae T7 to S3 with discs, processes, canal, ribs and sacrum, in places from which levels can be counted."""

from dataclasses import dataclass

import numpy as np

from .canvas import Canvas, depth_inside
from .structures import Structure

# Foot to head; the last two are there in spines that are built differently only.
VERTEBRAE = ("S3", "S2", "S1", "L5", "L4", "L3", "L2", "L1", "T12", "T11", "T10", "T9", "T8", "T7", "L6", "T13")
# Lumbosacral and thoracolumbar variants, by what sets them apart; levels are counted from the lowest ribs.
VARIANTS = ("T13", "L6", "sacralized L5")
# Typical heights (mm) of body and of the disc below, and half widths, before scaling by the patient's size.
_BODY_HEIGHT = (22, 24, 28, 27, 28, 28, 27.5, 26.5, 25, 23, 22, 21, 20, 20, 27.5, 26)
_DISC_BELOW = (1, 1, 11, 11, 10.5, 10, 9, 8, 6.5, 5.5, 5, 4.5, 4, 4, 11, 7)
_RADIUS_U = (20, 23, 27, 26.5, 25.5, 24.5, 23.5, 22, 21, 19.5, 18, 17, 16, 15.5, 26.7, 21.5)
_RADIUS_V = (9, 12, 16, 17.5, 17.5, 17.2, 16.8, 16.5, 16, 15.5, 15, 14.8, 14.5, 14, 17.5, 16.2)
_SACRAL = ("S1", "S2", "S3")
_SPINE_REACH_MM = 95.0


@dataclass(frozen=True)
class Vertebra:
    """Body of one vertebra along the spine, mm above the middle of L3."""

    name: str
    bottom: float
    top: float
    radius_u: float
    radius_v: float

    @property
    def middle(self) -> float:
        return (self.bottom + self.top) / 2


@dataclass(frozen=True)
class Rib:
    """Course of a rib: from the spine (angle 165 degrees, 0 is anterior) around the chest wall, sinking as it goes."""

    head: float
    drop: float
    last_angle: float
    cartilage_angle: float
    half_height: float
    half_thickness: float
    depth: float


class Spine:
    """Random spine of one patient.

    Args:
        gap_behind: from the middle of the bodies to the fascia behind, mm.
        variant: one of ``VARIANTS``, or None for five lumbar vertebrae and twelve pairs of ribs.
        slight_ribs: the lowest ribs are short, thin and steep.
    """

    def __init__(
        self, rng: np.random.Generator, gap_behind: float, variant: str | None = None, slight_ribs: bool = False
    ):
        draw = rng.uniform
        self.scale = k = draw(0.86, 1.17)
        stretch = k * draw(0.92, 1.08)
        self.gap_behind, self.variant = gap_behind, variant
        self.lordosis, self.lordosis_z = draw(2, 13), draw(-45, 0)
        self.bend, self.bend_length, self.bend_phase = 0.0, draw(120, 260), draw(0, 2 * np.pi)
        if draw() < 0.35:  # scoliosis
            self.bend = draw(2, 22)
        self.sacral_slope = np.tan(np.radians(draw(18, 48)))
        self.exponent = draw(2, 2.8)
        self.vertebrae = self._stack(rng, stretch, k)
        self.canal = draw(8.5, 12.5) * k, draw(6.5, 9.5) * k
        self.shell = draw(1.0, 2.6)
        self.process_width = draw(3, 5) * k
        self.transverse = {v.name: (draw(34, 50) * k, draw(-4, 8)) for v in self.vertebrae}
        self.spinous = draw(20, 38) * k
        self.facet = draw(5, 9) * k
        self.ribs = self._make_ribs(rng, slight_ribs)
        self.sacrum_width = draw(46, 58) * k

    def _stack(self, rng, stretch, k) -> tuple[Vertebra, ...]:
        heights = np.array(_BODY_HEIGHT) * stretch * rng.uniform(0.95, 1.05, len(VERTEBRAE))
        discs = np.array(_DISC_BELOW) * stretch * rng.uniform(0.45, 1.15, len(VERTEBRAE))
        if rng.uniform() < 0.15:  # a collapsed vertebra
            heights[rng.integers(3, 10)] *= rng.uniform(0.5, 0.85)
        if self.variant == "sacralized L5":
            discs[VERTEBRAE.index("L5")] *= 0.3
        names = self._names()
        order = [VERTEBRAE.index(name) for name in names]
        bottoms = np.cumsum(heights[order] + discs[order]) - heights[order]
        l3 = names.index("L3")
        bottoms -= bottoms[l3] + heights[order[l3]] / 2
        return tuple(
            Vertebra(name, float(bottom), float(bottom + heights[i]), _RADIUS_U[i] * k, _RADIUS_V[i] * k)
            for name, bottom, i in zip(names, bottoms, order, strict=True)
        )

    def _names(self) -> list[str]:
        names = [name for name in VERTEBRAE if name not in ("L6", "T13")]
        if self.variant == "L6":
            names.insert(names.index("L5"), "L6")
        elif self.variant == "T13":
            names.insert(names.index("T12"), "T13")
        return names

    def _make_ribs(self, rng, slight: bool) -> tuple[tuple[str, float, Rib], ...]:
        draw = rng.uniform
        ribs = []
        common_drop = draw(80, 175)
        chest = [vertebra for vertebra in self.vertebrae if vertebra.name.startswith("T")]
        # The lowest ribs are short whatever number they bear.
        for number, vertebra in zip(range(12, 0, -1), chest, strict=False):
            for side in (-1, 1):
                drop, last, cartilage = common_drop * draw(0.92, 1.08), draw(28, 45), draw(55, 75)
                if number == 11:
                    drop, last = common_drop * draw(0.55, 0.85), draw(75, 108)
                    cartilage = last + draw(0, 6)
                if number == 12:
                    last = draw(110, 160) if slight else draw(100, 150)
                    drop = common_drop * (1.0 if slight else (165 - last) / 125) * draw(0.8, 1.3)
                    cartilage = last
                if number <= 9:
                    last = draw(15, 35)
                size = draw(0.85, 1.15) * ((0.5 if slight else 0.8) if number == 12 else 1.0)
                rib = Rib(vertebra.top - 4, drop, last, cartilage, 6.5 * size, 3.4 * size, draw(3.5, 8))
                ribs.append((vertebra.name, side, rib))
        return tuple(ribs)

    def center(self, z: float, back_v: float) -> tuple[float, float]:
        """Center (u, v) of the vertebral body at height z, for a fascia that ends at ``back_v`` behind."""
        u = self.bend * (np.sin(2 * np.pi * z / self.bend_length + self.bend_phase) - np.sin(self.bend_phase))
        v = back_v - self.gap_behind + self.lordosis * (min(abs(z - self.lordosis_z), 170) / 100) ** 2
        sacral = max(0.0, self.vertebra("S1").top - z)
        return float(u), float(v + self.sacral_slope * sacral)

    def vertebra(self, name: str) -> Vertebra:
        return next(vertebra for vertebra in self.vertebrae if vertebra.name == name)

    @property
    def above_pelvis(self) -> Vertebra:
        """The vertebra at the height of the iliac crests: two above S1, one of them less where L5 is part of it."""
        above = 3 if self.variant == "sacralized L5" else 2
        return self.vertebrae[[vertebra.name for vertebra in self.vertebrae].index("S1") + above]

    def place(self, canvas: Canvas, back_v: float) -> "SpineCut":
        """Masks of the spine in a slice, for a fascia that ends at ``back_v`` behind."""
        return SpineCut(self, canvas, back_v)

    def draw_ribs(self, canvas: Canvas, angle: np.ndarray, depth: np.ndarray, allowed: np.ndarray) -> None:
        """Draw ribs and costal cartilage into the wall; ``angle`` 0 (front) to 180, ``depth`` below the fascia."""
        labels = canvas.labels
        for _name, side, rib in self.ribs:
            progress = np.clip((165 - angle) / 125, 0, 1.1)
            offset = canvas.z - (rib.head - rib.drop * progress)
            inside = ((offset / rib.half_height) ** 2 + ((depth - rib.depth) / rib.half_thickness) ** 2) < 1
            inside &= (canvas.u * side > 0) & (angle > rib.last_angle) & (angle < 168) & allowed
            if not inside.any():
                continue
            cartilage = inside & (angle < rib.cartilage_angle)
            labels[inside] = Structure.RIB
            labels[cartilage] = Structure.COSTAL_CARTILAGE


class SpineCut:
    """The spine in one slice.

    Attributes:
        u, v: center of the vertebral body.
        bone, disc, canal: masks; ``bone`` holds body and processes.
        canal_v, process_v: v of the canal's center and of the transverse processes.
    """

    def __init__(self, spine: Spine, canvas: Canvas, back_v: float):
        self.spine = spine
        z = canvas.z
        self.u, self.v = u, v = spine.center(z, back_v)
        above, below = spine.center(z + 5, back_v), spine.center(z - 5, back_v)
        slope_u, slope_v = (above[0] - below[0]) / 10, (above[1] - below[1]) / 10
        # Height along the spine's axis: discs stand square to the axis, so an axial slice cuts them at an angle.
        along = z + (canvas.v - v) * np.clip(slope_v, -0.9, 0.9) + (canvas.u - u) * np.clip(slope_u, -0.6, 0.6)
        near = (np.abs(canvas.u - u) < _SPINE_REACH_MM) & (np.abs(canvas.v - v) < _SPINE_REACH_MM)
        self.bone = np.zeros(canvas.shape, bool)
        self.disc = np.zeros(canvas.shape, bool)
        self.endplate = np.zeros(canvas.shape, bool)
        canal_width, canal_height = spine.canal
        current = min(spine.vertebrae, key=lambda vertebra: abs(vertebra.middle - z))
        self.canal_v = v + 0.88 * current.radius_v + canal_height
        self.canal = near & canvas.ellipse(u, self.canal_v, canal_width, canal_height, 0, 2.1)
        self.sacrum = np.zeros(canvas.shape, bool)
        for number, vertebra in enumerate(spine.vertebrae):
            self._cut_body(canvas, number, vertebra, along, near)
        self._cut_arch(canvas, current, z)
        self._cut_sacral_wings(canvas, z)
        self.bone &= ~self.canal
        self.process_v = self.canal_v + spine.transverse[current.name][1] * 0.5

    def _cut_body(self, canvas, number, vertebra, along, near):
        lower_disc = along > vertebra.bottom - 12
        if not (near & lower_disc & (along < vertebra.top)).any():
            return
        share = np.clip((along - vertebra.bottom) / (vertebra.top - vertebra.bottom), 0, 1)
        waist = 1 - 0.10 * (1 - (2 * share - 1) ** 2)
        x = np.abs((canvas.u - self.u) / (vertebra.radius_u * waist)) ** self.spine.exponent
        y = np.abs((canvas.v - self.v) / (vertebra.radius_v * waist)) ** self.spine.exponent
        outline = near & (x + y < 1)
        body = outline & (along >= vertebra.bottom) & (along < vertebra.top)
        self.bone |= body
        if vertebra.name in _SACRAL:
            self.sacrum |= body
        canvas.bodies[body] = VERTEBRAE.index(vertebra.name) + 1
        self.endplate |= body & (np.minimum(along - vertebra.bottom, vertebra.top - along) < 1.4)
        below = self.spine.vertebrae[number - 1].top if number else vertebra.bottom - 5
        self.disc |= outline & (along >= below) & (along < vertebra.bottom)

    def _cut_arch(self, canvas, current, z):
        spine, k = self.spine, self.spine.scale
        u, v, canal_v = self.u, self.v, self.canal_v
        canal_width, canal_height = spine.canal
        if current.name in _SACRAL:
            arch = canvas.ellipse(u, canal_v + 3, canal_width + 14 * k, canal_height + 8 * k, 0, 2.4)
            self.bone |= arch
            self.sacrum |= arch
            return
        share = (z - current.bottom) / (current.top - current.bottom)
        window = canvas.window(u, canal_v, _SPINE_REACH_MM)
        if window is None:
            return
        arch = np.zeros(canvas.u[window].shape, bool)
        lumbar = current.name.startswith("L")
        for side in (-1, 1):
            if 0.42 < share < 1.0:
                start = (u + side * 0.62 * current.radius_u, v + 0.5 * current.radius_v)
                end = (u + side * (canal_width + 4 * k), canal_v + 3)
                arch |= canvas.capsule(start, end, 4.6 * k, window=window)
            if 0.35 < share < 0.9:
                length, backwards = spine.transverse[current.name]
                length, backwards = (length, backwards) if lumbar else (0.75 * length, backwards + 12)
                taper = max(0.3, 1 - ((share - 0.62) / 0.28) ** 2)
                start = (u + side * (canal_width + 4 * k), canal_v + 2)
                end = (u + side * length * taper, canal_v + backwards)
                arch |= canvas.capsule(start, end, spine.process_width, 0.6 * spine.process_width, window=window)
            if share < 0.3 or share > 0.75:  # facet joints
                center = (u + side * (canal_width + 7 * k), canal_v + canal_height + 2)
                arch |= canvas.ellipse(*center, spine.facet, 1.1 * spine.facet, side * 0.5, window=window)
            if share < 0.7:  # laminae
                start = (u + side * (canal_width + 2), canal_v + 0.6 * canal_height)
                arch |= canvas.capsule(start, (u, canal_v + canal_height + 5), 3.2 * k, window=window)
        if share < 0.75:
            length = spine.spinous * (1 - 0.5 * max(0.0, share - 0.35))
            start = (u, canal_v + canal_height + 3)
            arch |= canvas.capsule(start, (u, start[1] + length), 2.8 * k, 3.6 * k, window=window)
        self.bone[window] |= arch

    def _cut_sacral_wings(self, canvas, z):
        highest = "L5" if self.spine.variant == "sacralized L5" else "S1"
        top, bottom = self.spine.vertebra(highest).top, self.spine.vertebra("S3").bottom
        if not bottom < z < top - 4:
            return
        width = self.spine.sacrum_width * np.clip((top - z) / 12, 0.4, 1) * np.clip((z - bottom) / 60, 0.35, 1)
        wings = canvas.ellipse(self.u, self.v + 8, width, 15 * self.spine.scale, 0, 2.6)
        self.bone |= wings
        self.sacrum |= wings

    def draw(self, canvas: Canvas, allowed: np.ndarray) -> None:
        """Draw discs, bone and canal where allowed."""
        labels = canvas.labels
        bone = self.bone & allowed
        labels[self.disc & ~bone & allowed] = Structure.INTERVERTEBRAL_DISC
        shell = bone & ((depth_inside(bone, canvas.pixel_mm) <= self.spine.shell) | self.endplate)
        labels[bone] = Structure.TRABECULAR_BONE
        labels[shell] = Structure.CORTICAL_BONE
        sacrum = bone & self.sacrum & ~shell
        labels[sacrum] = Structure.SACRUM
        labels[self.canal & allowed] = Structure.SPINAL_CANAL
        canvas.bodies[~allowed | self.canal] = 0
