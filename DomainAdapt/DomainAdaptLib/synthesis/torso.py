"""A random adult torso from the mid chest to the pelvis, as fine label maps of axial slices at any height.

Implicit shapes on smoothly warped coordinates, the same for all heights, so that slices fit together into a volume and
one slice can be had without the others.  The body is built from the inside out: spine, back muscles, fascia, skin, wall
muscles; then the cavity is filled with organs, bowel, vessels, masses and fluid.  Lengths are mm: u to the patient's
left, v backwards, z towards the head from the middle of L3.
"""

import numpy as np
from scipy import ndimage

from SegmentL3Lib.fascia import THICKEST_MM

from .canvas import Canvas, Noise, close_gaps, depth_inside
from .organs import Organs
from .spine import Spine
from .structures import MUSCLES, Structure

GROOVE_MM = 4.0  # half width from which a groove beside the psoas is open to the cavity
ENVELOPE_GAP_MM = 6.0  # grooves between the back muscles narrower than twice this belong to their envelope
_BACK = [
    Structure.QUADRATUS_LUMBORUM,
    Structure.ERECTOR_SPINAE,
    Structure.CORTICAL_BONE,
    Structure.TRABECULAR_BONE,
    Structure.INTERVERTEBRAL_DISC,
    Structure.SPINAL_CANAL,
    Structure.SACRUM,
]
_Z = np.array([-170, -120, -90, -50, 0, 60, 110, 170, 230], float)


class Frame:
    """Size and outline of the fascia, and where the spine runs."""

    def __init__(self, rng: np.random.Generator, variant: str | None = None):
        draw = rng.uniform
        self.width = draw(104, 172)
        self.behind = self.width * draw(0.45, 0.62)
        self.front = self.width * draw(0.5, 0.95)
        self.shift_v = draw(-12, 14)
        hip, chest = draw(0.98, 1.2), draw(0.95, 1.12)
        self._width_share = np.array(
            [hip, hip, 1.02 * hip**0.6, 1.0, 1.0, 1.02 * chest**0.5, chest, chest, 0.95 * chest]
        )
        belly, breast = draw(0.75, 1.0), draw(0.75, 1.1)
        self._front_share = np.array([0.8 * belly, 0.9 * belly, 0.95, 1.0, 1.0, 1.0, breast, breast, 0.9 * breast])
        self._behind_share = np.array([1.12, 1.15, 1.1, 1.0, 1.0, 1.04, 1.1, 1.12, 1.1])
        if draw() < 0.06:  # a belly distended by pregnancy, fluid or a mass
            self.front = self.width * draw(0.95, 1.2)
        self.exponent = draw(2, 2.9)
        self.exponent_behind = self.exponent + draw(0, 0.8)
        self.spine = Spine(rng, gap_behind=draw(24, 48), variant=variant)

    def half_width(self, z: float) -> float:
        return float(self.width * np.interp(z, _Z, self._width_share))

    def depth_front(self, z: float) -> float:
        return float(self.front * np.interp(z, _Z, self._front_share))

    def depth_behind(self, z: float) -> float:
        return float(self.behind * np.interp(z, _Z, self._behind_share))

    @property
    def center_v(self) -> float:
        """v of the widest part; the back stays in line, the belly takes up the difference between heights."""
        return float((self.front - self.behind) * 0.5 + self.shift_v)

    @property
    def back_v(self) -> float:
        return self.center_v + self.depth_behind(0)

    def spine_center(self, z: float) -> tuple[float, float]:
        return self.spine.center(z, self.back_v)

    def body_v(self, z: float) -> float:
        return self.spine_center(z)[1]


def behind_back_muscles(muscles_and_spine: np.ndarray, pixel_mm: float) -> np.ndarray:
    """Pixels within or behind the envelope of psoas, quadratus lumborum, erector spinae and vertebra.

    Fat here is intermuscular; fat in front of it, up to the surface of the muscles, lies in the cavity.
    """
    behind = np.logical_or.accumulate(muscles_and_spine, axis=0)
    return close_gaps(behind, ENVELOPE_GAP_MM, pixel_mm)


