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
# How far below the upper end of their vertebra ribs lie where their necks end, about 3 cm beside the middle of the
# spine, in heights of a vertebra with its disc: the lowest and the others. Measured on nine CT scans.
_LOWEST_RIBS_START_BELOW, _OTHERS_START_BELOW = (0.6, 0.9), (0.15, 0.6)
_JOINT_BELOW = {12: 0.35, 11: 0.25}  # where heads of the lowest ribs meet their body, share of its height from above
_NECK_MM, _NECK_RADIUS_MM = 10.0, 3.0  # from the side of the body to where the neck ends, and at least its radius
_START_ANGLE, _WHOLE_ANGLE = 158.0, 125.0  # degrees where most necks end, and along which ribs sink
_THIN_LOWEST_RIBS = 0.4  # share of patients


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
    """Course of a rib: from the joint with its vertebra to the chest wall and around it, sinking as it goes.

    Attributes:
        joint: where its head meets the side of the body, mm above the middle of L3.
        start: where its neck ends and it reaches the wall behind, mm.
        drop: how far it sinks from there along 125 degrees, mm.
        last_angle, cartilage_angle: where it ends, and from where on it is cartilage, degrees, 0 anterior.
        half_height, half_thickness, depth: of its section, and below the fascia, mm.
    """

    joint: float
    start: float
    drop: float
    last_angle: float
    cartilage_angle: float
    half_height: float
    half_thickness: float
    depth: float

    def height(self, angle: np.ndarray | float) -> np.ndarray:
        """Height (mm) of its middle at an angle (degrees), for a neck that ends at the usual angle."""
        return self.start - self.drop * np.clip((_START_ANGLE - angle) / _WHOLE_ANGLE, 0, 1.1)


@dataclass(frozen=True)
class SoftParts:
    """What lies between bones and muscles of the back and is neither, mm.

    Attributes:
        ligament_half_width: of the ligaments between and behind the spinous processes.
        ligament_reach: how far they reach behind the tips.
        root_radius, root_place: of nerve roots with their ganglia and vessels, and how far beside the canal.
    """

    ligament_half_width: float
    ligament_reach: float
    root_radius: float
    root_place: float

    @classmethod
    def random(cls, rng: np.random.Generator, scale: float) -> "SoftParts":
        draw = rng.uniform
        return cls(draw(1, 4.5) * scale, draw(0, 8), draw(1.5, 4) * scale, draw(4, 11) * scale)


class Spine:
    """Random spine of one patient.

    Args:
        gap_behind: from the middle of the bodies to the fascia behind, mm.
        variant: one of ``VARIANTS``, or None for five lumbar vertebrae and twelve pairs of ribs.
    """

    def __init__(self, rng: np.random.Generator, gap_behind: float, variant: str | None = None):
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
        self.ribs = self._make_ribs(rng)
        self.soft_parts = SoftParts.random(rng.spawn(1)[0], k)
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

    def _make_ribs(self, rng) -> tuple[tuple[str, float, Rib], ...]:
        draw, own = rng.uniform, rng.spawn(1)[0].uniform
        ribs = []
        common_drop = draw(80, 175)
        low, thin = own(), own() < _THIN_LOWEST_RIBS
        chest = [vertebra for vertebra in self.vertebrae if vertebra.name.startswith("T")]
        # The lowest ribs are short whatever number they bear.
        for number, vertebra in zip(range(12, 0, -1), chest, strict=False):
            below = self.vertebrae[self.vertebrae.index(vertebra) - 1]
            highest, lowest = _LOWEST_RIBS_START_BELOW if number == 12 else _OTHERS_START_BELOW
            for side in (-1, 1):
                drop, last, cartilage = common_drop * draw(0.92, 1.08), draw(28, 45), draw(55, 75)
                if number == 11:
                    drop, last = common_drop * draw(0.55, 0.85), draw(75, 108)
                    cartilage = last + draw(0, 6)
                if number == 12:
                    last, drop = draw(100, 150), common_drop * draw(0.8, 1.3)
                    cartilage = last
                if number <= 9:
                    last = draw(15, 35)
                size = draw(0.85, 1.15) * ((0.5 if thin else 0.8) if number == 12 else 1.0)
                joint = vertebra.top - _JOINT_BELOW.get(number, 0.0) * (vertebra.top - vertebra.bottom)
                start = vertebra.top - (highest + low * (lowest - highest)) * (vertebra.top - below.top) + own(-2, 2)
                rib = Rib(joint, start, drop, last, cartilage, 6.5 * size, 3.4 * size, draw(3.5, 8))
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

    def draw_ribs(
        self, canvas: Canvas, angle: np.ndarray, depth: np.ndarray, back_v: float, allowed: np.ndarray
    ) -> None:
        """Draw ribs and costal cartilage into the wall, and their necks towards the spine.

        Args:
            angle, depth: 0 (front) to 180 degrees, and mm below the fascia, of each pixel.
            back_v: where the fascia ends behind.
            allowed: where ribs may be.
        """
        labels = canvas.labels
        for name, side, rib in self.ribs:
            if not rib.height(0.0) - rib.half_height < canvas.z < max(rib.start, rib.joint) + rib.half_height:
                continue
            vertebra, of_side = self.vertebra(name), (canvas.u * side > 0) & allowed
            end = self._neck_end(canvas, vertebra, side, rib, np.where(of_side, depth, np.inf), angle)
            labels[self._neck(canvas, vertebra, side, rib, end, back_v) & allowed] = Structure.RIB
            turned = angle + _START_ANGLE - angle[end]
            offset = canvas.z - rib.height(turned)
            # Between coarse pixels a thin rib would be lost here and there; averaging a scan to them keeps it whole.
            half_thickness = max(rib.half_thickness, canvas.pixel_mm / 2)
            inside = ((offset / rib.half_height) ** 2 + ((depth - rib.depth) / half_thickness) ** 2) < 1
            inside &= of_side & (turned > rib.last_angle) & (turned < _START_ANGLE)
            cartilage = inside & (turned < rib.cartilage_angle)
            labels[inside] = Structure.RIB
            labels[cartilage] = Structure.COSTAL_CARTILAGE

    def _neck_end(self, canvas, vertebra, side, rib, depth, angle) -> tuple[int, int]:
        """Pixel in the wall beside the spine where a rib's neck ends."""
        u = side * self.center(rib.start, 0.0)[0] + vertebra.radius_u + _NECK_MM * self.scale
        far = np.hypot(side * canvas.u - max(u, 3.0), depth - rib.depth)
        return np.unravel_index(np.where(angle > 90, far, np.inf).argmin(), far.shape)

    def _neck(self, canvas, vertebra, side, rib, end, back_v) -> np.ndarray:
        """Section of a rib's neck, a straight bar from the side of the body to where it ends."""
        # Shares of the bar between which it is as high as this slice.
        fall = rib.start - rib.joint
        shares = (canvas.z - rib.joint + rib.half_height * np.array([-1, 1])) / (fall or 1e-6)
        low, high = np.sort(shares)
        if low > 1 or high < 0:
            return np.zeros(canvas.shape, bool)
        u, v = self.center(rib.joint, back_v)
        first = np.array([u + side * 0.9 * vertebra.radius_u, v + 0.6 * vertebra.radius_v])
        along = np.array([canvas.u[end], canvas.v[end]]) - first
        radius = max(rib.half_thickness, _NECK_RADIUS_MM)
        return canvas.capsule(first + max(low, 0) * along, first + min(high, 1) * along, radius)


