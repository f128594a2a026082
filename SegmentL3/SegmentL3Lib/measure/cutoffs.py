"""Published cut-offs: all that exist for a quantity, each answered "below", "not below" or "not assessable"."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import groupby

from ..resources import resource_path
from ..results import CutoffResult, Patient
from .indices import load_equations, missing_text

BELOW = "below"
NOT_BELOW = "not below"
NOT_ASSESSABLE = "not assessable"


@dataclass(frozen=True)
class Cutoff:
    """One row of ``Resources/Measurements/cutoffs.csv``.

    ``sex`` None holds for both; ``bmi_min`` is inclusive, ``bmi_max`` exclusive, None without limit; ``contrast``
    is "none" (unenhanced scans), "given" or "not stated". A value strictly under ``threshold`` is "below".
    """

    name: str
    quantity: str
    sex: str | None
    bmi_min: float | None
    bmi_max: float | None
    threshold: float
    unit: str
    direction: str
    level: str
    contrast: str
    population: str
    citation: str
    doi: str
    evidence: str


@cache
def load_cutoffs() -> tuple[Cutoff, ...]:
    """All cut-offs, in the order of the file; rows of one name and quantity stand together."""
    with resource_path("Measurements", "cutoffs.csv").open(encoding="utf-8", newline="") as file:
        return tuple(_cutoff(row) for row in csv.DictReader(file))


def apply_cutoffs(
    values: Mapping[str, float | None], value_reasons: Mapping[str, str], patient: Patient, contrast: bool | None
) -> tuple[CutoffResult, ...]:
    """One result for each publication and quantity.

    Args:
        values: quantities by the keys of the file, ``bmi_kg_per_m2`` among them; None: not known.
        value_reasons: why a value is None, by key.
        patient: sex decides which threshold holds.
        contrast: whether the scan was made with intravenous contrast; None: not known.
    """
    families = groupby(load_cutoffs(), key=lambda cutoff: (cutoff.name, cutoff.quantity))
    return tuple(_judge(tuple(family), values, value_reasons, patient, contrast) for _, family in families)


def _judge(family, values, value_reasons, patient, contrast) -> CutoffResult:
    quantity = family[0].quantity
    value = values[quantity]
    cutoff, reason = _choose(family, patient, values["bmi_kg_per_m2"])
    if value is None:
        return _result(family[0], cutoff, None, NOT_ASSESSABLE, value_reasons.get(quantity, "The segment is empty."))
    if cutoff is None:
        return _result(family[0], None, value, NOT_ASSESSABLE, reason)
    result = BELOW if value < cutoff.threshold else NOT_BELOW
    remarks = [_bmi_band(cutoff), _contrast_caution(cutoff, contrast)]
    return _result(cutoff, cutoff, value, result, " ".join(filter(None, remarks)))


def _choose(family, patient: Patient, bmi: float | None) -> tuple[Cutoff | None, str]:
    """The row that holds for this patient, or None and why."""
    sex = patient.sex
    if sex is None and any(cutoff.sex for cutoff in family):
        return None, missing_text(["sex"])
    rows = [cutoff for cutoff in family if cutoff.sex in (None, sex)]
    if bmi is None and any(cutoff.bmi_min is not None or cutoff.bmi_max is not None for cutoff in rows):
        told = {"height": patient.height_cm, "weight": patient.weight_kg}
        return None, missing_text(name for name, value in told.items() if value is None)
    for cutoff in rows:
        if (cutoff.bmi_min is None or bmi >= cutoff.bmi_min) and (cutoff.bmi_max is None or bmi < cutoff.bmi_max):
            return cutoff, ""
    return None, "No threshold was published for this sex and body mass index."


def _contrast_caution(cutoff: Cutoff, contrast: bool | None) -> str:
    """Contrast raises muscle density by about 7 HU and hardly changes areas, so only density is cautioned."""
    if cutoff.quantity != "smd_hu":
        return ""
    if contrast is None:
        return "Contrast, which raises it, is unknown."
    if cutoff.contrast == "none" and contrast:
        return "Derived without contrast, which raises it."
    if cutoff.contrast == "given" and not contrast:
        return "Derived with contrast, which raises it."
    return ""


def _bmi_band(cutoff: Cutoff) -> str:
    """Sentence that says for which body mass index this threshold holds; empty where it holds for all."""
    limits = []
    if cutoff.bmi_min is not None:
        limits.append(f"{cutoff.bmi_min:g} or more")
    if cutoff.bmi_max is not None:
        limits.append(f"below {cutoff.bmi_max:g}")
    return f"BMI {' and '.join(limits)}." if limits else ""


def _result(row: Cutoff, chosen: Cutoff | None, value: float | None, result: str, reason: str) -> CutoffResult:
    return CutoffResult(
        name=row.name,
        quantity=row.quantity,
        threshold=chosen.threshold if chosen else None,
        unit=row.unit,
        value=value,
        result=result,
        reason=reason,
        population=row.population,
        citation=f"{row.citation}. doi:{row.doi}",
    )


def quantity_names() -> dict[str, str]:
    """Names for people of the quantities that cut-offs may use, by key."""
    return {equation.id: equation.name for equation in load_equations()} | {
        "skeletal_muscle_area_cm2": "Skeletal muscle area"
    }


def _cutoff(row: dict[str, str]) -> Cutoff:
    numbers = {key: float(row[key]) if row[key] else None for key in ("bmi_min", "bmi_max", "threshold")}
    return Cutoff(**(row | numbers | {"sex": row["sex"] or None}))