def open_grooves(labels: np.ndarray, pixel_mm: float) -> np.ndarray:
    """Fat behind the psoas that belongs to the cavity: in front of the other back muscles, in a groove that is wide.

    On the hand-drawn slices the envelope of ``behind_back_muscles`` alone takes 1.4 cm2 of visceral fat a slice for
    intermuscular fat, with this 0.6 cm2.
    """
    psoas = labels == Structure.PSOAS
    back = np.isin(labels, _BACK)
    behind_psoas, behind_back = (np.logical_or.accumulate(mask, axis=0) for mask in (psoas, back))
    open_fat = (labels == Structure.INTERMUSCULAR_FAT) & behind_psoas & ~behind_back
    return open_fat & ~close_gaps(psoas | back, GROOVE_MM, pixel_mm)


def open_back(labels: np.ndarray, pixel_mm: float) -> np.ndarray:
    """Fat on the muscles that nothing parts from the subcutaneous fat, whose part it is for whoever draws the slice.

    ``SegmentL3Lib.fascia``, whose layers are as thick, looks for the line that would make it intermuscular.
    """
    intermuscular = labels == Structure.INTERMUSCULAR_FAT
    outside = np.isin(labels, (Structure.SUBCUTANEOUS_FAT, Structure.FAT_SEPTUM))
    steps = max(1, round(THICKEST_MM / pixel_mm))
    return intermuscular & ndimage.binary_dilation(outside, iterations=steps, mask=outside | intermuscular)


