"""The result as JSON, for programs."""

import json
from dataclasses import asdict
from pathlib import Path

from ..files import atomic_path
from ..measure import load_equations, load_tissues
from ..results import LevelResult, Result, StructureQuality


def json_document(result: Result) -> dict:
    """The result in plain values: keys carry units, null means not known or not computable.

    No name, ID or date of the patient is in it, since none is in the result.
    """
    measurements = result.measurements
    geometry = result.segmentation.geometry
    return {
        "level": result.level.level if result.level else None,
        "level_finding": _level_finding(result.level),
        "slice_index": result.slice_index,
        "slice_position_lps_mm": list(result.slice_position_lps_mm),
        "area_cm2": dict(measurements.area_cm2),
        "mean_hu": dict(measurements.mean_hu),
        "indices": dict(measurements.indices),
        "reasons": dict(measurements.reasons),
        "cutoffs": [asdict(cutoff) for cutoff in measurements.cutoffs],
        "quality": {
            "verdict": result.quality.verdict,
            "reasons": [asdict(reason) for reason in result.quality.reasons],
            "coverage": result.quality.coverage,
            "structures": {item.structure: _structure_quality(item) for item in result.quality.structures},
        },
        "notes": list(measurements.notes),
        "patient": asdict(result.patient),
        "tissues": {tissue.id: _window(tissue) for tissue in load_tissues()},
        "formulas": {equation.id: _formula(equation, result.patient.sex) for equation in load_equations()},
        "geometry": {
            "size_xyz": list(reversed(result.segmentation.array.shape)),
            "spacing_xyz_mm": list(geometry.spacing),
            "origin_lps_mm": list(geometry.origin),
            "direction_lps": list(geometry.direction),
        },
        "software": dict(result.software),
        "models": [dict(model) for model in result.models],
    }


def write_json(result: Result, path: str | Path) -> None:
    """Write the result as JSON.

    Raises:
        InputError: the file cannot be written; nothing half-written stays.
    """
    text = json.dumps(json_document(result), indent=2, ensure_ascii=False, allow_nan=False)
    with atomic_path(path) as temporary:
        Path(temporary).write_text(text + "\n", encoding="utf-8")


def _level_finding(level: LevelResult | None) -> dict | None:
    if level is None:
        return None
    return {
        "found": level.found,
        "slice_index": level.slice_index,
        "certainty": level.certainty,
        "reason": level.reason,
        "vertebrae": dict(level.vertebrae),
        "transitional": level.transitional,
    }


def _structure_quality(item: StructureQuality) -> dict:
    values = asdict(item)
    del values["structure"]
    return values


def _window(tissue) -> dict:
    return {"name": tissue.name, "segment": tissue.segment, "hu_min": tissue.hu_min, "hu_max": tissue.hu_max}


def _formula(equation, sex: str | None) -> dict:
    formulas = [form.formula for form in equation.forms if form.sex in (None, sex)]
    return {
        "name": equation.name,
        "unit": equation.unit,
        "formula": formulas[0] if formulas else None,
        "source": equation.source,
        "doi": equation.doi,
    }
