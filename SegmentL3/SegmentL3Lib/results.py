"""What the steps of the pipeline hand to each other: plain frozen values without behavior."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from .volume import LabelMap, Volume

NOTE, CHECK, UNUSABLE = "note", "check", "unusable"
EFFECTS = (NOTE, CHECK, UNUSABLE)  # of a reason, from harmless to worst
VERDICTS = ("good", CHECK, UNUSABLE)


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
        transitional: whether the spine may have a vertebra more or less than usual, so that counts from ribs and sacrum
            differ.
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
        area_cm2: area of each tissue of ``Resources/Measurements/tissues.csv``; None where the field of view cuts it.
        mean_hu: mean of the raw CT numbers over the same pixels; None for an empty tissue.
        indices: ``smi_cm2_per_m2`` and all other derived quantities.
        reasons: why an index, or an area, is None, by key; areas have ``_area_cm2`` in their key.
        cutoffs: published cut-offs.
        notes: sentences that belong beside the numbers.
    """

    area_cm2: Mapping[str, float | None]
    mean_hu: Mapping[str, float | None]
    indices: Mapping[str, float | None] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    cutoffs: tuple[CutoffResult, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class QualityReason:
    """One thing that limits how far a result can be trusted.

    Attributes:
        code: stable name of the check, such as "FIELD_OF_VIEW_CUT".
        effect: what it does to the verdict: "note" (nothing), "check" or "unusable".
        text: what was seen, in one sentence.
        advice: what the user can do about it, in one sentence.
    """

    code: str
    effect: str
    text: str
    advice: str = ""

    def __post_init__(self):
        if self.effect not in EFFECTS:
            raise ValueError(f"{self.effect!r} is no effect of a reason; there are {', '.join(EFFECTS)}.")


def verdict_of(reasons: Iterable[QualityReason]) -> str:
    """Verdict that the worst of some reasons asks for; "good" where there are none, or notes only."""
    worst = max((EFFECTS.index(reason.effect) for reason in reasons), default=0)
    return VERDICTS[worst]


@dataclass(frozen=True)
class StructureQuality:
    """How far the mask of one structure can be trusted, estimated without a reference; None means not estimated.

    Attributes:
        structure: id of the label, such as "skeletal_muscle".
        dice: Dice that a reader's mask is expected to have with this one, 0 to 1.
        dice_interval: lower and upper end of it, at the coverage that ``QualityReport.coverage`` states.
        area_interval_cm2: the same for the area (volumes: not estimated).
        agreement: overlap (intersection over union) of the samples that the uncertainty was estimated from.
    """

    structure: str
    dice: float | None = None
    dice_interval: tuple[float, float] | None = None
    area_interval_cm2: tuple[float, float] | None = None
    agreement: float | None = None


@dataclass(frozen=True)
class QualityReport:
    """How far a result can be trusted, with the reasons in words.

    Attributes:
        verdict: "good", "check" or "unusable".
        reasons: what limits the trust, worst first; none of them is worse than the verdict.
        structures: what was estimated of each structure.
        coverage: share of cases in which a value lies within its interval, 0 to 1; None where there is none.
    """

    verdict: str
    reasons: tuple[QualityReason, ...] = ()
    structures: tuple[StructureQuality, ...] = ()
    coverage: float | None = None

    def __post_init__(self):
        if self.verdict not in VERDICTS:
            raise ValueError(f"{self.verdict!r} is no verdict; there are {', '.join(VERDICTS)}.")
        if VERDICTS.index(self.verdict) < VERDICTS.index(verdict_of(self.reasons)):
            raise ValueError(f'The verdict is "{self.verdict}", but the reasons ask for a worse one.')


def report_of(
    reasons: Iterable[QualityReason], structures: Iterable[StructureQuality] = (), coverage: float | None = None
) -> QualityReport:
    """The report with the verdict that the reasons ask for, the worst of them first, else in the order given."""
    ordered = tuple(sorted(reasons, key=lambda reason: EFFECTS.index(reason.effect), reverse=True))
    return QualityReport(verdict_of(ordered), ordered, tuple(structures), coverage)


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
        doubt: maps of uncertainty of the measured slice, each a volume of that one slice: "entropy" and
            "mutual_information", both in nats.
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
    doubt: Mapping[str, Volume] = field(default_factory=dict)

    def __post_init__(self):
        # Whatever writes a result relies on this: there is none without a verdict.
        if not isinstance(self.quality, QualityReport):
            raise TypeError("A result needs a verdict on its quality (quality.judge).")
