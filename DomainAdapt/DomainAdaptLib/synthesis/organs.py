"""Organs, vessels, lungs, masses and fluid of one patient, as ellipsoids and tubes in the cavity."""

import numpy as np

from .bowel import Bowel
from .canvas import Canvas, Noise
from .structures import Structure


class Peritoneum:
    """Where free fluid can be: fat parts it from the wall, and kidneys and great vessels lie behind it.

    On the drawn slices of a patient with ascites, fat of up to 6 mm is seen between fluid and flank, more of it behind
    than in front.
    """

    def __init__(self, rng: np.random.Generator, frame):
        draw = rng.uniform
        self.frame = frame
        self.fat_mm, self.unevenness = max(0.0, draw(-0.5, 4)), Noise(rng, 40)
        # How far it ends in front of the middle of the vertebral bodies, and behind it far beside them.
        self.before_spine, self.in_gutters = draw(20, 45), draw(-5, 25)

    def encloses(self, canvas: Canvas, depth: np.ndarray) -> np.ndarray:
        """Pixels that may hold fluid, boolean (y, x); ``depth``: mm to the edge of the cavity."""
        frame, z = self.frame, canvas.z
        center_u, body_v = frame.spine_center(z)
        backwards = np.clip((canvas.v - frame.center_v) / frame.depth_behind(z), -1, 1)
        fat = self.fat_mm * (1 + 0.5 * backwards + 0.3 * self.unevenness.at(z, canvas.shape))
        beside = np.clip(np.abs(canvas.u - center_u) / (0.8 * frame.half_width(z)), 0, 1) ** 2
        back = body_v - self.before_spine + (self.before_spine + self.in_gutters) * beside
        return (depth > fat) & (canvas.v < back)


