"""What the steps of the pipeline hand to each other: plain frozen values without behavior."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from .volume import LabelMap


@dataclass(frozen=True)
class Patient:
    """What the user says of the patient; None means not known, and nothing is guessed."""

    sex: str | None = None  # "female" or "male"
    height_cm: float | None = None
    weight_kg: float | None = None


@dataclass(frozen=True)
class LevelResult:
    """Where a vertebral level was found.

    Attributes:
        level: name of the level, such as "L3".
        found: whether a slice can be named.
        slice_index: slice through the middle of the vertebral body, in the file's own order; None if not found.
        slice_position_lps_mm: center of that slice (LPS, mm); None if not found.
        certainty: 0 (none) to 1.
        reason: one sentence for the user.
        vertebrae: center slice, in the file's own order, of each visible vertebra, by name.
        transitional: whether the spine may have a vertebra more than usual, so that counts from ribs and sacrum differ.
    """

    level: str
    found: bool
    slice_index: int | None
    slice_position_lps_mm: tuple[float, float, float] | None
    certainty: float
    reason: str
    vertebrae: Mapping[str, float] = field(default_factory=dict)
    transitional: bool = False


@dataclass(frozen=True)
class CutoffResult:
    """One published cut-off applied to one patient: "below", "not below" or "not assessable"."""

    name: str
    quantity: str
    threshold: float | None
    unit: str
    value: float | None
    result: str
    reason: str
    population: str
    citation: str


@dataclass(frozen=True)
class Measurements:
    """Numbers of one slice; keys carry units, None means not computable (``reasons`` says why).

    Attributes:
        area_cm2: area of each tissue of ``Resources/Measurements/tissues.csv``.
        mean_hu: mean of the raw CT numbers over the same pixels; None for an empty tissue.
        indices: ``smi_cm2_per_m2`` and all other derived quantities.
        reasons: why an index is None, by key.
        cutoffs: published cut-offs.
        notes: sentences that belong beside the numbers.
    """

    area_cm2: Mapping[str, float]
    mean_hu: Mapping[str, float | None]
    indices: Mapping[str, float | None] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    cutoffs: tuple[CutoffResult, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class QualityReport:
    """How far a result can be trusted: "good", "check" or "unusable", with the reasons in words."""

    verdict: str
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Result:
    """Everything that one run found; slice numbers and segmentation are in the file's own order.

    Attributes:
        level: answer of the level finder; None where the slice was chosen by hand.
        slice_index: measured slice, counted from 0.
        slice_position_lps_mm: center of that slice (LPS, mm).
        segmentation: labels on the voxels of the scan.
        measurements: numbers of the slice.
        quality: how far they can be trusted.
        software: versions by name.
        models: name, version, hash ... of each model that was used.
        patient: what the user said of the patient.
    """

    level: LevelResult | None
    slice_index: int
    slice_position_lps_mm: tuple[float, float, float]
    segmentation: LabelMap
    measurements: Measurements
    quality: QualityReport
    software: Mapping[str, str] = field(default_factory=dict)
    models: tuple[Mapping[str, str], ...] = ()
    patient: Patient = Patient()
