"""Tissue on drawn slices of real CT, each measured by weights that have not seen the patient."""

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from SegmentL3Lib.labels import load_labels
from SegmentL3Lib.models.shipped import TISSUE_MODEL

from ..training.material import DrawnSlice, read_drawn_slices
from .held_out import held_out_cases, held_out_models
from .slices import (
    TISSUE_COLUMNS,
    MeasuredSlice,
    TrueSlice,
    measure,
    statistic,
    tissue_names,
    tissue_title,
    values_of,
)
from .tables import Column, markdown_table

CASE_COLUMNS = (Column("case", "Case"), Column("place", "Slice"))
COLUMNS = (*CASE_COLUMNS, Column("tissue", "Tissue"), *TISSUE_COLUMNS)
SUMMARY_COLUMNS = (
    Column("tissue", "Tissue"),
    Column("slices", "Slices"),
    Column("patients", "Patients"),
    Column("mean_dice", "Dice, mean", ".3f"),
    Column("mean_dice_of_patients", "mean of patients", ".3f"),
    Column("lowest_dice", "lowest", ".3f"),
    Column("median_area_error_percent", "Area error: median absolute, %", ".1f"),
    Column("mean_area_error_percent", "mean absolute, %", ".1f"),
    Column("area_bias_percent", "bias, %", "+.1f"),
    Column("mean_area_error_cm2", "mean absolute, cm²", ".2f"),
    Column("mean_hu_error", "Mean absolute error of mean HU", ".1f"),
    Column("mean_surface_mm", "Surface distance, mm", ".2f"),
    Column("mean_hausdorff95_mm", "95 % Hausdorff, mm", ".1f"),
)
logger = logging.getLogger(__name__)


def measured_slices(data: Path, work: Path, cases: Collection[str] | None = None) -> Iterator[MeasuredSlice]:
    """All drawn slices with what weights that have not seen the patient predict.

    Args:
        data: folder with the reference scans.
        work: folder with the weights of the recipe's runs.
        cases: patients wanted; all if None.

    Raises:
        ModelError: the weights of a run that is needed are not in ``work``.
    """
    drawn = read_drawn_slices(data)
    left_over = {item.case for item in drawn} - set(held_out_cases(TISSUE_MODEL))
    if left_over:
        logger.warning("no weights have left out %s; not measured", ", ".join(sorted(left_over)))
    for model, wanted in held_out_models(TISSUE_MODEL, work, cases):
        for item in drawn:
            if item.case in wanted:
                yield measure(true_slice(item), model)
                logger.info("%s, slice %s measured", item.case, item.slice_index)


def true_slice(item: DrawnSlice) -> TrueSlice:
    """A drawn slice with the labels that are measured."""
    measured = np.isin(item.drawn, [label.value for label in load_labels()])
    drawn = np.where(measured, item.drawn, 0).astype(np.uint8)
    return TrueSlice(item.case, str(item.slice_index), "drawn", item.hu, drawn, item.pixel_mm, item.beside)


def summary_rows(rows: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
    """One row for each tissue, for ``SUMMARY_COLUMNS``, of rows of slices."""
    return [_summary(tissue, [row for row in rows if row["tissue"] == tissue]) for tissue in tissue_names()]


def _summary(tissue: str, rows: Sequence[Mapping[str, object]]) -> dict[str, object]:
    by_patient: dict[str, list] = {}
    for row in rows:
        by_patient.setdefault(row["case"], []).append(row)
    of_patients = [statistic(values_of(own, "dice"), np.mean) for own in by_patient.values()]
    dice, area = values_of(rows, "dice"), values_of(rows, "area_error_percent")
    return {
        "tissue": tissue_title(tissue),
        "slices": len(rows),
        "patients": len(by_patient),
        "mean_dice": statistic(dice, np.mean),
        "mean_dice_of_patients": statistic([value for value in of_patients if not np.isnan(value)], np.mean),
        "lowest_dice": statistic(dice, np.min),
        "median_area_error_percent": statistic(np.abs(area), np.median),
        "mean_area_error_percent": statistic(np.abs(area), np.mean),
        "area_bias_percent": statistic(area, np.mean),
        "mean_area_error_cm2": statistic(np.abs(values_of(rows, "area_error_cm2")), np.mean),
        "mean_hu_error": statistic(np.abs(values_of(rows, "hu_error")), np.mean),
        "mean_surface_mm": statistic(values_of(rows, "surface_mm"), np.mean),
        "mean_hausdorff95_mm": statistic(values_of(rows, "hausdorff95_mm"), np.mean),
    }


def dice_text(rows: Sequence[Mapping[str, object]]) -> str:
    """Dice and error of the area, one line a slice, as Markdown, for the model card."""
    lines: dict[tuple, dict[str, object]] = {}
    for row in rows:
        line = lines.setdefault((row["case"], row["place"]), {"case": row["case"], "place": row["place"]})
        line[row["tissue"]] = _dice_and_area(row)
    columns = (*CASE_COLUMNS, *(Column(tissue, tissue_title(tissue)) for tissue in tissue_names()))
    return markdown_table(list(lines.values()), columns)


def _dice_and_area(row: Mapping[str, object]) -> str | None:
    if np.isnan(row["dice"]):
        return None
    if np.isnan(row["area_error_percent"]):
        return f"{row['dice']:.3f} (none drawn)"
    return f"{row['dice']:.3f} ({row['area_error_percent']:+.1f} %)"


def case_text(rows: Sequence[Mapping[str, object]]) -> str:
    """All figures slice by slice, a Markdown table for each tissue."""
    parts = []
    for tissue in tissue_names():
        own = [row for row in rows if row["tissue"] == tissue]
        parts.append(f"### {tissue_title(tissue)}\n\n{markdown_table(own, (*CASE_COLUMNS, *TISSUE_COLUMNS))}")
    return "\n\n".join(parts)
