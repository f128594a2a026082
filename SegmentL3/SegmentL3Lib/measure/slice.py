"""All numbers of one slice."""

import json
from collections.abc import Mapping
from functools import cache

import numpy as np

from ..resources import resource_path
from ..results import Measurements, Patient
from .cutoffs import apply_cutoffs
from .indices import evaluate_equations
from .tissues import measure_tissues


def measure_slice(
    labels: np.ndarray,
    hu: np.ndarray,
    pixel_area_mm2: float,
    patient: Patient,
    acquisition: Mapping[str, float | str | bool],
    refused: Mapping[str, str] | None = None,
) -> Measurements:
    """Areas, mean HU, indices and cut-offs of one slice.

    Args:
        labels: label values, uint8 (y, x), 0 where there is none.
        hu: raw CT numbers, (y, x), on the same pixels.
        pixel_area_mm2: area of a pixel, mm2.
        patient: sex, height and weight as far as known.
        acquisition: facts of the scan, as in ``Volume.acquisition``; ``contrast`` is used.
        refused: why the area of a tissue is not to be given, by tissue.

    Raises:
        ValueError: the arrays differ in shape, or the pixel area is not positive.
    """
    area_cm2, mean_hu = measure_tissues(labels, hu, pixel_area_mm2)
    area_cm2 = {name: None if name in (refused or {}) else value for name, value in area_cm2.items()}
    refusals = {f"{name}_area_cm2": text for name, text in (refused or {}).items()}
    areas = {f"{name}_area_cm2": value for name, value in area_cm2.items()}
    means = {f"{name}_mean_hu": value for name, value in mean_hu.items()}
    indices, reasons = evaluate_equations(_body_size(patient) | areas | means, patient.sex, refusals)
    contrast = contrast_given(acquisition)
    cutoffs = apply_cutoffs(areas | indices, reasons, patient, contrast)
    notes = _notes(area_cm2, indices, patient, contrast)
    return Measurements(area_cm2, mean_hu, indices, reasons, cutoffs, notes)


def contrast_given(acquisition: Mapping[str, float | str | bool]) -> bool | None:
    """Whether intravenous contrast was given; None where the file does not say."""
    value = acquisition.get("contrast")
    if isinstance(value, str):
        return value.strip().lower() not in ("", "none", "no", "false")
    return value if value is None else bool(value)


def _body_size(patient: Patient) -> dict[str, float | None]:
    height = patient.height_cm
    return {
        "height_cm": height,
        "height_m": None if height is None else height / 100.0,
        "weight_kg": patient.weight_kg,
    }


@cache
def _note_texts() -> dict:
    return json.loads(resource_path("Measurements", "notes.json").read_text(encoding="utf-8"))


def _notes(area_cm2, indices, patient: Patient, contrast: bool | None) -> tuple[str, ...]:
    texts = _note_texts()
    notes = [texts["context"], texts["fat_mass"]]
    if area_cm2["intermuscular_fat"] == 0:
        notes.append(texts["no_intermuscular_fat"])
    if contrast is None:
        notes.append(texts["contrast_unknown"])
    if contrast:
        notes.append(texts["contrast_given"])
    mismatch = _mass_mismatch(indices, patient.weight_kg, texts["mass_mismatch_percent"])
    return (*notes, mismatch) if mismatch else tuple(notes)


def _mass_mismatch(indices, weight_kg: float | None, limit_percent: float) -> str | None:
    """Fat-free and fat mass should add up to about the weight; else slice, segmentation or weight is doubtful."""
    lean, fat = indices["fat_free_mass_kg"], indices["fat_mass_kg"]
    if weight_kg is None or lean is None or fat is None:
        return None
    percent = 100.0 * (lean + fat - weight_kg) / weight_kg
    if abs(percent) <= limit_percent:
        return None
    return (
        f"Estimated fat-free mass plus fat mass is {lean + fat:.1f} kg, {abs(percent):.0f} % "
        f"{'more' if percent > 0 else 'less'} than the weight of {weight_kg:g} kg: "
        "check weight, slice and segmentation, and do not rely on the two estimates."
    )