class Organs:
    """Everything inside the cavity but its fat."""

    def __init__(self, rng: np.random.Generator, frame):
        self.rng, self.frame = rng, frame
        draw = rng.uniform
        self.dome = draw(105, 165), draw(95, 155)  # right and left top of the diaphragm, mm above mid-L3
        self.recess = draw(45, 90)
        self.dome_exponent = draw(1.6, 3.2)
        self.bowel = Bowel(rng, frame)
        self.kidneys = [self._kidney(side) for side in (-1, 1) if draw() < 0.95]
        self.liver = self._liver()
        self.spleen = self._spleen()
        self.aorta = draw(6.5, 13), draw(-4, 16), draw(0, 4), draw(-60, -25)
        self.calcified = draw() < 0.3
        self.cava = draw(8, 15), draw(3.5, 11), draw(12, 30)
        self.pancreas = draw(25, 60), draw(6, 13), draw(30, 60)
        self.filaments = Noise(rng, 9.0), Noise(rng, 9.0), draw(0.03, 0.16)
        self.strands = (Noise(rng, draw(6, 18)), draw(0, 0.12)) if draw() < 0.35 else None
        self.masses = [self._mass() for _ in range(rng.integers(1, 4))] if draw() < 0.36 else []
        self.mass_noise = Noise(rng, 14)
        self.ascites = (draw(4, 60), draw() < 0.65, Noise(rng, 50), draw(-1.5, 1)) if draw() < 0.2 else None
        self.peritoneum = Peritoneum(rng.spawn(1)[0], frame)

    def _kidney(self, side: int):
        draw, frame = self.rng.uniform, self.frame
        z = draw(5, 70) - (12 if side < 0 else 0)
        radii = np.array([draw(19, 32), draw(22, 36), draw(42, 62)])
        center = side * draw(0.3, 0.6) * frame.half_width(z), frame.body_v(z) - draw(-14, 20), z
        sinus = draw(0.3, 0.6), draw(0.15, 0.4)
        cyst = None
        if draw() < 0.15:
            cyst = center[0] + side * draw(5, 20), center[1] + draw(-20, 20), z + draw(-40, 40), draw(6, 28)
        return side, center, radii, side * draw(-0.6, 0.8), sinus, cyst

    def _liver(self):
        draw, frame = self.rng.uniform, self.frame
        z = self.dome[0] - draw(35, 65)
        width = frame.half_width(z)
        right = (
            (-draw(0.45, 0.62) * width, frame.center_v - draw(-15, 15), z),
            (draw(0.42, 0.58) * width, draw(0.7, 1.0) * frame.depth_front(z), max(35, z - draw(-45, 60))),
        )
        left = (
            (draw(-0.05, 0.25) * width, frame.center_v - 0.5 * frame.depth_front(z), z + draw(-5, 25)),
            (draw(0.4, 0.6) * width, 0.45 * frame.depth_front(z), draw(25, 50)),
        )
        return (right, left), draw(0, 3.0)

    def _spleen(self):
        draw, frame = self.rng.uniform, self.frame
        z = self.dome[1] - draw(35, 60)
        size = draw(0.8, 1.5)
        center = draw(0.72, 0.88) * frame.half_width(z), frame.center_v + draw(0, 35), z
        return center, (draw(16, 28) * size, draw(28, 42) * size, draw(32, 50) * size)

    def _mass(self):
        draw, frame = self.rng.uniform, self.frame
        z, radius = draw(-90, 110), draw(8, min(95, 0.65 * frame.half_width(0)))
        center = draw(-0.75, 0.75) * frame.half_width(z), frame.center_v - draw(-30, 60), z
        nodular = draw() < 0.4
        return center, radius * np.array([1, draw(0.7, 1.2), draw(0.7, 1.3)]), draw(-1, 1), draw(0, 5), nodular

    def draw(self, canvas: Canvas, depth: np.ndarray, radius_share: np.ndarray) -> None:
        """Fill the cavity; ``depth``: mm to its edge, ``radius_share``: 0 at the torso's axis, 1 at the fascia."""
        if self.strands is not None:
            noise, share = self.strands
            canvas.put(np.abs(noise.at(canvas.z, canvas.shape)) < share, Structure.VESSEL)
        self._draw_pancreas(canvas)
        self.bowel.draw(canvas, depth)
        parts, clearance = self.liver
        for center, radii in parts:
            liver = canvas.ellipsoid(center, radii, exponent=2.3)
            canvas.put(None if liver is None else liver & (depth > clearance), Structure.LIVER)
        spleen = canvas.ellipsoid(*self.spleen)
        canvas.put(None if spleen is None else spleen & (depth > 1), Structure.SPLEEN)
        self._draw_kidneys(canvas)
        self._draw_great_vessels(canvas)
        self._draw_masses(canvas, depth)
        self._draw_filaments(canvas)
        self._draw_fluid(canvas, depth)
        self._draw_thorax(canvas, depth, radius_share)

    def _draw_kidneys(self, canvas):
        for side, center, radii, rotation, sinus, cyst in self.kidneys:
            kidney = canvas.ellipsoid(center, radii, rotation)
            if kidney is None:
                continue
            canvas.put(kidney, Structure.RENAL_CORTEX)
            canvas.put(canvas.ellipsoid(center, radii * np.array([0.6, 0.65, 0.8]), rotation), Structure.RENAL_MEDULLA)
            inner = center[0] - side * radii[0] * 0.6, center[1], center[2]
            hilum = np.array([radii[0] * sinus[0], radii[1] * sinus[1], radii[2] * 0.45])
            canvas.put(canvas.ellipsoid(inner, hilum, rotation), Structure.RENAL_SINUS_FAT)
            if cyst is not None:
                canvas.put(canvas.ellipsoid(cyst[:3], (cyst[3],) * 3), Structure.ASCITES)

    def _draw_pancreas(self, canvas):
        z, radius, forward = self.pancreas
        if abs(canvas.z - z) < 2 * radius:
            v = self.frame.body_v(z) - forward
            size = radius * np.sqrt(1 - ((canvas.z - z) / (2 * radius)) ** 2)
            canvas.put(canvas.capsule((-40, v + 8), (30, v - 4), size, 0.8 * size), Structure.PANCREAS)

    def _draw_great_vessels(self, canvas):
        frame, z = self.frame, canvas.z
        radius, u, gap, bifurcation = self.aorta
        center_u, body_v = frame.spine_center(z)
        front = body_v - 17 * frame.spine.scale
        cava_u, cava_v, cava_side = self.cava
        if z > bifurcation:
            canvas.put(canvas.ellipse(center_u + u, front - radius - gap, radius, radius), Structure.AORTA)
            if self.calcified:
                plaque = canvas.ellipse(center_u + u + 0.7 * radius, front - gap - radius, 1.6, 0.5 * radius)
                canvas.put(plaque, Structure.CALCIFICATION)
            canvas.put(
                canvas.ellipse(center_u - cava_side, front - cava_v, cava_u, cava_v), Structure.INFERIOR_VENA_CAVA
            )
            return
        spread = min(70.0, 0.55 * (bifurcation - z))
        for side in (-1, 1):
            place = center_u + side * (8 + spread), front - 0.7 * radius + 0.3 * spread
            canvas.put(canvas.ellipse(*place, 0.65 * radius, 0.65 * radius), Structure.AORTA)
            canvas.put(canvas.ellipse(place[0], place[1] + 1.2 * radius, 0.7 * radius, 0.5 * radius), Structure.VESSEL)

    def _draw_masses(self, canvas, depth):
        for center, radii, rotation, clearance, nodular in self.masses:
            mass = canvas.ellipsoid(center, radii, rotation, 2.2)
            if mass is None:
                continue
            mass &= depth > clearance
            canvas.put(mass, Structure.MASS)
            if nodular:
                canvas.put(mass & (self.mass_noise.at(canvas.z, canvas.shape) > 1), Structure.MASS_NODULE)

    def _draw_filaments(self, canvas):
        """Mesenteric vessels: thin curves where two random fields are both near zero."""
        first, second, width = self.filaments
        near = first.at(canvas.z, canvas.shape) ** 2 + second.at(canvas.z, canvas.shape) ** 2 < width**2
        canvas.put(near & (canvas.labels == Structure.VISCERAL_FAT), Structure.VESSEL)

    def _draw_fluid(self, canvas, depth):
        if self.ascites is None:
            return
        layer, along_wall, noise, threshold = self.ascites
        fluid = depth < layer if along_wall else noise.at(canvas.z, canvas.shape) > threshold
        fluid &= self.peritoneum.encloses(canvas, depth)
        canvas.put(fluid & (canvas.labels == Structure.VISCERAL_FAT), Structure.ASCITES)

    def _draw_thorax(self, canvas, depth, radius_share):
        if canvas.z < self.recess - 5:
            return
        frame = self.frame
        right, left = self.dome
        top = np.where(canvas.u < 0, right, left)
        surface = top - (top - self.recess) * np.clip(radius_share, 0, 1) ** self.dome_exponent
        above = canvas.z > surface
        muscle = (canvas.z > surface - 4) & ~above
        canvas.put(muscle & (canvas.labels == Structure.VISCERAL_FAT), Structure.DIAPHRAGM)
        center_u, body_v = frame.spine_center(canvas.z)
        mediastinum = canvas.ellipse(center_u, body_v - 25, 38, 30, 0, 2.4)
        heart_v = frame.center_v - 0.5 * frame.depth_front(canvas.z)
        heart = canvas.ellipse(20, heart_v, 62, 48, 0.3)
        canvas.put(above & ~mediastinum, Structure.LUNG)
        vessels = above & (canvas.labels == Structure.LUNG)
        canvas.put(vessels & (np.abs(self.mass_noise.at(canvas.z, canvas.shape)) < 0.06), Structure.VESSEL)
        if canvas.z > min(right, left) - 10:
            canvas.put(above & heart & (depth > 2), Structure.HEART)
