"""The result as one row of a table, for spreadsheets and statistics."""

import csv
import re
from pathlib import Path

from ..files import atomic_path
from ..labels import load_labels
from ..results import QualityReport, Result, StructureQuality


def write_csv(result: Result, path: str | Path) -> None:
    """Write a header row and one row; the columns are the same for every scan, an empty cell means not known.

    Raises:
        InputError: the file cannot be written; nothing half-written stays.
    """
    row = csv_row(result)
    with atomic_path(path) as temporary, Path(temporary).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(row))
        writer.writeheader()
        writer.writerow(row)


def csv_row(result: Result) -> dict[str, str | int | float | None]:
    """Values by column name, in column order."""
    measurements, level, patient = result.measurements, result.level, result.patient
    position = dict(zip(("l", "p", "s"), result.slice_position_lps_mm, strict=True))
    return {
        "level": level.level if level else None,
        "level_certainty": level.certainty if level else None,
        "slice_index": result.slice_index,
        **{f"slice_position_{axis}_mm": value for axis, value in position.items()},
        "sex": patient.sex,
        "height_cm": patient.height_cm,
        "weight_kg": patient.weight_kg,
        **{f"{name}_area_cm2": value for name, value in measurements.area_cm2.items()},
        **{f"{name}_mean_hu": value for name, value in measurements.mean_hu.items()},
        **measurements.indices,
        **{f"cutoff_{_slug(cutoff)}": cutoff.result for cutoff in measurements.cutoffs},
        "quality_verdict": result.quality.verdict,
        "quality_reasons": " | ".join(f"{reason.code}: {reason.text}" for reason in result.quality.reasons),
        **_quality_columns(result.quality),
        "software": "; ".join(f"{name} {version}" for name, version in result.software.items()),
        "models": "; ".join(" ".join(model.values()) for model in result.models),
    }


def _quality_columns(quality: QualityReport) -> dict[str, float | None]:
    found = {item.structure: item for item in quality.structures}
    columns: dict[str, float | None] = {"quality_coverage": quality.coverage}
    for label in load_labels():
        item = found.get(label.id, StructureQuality(label.id))
        dice, area = item.dice_interval or (None, None), item.area_interval_cm2 or (None, None)
        columns |= {
            f"{label.id}_dice_estimated": item.dice,
            f"{label.id}_dice_low": dice[0],
            f"{label.id}_dice_high": dice[1],
            f"{label.id}_area_low_cm2": area[0],
            f"{label.id}_area_high_cm2": area[1],
            f"{label.id}_agreement": item.agreement,
        }
    return columns


def _slug(cutoff) -> str:
    return re.sub(r"[^a-z0-9]+", "_", f"{cutoff.name} {cutoff.quantity}".lower())