class Torso:
    """One random patient; the same seed gives the same patient.

    Args:
        seed: seed of all random draws.
        variant: of the spine, one of ``spine.VARIANTS``; None: the usual number of vertebrae and ribs.
    """

    def __init__(self, seed: int, variant: str | None = None):
        self.rng = rng = np.random.default_rng(seed)
        draw = rng.uniform
        self.warps = ((draw(0, 7), Noise(rng, 55), Noise(rng, 55)), (draw(0, 1.6), Noise(rng, 14), Noise(rng, 14)))
        self.frame = Frame(rng, variant)
        self.muscularity = draw(0.5, 1.25)
        self._choose_back_muscles(draw)
        self._choose_wall(draw)
        self._choose_fat(draw)
        self._choose_pelvis(draw)
        self._choose_surroundings(draw)
        self.organs = Organs(rng, self.frame)

    @property
    def spine(self) -> Spine:
        return self.frame.spine

    @property
    def back_limit_v(self) -> float:
        """v that the back muscles at L3 reach."""
        _, canal_height = self.spine.canal
        canal_v = self.frame.body_v(0) + 0.88 * self.spine.vertebra("L3").radius_v + canal_height
        return canal_v + self.erector_v + 1.85 * self.erector_size[1] + 6

    # Random draws, by part

    def _choose_back_muscles(self, draw):
        m = self.muscularity
        self.erector_size = draw(29, 42) * (0.75 + 0.25 * m), draw(17, 27) * (0.6 + 0.4 * m)
        self.erector_gap, self.erector_v = draw(1, 4), draw(8, 14)
        self.erector_exponent, self.erector_tilt = draw(2, 3), draw(-0.25, 0.15)
        self.psoas_size = draw(11, 26) * m**0.5, draw(13, 28) * m**0.5
        self.psoas_place, self.psoas_v = draw(0.75, 1.1), draw(-8, 12)
        self.psoas_rotation = draw(-0.5, 0.3)
        self.quadratus_size = draw(11, 20), draw(5, 13) * m**0.5
        self.quadratus_u, self.quadratus_v = draw(58, 80) * (self.frame.width / 135) ** 0.5, draw(-6, 6)
        self.quadratus_rotation = draw(-0.3, 0.6)
        self.jitter = self.rng.uniform(0.92, 1.08, 16)
        self.infiltration = max(0.0, draw(-0.03, 0.16)), Noise(self.rng, draw(5, 14)), Noise(self.rng, 40)
        self.patches = (Noise(self.rng, draw(6, 16)), draw(1, 2.2)) if draw() < 0.25 else None

    def _choose_wall(self, draw):
        m = self.muscularity
        self.lateral_thickness = draw(7, 36) * m**0.5
        if draw() < 0.2:  # a wall thinned by age or by a full belly
            self.lateral_thickness = draw(3.5, 9)
        self.rectus_edge = draw(48, 88) * (self.frame.width / 140) ** 0.7
        self.rectus_gap = draw(0, 9) if draw() < 0.85 else draw(9, 35)
        self.rectus_thickness, self.rectus_exponent = draw(4, 15) * m**0.5, draw(2, 5)
        self.wall_first, self.wall_last = draw(-8, 14), draw(112, 150)
        self.wall_soft = draw(8, 30), draw(5, 25), draw(0.4, 1)
        self.wall_noise, self.plane_noise = Noise(self.rng, 60), Noise(self.rng, 25)
        self.planes = draw(0.28, 0.45), draw(0.68, 0.86), max(0.0, draw(-1.0, 3.0))
        self.fascia_mm = draw(0.8, 2.5)
        self.chest_wall_mm = draw(5, 14)

    def _choose_fat(self, draw):
        self.sat_mm = np.exp(draw(np.log(2.0), np.log(52.0)))
        self.sat_profile = draw(0.5, 1.3), draw(0.5, 1.2), draw(0.6, 1.8)
        self.sat_waves = [(self.rng.standard_normal() / n, draw(0, 6.3), draw(-0.02, 0.02)) for n in range(1, 6)]
        self.sat_height = draw(0.7, 1.15), draw(0.55, 1.0)
        self.outline_soft = int(draw(9, 50)), draw(6, 18), draw(1, 4)
        self.flat_back = draw(3, 30) if draw() < 0.5 else None
        self.flat_front = draw(3, 30) if draw() < 0.06 else None  # lying on the belly
        self.umbilicus = None
        if draw() < 0.7:
            depth = draw(4, max(5.0, min(22.0, self.sat_mm)))
            self.umbilicus = draw(-6, 6), draw(-45, 5), draw(3, 9), depth, draw(5, 10)
        self.stoma = None
        if draw() < 0.05:
            self.stoma = draw(-0.75, 0.75) * self.rectus_edge, draw(-70, 40), draw(8, 16)
        self.septa = (Noise(self.rng, draw(9, 25)), draw(0, 0.07)) if draw() < 0.6 else None
        self.skin_mm = draw(1.2, 3.4)

    def _choose_pelvis(self, draw):
        self.crest_z = self.spine.above_pelvis.bottom + draw(-14, 20)
        self.ilium_width = draw(0.80, 0.93)
        self.ilium_thickness, self.ilium_curve = draw(6, 10), draw(0.6, 1.4)
        self.gluteal_mm = draw(8, 30) * self.muscularity

    def _choose_surroundings(self, draw):
        self.table = (draw(0, 25), draw(250, 1500), draw(1, 4), draw(150, 250)) if draw() < 0.8 else None
        self.table_sheets = (0.0,) if draw() < 0.5 else (0.0, draw(15, 50))
        self.arms = []
        if draw() < 0.12:
            for side in (-1, 1):
                if draw() < 0.8:
                    self.arms.append((side, draw(25, 45), draw(-3, 8), draw(-20, 60), draw(0.9, 1.3)))
        self.metal = None
        if draw() < 0.05:  # pedicle screws
            self.metal = draw(-70, 30), draw(20, 90)

    # One slice

    def slice_at(self, z: float, pixel_mm: float) -> Canvas:
        """Label the axial slice at height ``z`` (mm above the middle of L3) with pixels of ``pixel_mm``."""
        canvas = Canvas(z, pixel_mm, self.warps)
        outline = _Outline(self.frame, canvas)
        cut = self.spine.place(canvas, self.frame.back_v)
        erector, psoas, quadratus = self._back_muscles(canvas, cut)
        inner = self._draw_body(canvas, outline, erector | cut.bone, quadratus)
        body = canvas.labels != Structure.AIR
        wall = self._draw_wall(canvas, outline, inner)
        muscles = psoas | quadratus | erector | cut.bone
        posterior = (canvas.v > cut.v - 4) & behind_back_muscles(muscles, pixel_mm)
        # Muscle and bone further in front stay part of the cavity, so that masses may touch them; redrawn below.
        canvas.cavity = outline.inside & ~wall & ~posterior & body
        canvas.labels[canvas.cavity] = Structure.VISCERAL_FAT
        self.organs.draw(canvas, depth_inside(canvas.cavity, pixel_mm), outline.radius_share)
        self._draw_pelvis(canvas, outline, body)
        allowed = inner & body
        canvas.labels[quadratus & allowed] = Structure.QUADRATUS_LUMBORUM
        canvas.labels[psoas & allowed] = Structure.PSOAS
        canvas.labels[erector & allowed] = Structure.ERECTOR_SPINAE
        self._draw_infiltration(canvas)
        self.spine.draw_ribs(canvas, outline.angle, outline.depth, self.frame.back_v, outline.inside & body)
        cut.draw(canvas, body)
        self._draw_stoma(canvas, body)
        self._draw_metal(canvas, cut)
        self._draw_surroundings(canvas, body)
        canvas.labels[open_grooves(canvas.labels, pixel_mm)] = Structure.VISCERAL_FAT
        canvas.labels[open_back(canvas.labels, pixel_mm)] = Structure.SUBCUTANEOUS_FAT
        return canvas

    def _back_muscles(self, canvas, cut):
        z, k, jitter = canvas.z, self.spine.scale, self.jitter
        lumbar = np.interp(z, [-150, -90, -50, 0, 60, 130, 230], [0.25, 0.7, 0.95, 1, 0.95, 0.8, 0.7])
        width, height = self.erector_size[0] * lumbar, self.erector_size[1] * lumbar
        v = cut.canal_v + self.erector_v + height * 0.8
        erector, psoas, quadratus = (np.zeros(canvas.shape, bool) for _ in range(3))
        psoas_share = np.interp(z, [-170, -60, -20, 0, 30, 60, 85, 95], [0.75, 1.05, 1.05, 0.95, 0.7, 0.4, 0.15, 0])
        psoas_out = np.interp(z, [-170, -60, 0], [50, 12, 0])
        psoas_front = np.interp(z, [-170, -60, 0], [45, 8, 0])
        quadratus_share = np.interp(z, [-60, -50, -20, 30, 65, 80], [0, 0.9, 1.0, 0.9, 0.5, 0])
        for number, side in enumerate((-1, 1)):
            j = jitter[8 * number : 8 * number + 8]
            place = cut.u + side * (self.erector_gap + 0.97 * width) * j[0], v * (0.25 * j[1] + 0.75)
            muscle = canvas.ellipse(
                *place, width * j[2], height * j[3], side * self.erector_tilt, self.erector_exponent
            )
            erector |= muscle & (side * (canvas.u - cut.u) > self.erector_gap * 0.5)
            multifidus_v = cut.canal_v + self.spine.canal[1] + 12
            multifidus = canvas.ellipse(cut.u + side * 14, multifidus_v, 12, 13 * j[4], 0, 2.3)
            erector |= multifidus & (side * (canvas.u - cut.u) > 1)
            if psoas_share > 0:
                radius_u, radius_v = self.psoas_size[0] * psoas_share**0.6, self.psoas_size[1] * psoas_share**0.6
                u = side * (22 * k + radius_u * self.psoas_place + psoas_out)
                place = cut.u + u, self.frame.body_v(max(z, -60)) + self.psoas_v - psoas_front
                psoas |= canvas.ellipse(*place, radius_u * j[5], radius_v * j[6], side * self.psoas_rotation, 2.3)
            if quadratus_share > 0:
                radii = self.quadratus_size[0] * quadratus_share, self.quadratus_size[1] * quadratus_share**0.5
                u = side * (self.quadratus_u - 12 * np.clip((z - 10) / 60, 0, 1))
                place = cut.u + u, cut.process_v - self.quadratus_v
                quadratus |= canvas.ellipse(*place, *radii, side * self.quadratus_rotation, 2.2 * j[7])
        return erector, psoas, quadratus

    def _draw_body(self, canvas, outline, back, quadratus):
        """Outline, subcutaneous fat, skin, and everything inside the fascia as intermuscular fat for a start."""
        pixel = canvas.pixel_mm
        grow = max(1, int(round(2 / pixel)))
        inner = outline.inside | ndimage.binary_dilation(back | quadratus, iterations=grow)
        inner = ndimage.gaussian_filter(inner.astype(np.float32), 2.5 / pixel) > 0.5
        degree = (np.degrees(np.arctan2(canvas.v, canvas.u)) % 360).astype(np.int32) % 360
        radius = np.hypot(canvas.u, canvas.v)
        inner_radius = np.zeros(360, np.float32)
        np.maximum.at(inner_radius, degree[inner], radius[inner])
        inner_radius = ndimage.grey_closing(inner_radius, 9, mode="wrap")
        window, soft, final = self.outline_soft
        smooth = ndimage.gaussian_filter1d(
            ndimage.maximum_filter1d(inner_radius, window, mode="wrap"), soft, mode="wrap"
        )
        t = np.radians(np.arange(360) + 0.5)
        front, behind, sides = np.clip(-np.sin(t), 0, 1), np.clip(np.sin(t), 0, 1), np.abs(np.cos(t))
        share_front, share_side, share_behind = self.sat_profile
        profile = share_front * front + share_side * sides**2
        profile = profile + share_behind * behind * (1 - 0.5 * behind**6) + 0.15
        waves = sum(a * np.cos((n + 1) * t + p + s * canvas.z) for n, (a, p, s) in enumerate(self.sat_waves))
        thickness = self.sat_mm * np.interp(
            canvas.z, [-150, 0, 60, 150], [self.sat_height[0], 1, 0.95, self.sat_height[1]]
        )
        edge = np.maximum(smooth + thickness * profile * (1 + 0.12 * waves), inner_radius + 1.5) + 1.5
        edge = ndimage.gaussian_filter1d(edge, final, mode="wrap")
        body = radius < edge[degree]
        if self.flat_back is not None:  # lying on the table
            body &= canvas.v_straight < self.back_limit_v + self.flat_back
        if self.flat_front is not None:
            body &= canvas.v_straight > canvas.v_straight[inner].min() - self.flat_front
        if self.umbilicus is not None:
            body &= ~self._navel(canvas, body)
        body = ndimage.binary_opening(ndimage.binary_fill_holes(body), iterations=grow)
        canvas.labels[body] = Structure.SUBCUTANEOUS_FAT
        if self.septa is not None:
            noise, share = self.septa
            canvas.labels[body & (np.abs(noise.at(canvas.z, canvas.shape)) < share)] = Structure.FAT_SEPTUM
        skin_depth = depth_inside(body, pixel)
        canvas.labels[body & (skin_depth <= self.skin_mm)] = Structure.SKIN
        inner &= body & (skin_depth > 2)
        canvas.labels[inner] = Structure.INTERMUSCULAR_FAT
        return inner

    def _navel(self, canvas, body):
        u, z, width, depth, height = self.umbilicus
        share = 1 - ((canvas.z - z) / height) ** 2
        column = body & (np.abs(canvas.u_straight) < 4)
        if share <= 0 or not column.any():
            return np.zeros(canvas.shape, bool)
        front = canvas.v_straight[column].min()
        return canvas.ellipse(u, front, width * share**0.5, depth * share**0.5)

    def _draw_wall(self, canvas, outline, inner):
        """Rectus and three lateral layers with thin fat planes; between the ribs the wall of the chest."""
        labels, depth, z = canvas.labels, outline.depth, canvas.z
        lateral = np.abs(canvas.u)
        rectus_half = (self.rectus_edge - self.rectus_gap) / 2
        position = np.abs((lateral - self.rectus_gap - rectus_half) / rectus_half)
        rectus_mm = self.rectus_thickness * np.sqrt(np.clip(1 - position**self.rectus_exponent, 0, 1))
        rectus_mm = rectus_mm * np.interp(z, [60, 130], [1, 0.4])
        rectus = outline.in_front & (lateral > self.rectus_gap) & (lateral < self.rectus_edge)
        rectus &= (depth > 0) & (depth < rectus_mm)
        first = np.degrees(np.arctan2(self.rectus_edge + self.wall_first, 0.85 * self.frame.depth_front(z)))
        rise, fall, power = self.wall_soft
        weight = np.clip((outline.angle - first) / rise, 0, 1) * np.clip((self.wall_last - outline.angle) / fall, 0, 1)
        thickness = self.lateral_thickness * weight**power * (1 + 0.12 * self.wall_noise.at(z, canvas.shape))
        thickness = thickness * np.interp(z, [-140, -60, 0, 50, 110], [0.4, 0.9, 1, 0.9, 0.45])
        chest = self._chest_share(canvas, outline)
        thickness = np.maximum(thickness * (1 - chest) + chest * self.chest_wall_mm, self.fascia_mm)
        fraction = depth / np.maximum(thickness, 0.1)
        outer_plane, inner_plane, plane_mm = self.planes
        plane = plane_mm / np.maximum(thickness, 0.1) * np.clip(1 + 0.6 * self.plane_noise.at(z, canvas.shape), 0, 2)
        wall = outline.inside & (fraction < 1) & (depth > 0)
        muscle = wall & (thickness > 3)
        labels[wall & ~muscle] = Structure.APONEUROSIS
        layers = np.where(fraction < inner_plane, Structure.INTERNAL_OBLIQUE, Structure.TRANSVERSUS_ABDOMINIS)
        layers = np.where(fraction < outer_plane, Structure.EXTERNAL_OBLIQUE, layers)
        layers = np.where((chest > 0.5) & (fraction > outer_plane), Structure.INTERCOSTAL_MUSCLE, layers)
        labels[muscle] = layers[muscle]
        in_plane = (fraction > outer_plane) & (fraction < outer_plane + plane)
        in_plane |= (chest < 0.5) & (fraction > inner_plane) & (fraction < inner_plane + 0.7 * plane)
        labels[muscle & in_plane] = Structure.INTERMUSCULAR_FAT
        labels[rectus] = Structure.RECTUS_ABDOMINIS
        return wall | rectus

    def _chest_share(self, canvas, outline):
        """1 where ribs carry the wall, 0 below the costal margin, which rises towards the front."""
        tenth = next(rib for name, _side, rib in self.spine.ribs if name == "T10")
        margin = tenth.height(outline.angle)
        margin = np.where(outline.angle > 110, margin, margin + 0.5 * (110 - outline.angle))
        return np.clip((canvas.z - margin) / 15 + 0.5, 0, 1)

    def _draw_pelvis(self, canvas, outline, body):
        """Iliac wings below the crest, with gluteal muscle outside and iliacus inside."""
        z = canvas.z
        if z > self.crest_z:
            return
        below = self.crest_z - z
        center_u, body_v = self.frame.spine_center(z)
        back_u, back_v = self.spine.sacrum_width + 4, self.frame.back_v - 8 - 0.05 * below
        out_u = self.ilium_width * self.frame.half_width(z) - 0.16 * below
        middle_v = self.frame.center_v + 0.35 * self.frame.depth_behind(z)
        front_v = self.frame.center_v - min(45.0, 0.5 * below)
        steps = np.linspace(0, 1, 13)
        reach = min(0.5, 0.09 * np.sqrt(below) * self.ilium_curve)
        steps = 0.48 + (steps - 0.5) * 2 * reach
        wing = np.zeros(canvas.shape, bool)
        outside = np.zeros(canvas.shape, bool)
        for side in (-1, 1):
            points = [
                _bezier(t, (back_u, back_v), (out_u, 0.6 * back_v + 0.4 * middle_v), (out_u, front_v)) for t in steps
            ]
            points = [(center_u * 0.5 + side * u, v) for u, v in points]
            for start, end in zip(points[:-1], points[1:], strict=True):
                wing |= canvas.capsule(start, end, self.ilium_thickness / 2)
                shift = side * self.gluteal_mm * 0.8, 0.5 * self.gluteal_mm
                outer = np.add(start, shift), np.add(end, shift)
                outside |= canvas.capsule(*outer, self.gluteal_mm * min(1.0, below / 50) + 1)
        wing &= body & (depth_inside(body, canvas.pixel_mm) > 4)
        fat = np.isin(canvas.labels, (Structure.SUBCUTANEOUS_FAT, Structure.FAT_SEPTUM, Structure.INTERMUSCULAR_FAT))
        canvas.labels[outside & body & fat] = Structure.GLUTEAL_MUSCLE
        canvas.labels[wing] = Structure.CORTICAL_BONE
        canvas.labels[wing & (depth_inside(wing, canvas.pixel_mm) > 1.6)] = Structure.HIP_BONE

    def _draw_infiltration(self, canvas):
        """Streaks and patches of fat in the muscles, more of them in the erector spinae."""
        extent, fine, coarse = self.infiltration
        streaks = np.abs(fine.at(canvas.z, canvas.shape))
        streaks -= 0.4 * np.clip(coarse.at(canvas.z, canvas.shape), -1, 1) * extent
        muscle = np.isin(canvas.labels, MUSCLES)
        erector = canvas.labels == Structure.ERECTOR_SPINAE
        canvas.labels[muscle & (streaks < np.where(erector, extent, 0.35 * extent))] = Structure.INTERMUSCULAR_FAT
        if self.patches is not None:
            noise, threshold = self.patches
            canvas.labels[erector & (noise.at(canvas.z, canvas.shape) > threshold)] = Structure.INTERMUSCULAR_FAT

    def _draw_stoma(self, canvas, body):
        """A loop of bowel that runs through the wall to the skin."""
        if self.stoma is None or abs(canvas.z - self.stoma[1]) >= self.stoma[2]:
            return
        u, z, radius = self.stoma
        size = np.sqrt(radius**2 - (canvas.z - z) ** 2)
        column = body & (np.abs(canvas.u_straight - u) < 4)
        if not column.any():
            return
        skin_v = canvas.v_straight[column].min()
        inside_v = canvas.v_straight[canvas.cavity & column].min(initial=skin_v + 40) + 10
        loop = canvas.capsule((u, skin_v + 2), (u, inside_v), size) & body
        canvas.labels[loop] = Structure.BOWEL_WALL
        canvas.labels[loop & (depth_inside(loop, canvas.pixel_mm) > 2.5)] = Structure.STOOL

    def _draw_metal(self, canvas, cut):
        if self.metal is None or not self.metal[0] < canvas.z < sum(self.metal):
            return
        for side in (-1, 1):
            rod = canvas.ellipse(cut.u + side * 18, cut.canal_v + 14, 3, 3)
            canvas.labels[rod & (canvas.labels != Structure.AIR)] = Structure.METAL

    def _draw_surroundings(self, canvas, body):
        outside = ~body
        if self.table is not None:
            gap, radius, thickness, half_width = self.table
            top = self.back_limit_v + (self.flat_back or 25) + gap
            for sheet in self.table_sheets:
                distance = np.hypot(canvas.u_straight, canvas.v_straight - (top - radius) - sheet)
                table = (np.abs(distance - radius) < thickness) & (canvas.v_straight > 0)
                canvas.labels[table & outside & (np.abs(canvas.u_straight) < half_width)] = Structure.TABLE
        for side, radius, gap, v, stretch in self.arms:
            edge = np.abs(canvas.u_straight[body]).max() if body.any() else 0
            u = side * (edge + radius + gap)
            canvas.labels[canvas.ellipse(u, v, radius, radius * stretch) & outside] = Structure.ARM_FAT
            canvas.labels[canvas.ellipse(u, v, 0.8 * radius, 0.8 * radius) & outside] = Structure.ARM_SOFT_TISSUE
            canvas.labels[canvas.ellipse(u + 5, v, 8, 8) & outside] = Structure.ARM_BONE
            canvas.labels[canvas.ellipse(u - 8, v + 12, 7, 7) & outside] = Structure.ARM_BONE


class _Outline:
    """The fascia in one slice: inside mask, depth below it (mm), angle from the front, share of the radius."""

    def __init__(self, frame: Frame, canvas: Canvas):
        z = canvas.z
        v = canvas.v - frame.center_v
        self.in_front = v < 0
        depth = np.where(self.in_front, frame.depth_front(z), frame.depth_behind(z))
        exponent = np.where(self.in_front, frame.exponent, frame.exponent_behind)
        level = np.abs(canvas.u / frame.half_width(z)) ** frame.exponent + np.abs(v / depth) ** exponent
        self.inside = level < 1
        self.radius_share = np.sqrt(level)
        self.depth = depth_inside(self.inside, canvas.pixel_mm)
        self.angle = np.degrees(np.arctan2(np.abs(canvas.u), -v))  # 0 anterior .. 180 posterior


def _bezier(t, start, control, end):
    return tuple((1 - t) ** 2 * a + 2 * t * (1 - t) * b + t**2 * c for a, b, c in zip(start, control, end, strict=True))
