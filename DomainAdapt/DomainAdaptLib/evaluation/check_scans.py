"""Generated slices without any defect but one, for measuring the checks of ``SegmentL3Lib.quality``."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from SegmentL3Lib.refine import gate, return_blurred_fat
from SegmentL3Lib.results import LevelResult, Patient
from SegmentL3Lib.volume import Geometry, Volume

from ..synthesis.canvas import Noise
from ..synthesis.phantom import place_middle, render_canvas, scan_image
from ..synthesis.render import random_hu
from ..synthesis.structures import TISSUES, Structure, tissue_classes
from ..synthesis.torso import Torso

FIRST_SEED = 950_000  # no recipe and no other table uses seeds from here on
PIXEL_MM = 1.2
SIZE = 434  # pixels a side: the whole width of the synthetic field
SLICES = 21
SLICE_MM = 5.0
NOISE_HU = (6.0, 16.0)
_MIDDLE = SLICES // 2
_AIR_HU = -1000
_MUSCLE = TISSUES.index("skeletal_muscle")
_MALE_FROM_CM2 = 130.0  # men have more muscle at L3 than women; where both occur


@dataclass(eq=False)
class Scan:
    """A slice in the making; defects change it at its different stages.

    Attributes:
        torso: the patient's shapes.
        hu_of: mean CT number of each structure.
        rng: for whatever a defect leaves to chance.
        structures: fine structures of the slice, (y, x).
        image: CT numbers, (y, x).
        regions: tissues of the slice as a perfect reader tells them, (y, x), before CT numbers decide.
        labels: values of ``labels.load_labels``, (y, x).
        noise_hu: standard deviation of the noise.
        geometry, slices, index, acquisition, level, patient, warnings: what stands beside the image.
    """

    torso: Torso
    hu_of: np.ndarray
    rng: np.random.Generator
    noise_hu: float
    z: float = 0.0
    structures: np.ndarray | None = None
    image: np.ndarray | None = None
    regions: np.ndarray | None = None
    labels: np.ndarray | None = None
    geometry: Geometry = Geometry(spacing=(PIXEL_MM, PIXEL_MM, SLICE_MM))
    slices: int = SLICES
    index: int = _MIDDLE
    modality: str = "CT"
    acquisition: dict = field(default_factory=lambda: {"slice_thickness_mm": SLICE_MM, "kvp": 120.0})
    level: LevelResult | None = None
    patient: Patient = Patient()
    warnings: tuple[str, ...] = ()

    @property
    def volume(self) -> Volume:
        """The slice as a stack of equal slices, axial."""
        stack = np.broadcast_to(self.image, (self.slices, *self.image.shape))
        return Volume(stack, self.geometry, self.modality, self.acquisition, self.warnings)


Change = Callable[[Scan], None]
Segment = Callable[[np.ndarray, float], np.ndarray]


@dataclass(frozen=True)
class Defect:
    """What is wrong, and at which stages it comes in; each stage changes the scan in place.

    Attributes:
        code: of the check that has to notice it.
        title: in a few words.
        of_patient: shapes and CT numbers.
        of_structures: the map of structures.
        of_image: CT numbers, after the scanner.
        of_labels: the segmentation.
        of_facts: what stands beside the image.
    """

    code: str
    title: str
    of_patient: Change | None = None
    of_structures: Change | None = None
    of_image: Change | None = None
    of_labels: Change | None = None
    of_facts: Change | None = None

    @property
    def changes_image(self) -> bool:
        """Whether the scan has to be made anew."""
        return any((self.of_patient, self.of_structures, self.of_image))


def make_scan(seed: int, defect: Defect | None, segment: Segment | None = None) -> Scan:
    """A random patient's slice through the middle of L3, free of defects but for the one given.

    The same seed gives the same patient and noise with and without a defect.

    Args:
        seed: seed of all random draws.
        defect: what is to be wrong; None: nothing.
        segment: makes labels of CT numbers (y, x) and the pixel size; the truth is used without it.
    """
    rng = np.random.default_rng((seed, 4))
    chance = np.random.default_rng((seed, 5))
    scan = Scan(sound_torso(seed), sound_hu(rng), chance, rng.uniform(*NOISE_HU))
    texture = Noise(rng, 6.0)
    _apply(defect, "of_patient", scan)
    canvas = scan.torso.slice_at(scan.z, PIXEL_MM)
    scan.structures = canvas.labels
    _apply(defect, "of_structures", scan)
    scan.regions = _in_image(tissue_classes(scan.structures, PIXEL_MM), 0)
    canvas.labels = scan.structures
    image = render_canvas(canvas, scan.hu_of, texture)
    scan.image = _in_image(scan_image(image, PIXEL_MM, scan.noise_hu, rng), _AIR_HU)
    _apply(defect, "of_image", scan)
    segment = segment or (lambda hu, _pixel_mm: gate(return_blurred_fat(scan.regions, hu), hu))
    scan.labels = segment(scan.image, PIXEL_MM)
    scan.level = _level(scan)
    scan.patient = _patient(scan)
    _apply(defect, "of_labels", scan)
    _apply(defect, "of_facts", scan)
    return scan


def with_defect(sound: Scan, defect: Defect) -> Scan:
    """A copy of a scan with a defect that does not change its image."""
    scan = replace(sound, labels=sound.labels.copy(), acquisition=dict(sound.acquisition))
    _apply(defect, "of_labels", scan)
    _apply(defect, "of_facts", scan)
    return scan


def _apply(defect: Defect | None, stage: str, scan: Scan) -> None:
    change = getattr(defect, stage) if defect else None
    if change:
        change(scan)


def sound_torso(seed: int) -> Torso:
    """A patient on the back, arms raised, without metal, stoma, free fluid and masses."""
    torso = Torso(seed)
    torso.arms, torso.metal, torso.stoma, torso.flat_front = [], None, None, None
    torso.organs.ascites, torso.organs.masses = None, []
    torso.flat_back = torso.flat_back or 20.0
    torso.table = torso.table or (5.0, 600.0, 2.0, 200.0)
    return torso


def sound_hu(rng: np.random.Generator, contrast: bool = False) -> np.ndarray:
    """CT numbers of the structures, HU, with a table that can be seen."""
    hu_of = random_hu(rng, contrast)
    hu_of[Structure.TABLE] = max(hu_of[Structure.TABLE], -700)
    return hu_of


def _in_image(values: np.ndarray, outside) -> np.ndarray:
    image = np.full((SIZE, SIZE), outside, values.dtype)
    place_middle(values, image)
    return image


def _level(scan: Scan) -> LevelResult:
    middle = (SIZE - 1) / 2
    place = scan.geometry.index_to_lps((middle, middle, _MIDDLE))
    vertebrae = {"L2": _MIDDLE + 7.0, "L3": float(_MIDDLE), "L4": _MIDDLE - 7.0}
    return LevelResult("L3", True, _MIDDLE, place, 0.95, "Counted from T12.", vertebrae)


def _patient(scan: Scan) -> Patient:
    """Sex, height and weight that fit the slice."""
    body_cm2 = float((scan.regions > 0).sum()) * PIXEL_MM**2 / 100
    muscle_cm2 = float((scan.regions == _MUSCLE).sum()) * PIXEL_MM**2 / 100
    sex = "male" if muscle_cm2 > _MALE_FROM_CM2 else "female"
    height_cm = 177.0 if sex == "male" else 164.0
    return Patient(sex, height_cm, round(body_cm2 / scan.rng.uniform(1.35, 1.85) * height_cm / 1000, 1))