class SpineCut:
    """The spine in one slice.

    Attributes:
        u, v: center of the vertebral body.
        bone, disc, canal, ligament, roots: masks; ``bone`` holds body and processes.
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
        self.ligament, self.roots = np.zeros(canvas.shape, bool), np.zeros(canvas.shape, bool)
        canal_width, canal_height = spine.canal
        current = min(spine.vertebrae, key=lambda vertebra: abs(vertebra.middle - z))
        self.canal_v = v + 0.88 * current.radius_v + canal_height
        self.canal = near & canvas.ellipse(u, self.canal_v, canal_width, canal_height, 0, 2.1)
        self.sacrum = np.zeros(canvas.shape, bool)
        for number, vertebra in enumerate(spine.vertebrae):
            self._cut_body(canvas, number, vertebra, along, near)
        self._cut_arch(canvas, current, z)
        self._cut_soft_parts(canvas, current, z)
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

    def _cut_soft_parts(self, canvas, current, z):
        """Ligaments behind the arch, and roots where no pedicle closes the canal at its sides."""
        spine, parts = self.spine, self.spine.soft_parts
        if current.name in _SACRAL:
            return
        canal_width, canal_height = spine.canal
        behind = self.canal_v + canal_height + 3
        tip = behind + spine.spinous + parts.ligament_reach
        self.ligament = canvas.capsule((self.u, behind), (self.u, tip), parts.ligament_half_width)
        if 0.35 < (z - current.bottom) / (current.top - current.bottom) < 1.0:
            return
        for side in (-1, 1):
            start = self.u + side * (canal_width + 1), self.canal_v
            end = self.u + side * (canal_width + parts.root_place), self.canal_v - 0.3 * parts.root_place
            self.roots |= canvas.capsule(start, end, 0.6 * parts.root_radius, parts.root_radius)

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
        """Draw discs, bone, canal, and what lies between bone and muscle, where allowed."""
        labels = canvas.labels
        between = allowed & np.isin(labels, (Structure.ERECTOR_SPINAE, Structure.INTERMUSCULAR_FAT))
        labels[self.ligament & between] = Structure.APONEUROSIS
        labels[self.roots & (between | (labels == Structure.VISCERAL_FAT))] = Structure.VESSEL
        bone = self.bone & allowed
        labels[self.disc & ~bone & allowed] = Structure.INTERVERTEBRAL_DISC
        shell = bone & ((depth_inside(bone, canvas.pixel_mm) <= self.spine.shell) | self.endplate)
        labels[bone] = Structure.TRABECULAR_BONE
        labels[shell] = Structure.CORTICAL_BONE
        sacrum = bone & self.sacrum & ~shell
        labels[sacrum] = Structure.SACRUM
        labels[self.canal & allowed] = Structure.SPINAL_CANAL
        canvas.bodies[~allowed | self.canal] = 0
