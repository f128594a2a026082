"""Tables of phantom slices, by tissue and group."""

from collections.abc import Mapping, Sequence

import numpy as np

from .slices import TISSUE_COLUMNS, statistic, tissue_names, tissue_title, values_of
from .tables import Column

ALL = "all"
COLUMNS = (
    Column("case", "Patient"),
    Column("place", "Level"),
    Column("group", "Group"),
    Column("tissue", "Tissue"),
    *TISSUE_COLUMNS,
)
SUMMARY_COLUMNS = (
    Column("tissue", "Tissue"),
    Column("group", "Slices of"),
    Column("slices", "Slices"),
    Column("mean_dice", "Dice, mean", ".3f"),
    Column("median_dice", "median", ".3f"),
    Column("low_dice", "5th percentile", ".3f"),
    Column("median_area_error_percent", "Area error: median absolute, %", ".1f"),
    Column("area_bias_cm2", "bias, cm²", "+.2f"),
    Column("mean_hu_error", "Mean absolute error of mean HU", ".1f"),
    Column("mean_surface_mm", "Surface distance, mm", ".2f"),
)


def summary_rows(rows: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
    """One row for each tissue and group, all slices first, for ``SUMMARY_COLUMNS``, of rows of slices."""
    groups = sorted({row["group"] for row in rows}, reverse=True)
    return [
        _summary(tissue, group, [row for row in rows if row["tissue"] == tissue and group in (ALL, row["group"])])
        for tissue in tissue_names()
        for group in (ALL, *groups)
    ]


def _summary(tissue: str, group: str, rows: Sequence[Mapping[str, object]]) -> dict[str, object]:
    dice = values_of(rows, "dice")
    return {
        "tissue": tissue_title(tissue),
        "group": group,
        "slices": len(rows),
        "mean_dice": statistic(dice, np.mean),
        "median_dice": statistic(dice, np.median),
        "low_dice": statistic(dice, np.percentile, 5),
        "median_area_error_percent": statistic(np.abs(values_of(rows, "area_error_percent")), np.median),
        "area_bias_cm2": statistic(values_of(rows, "area_error_cm2"), np.mean),
        "mean_hu_error": statistic(np.abs(values_of(rows, "hu_error")), np.mean),
        "mean_surface_mm": statistic(values_of(rows, "surface_mm"), np.mean),
    }
