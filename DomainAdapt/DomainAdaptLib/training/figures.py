"""How good the models are, case by case: tissue against drawn slices, level against counted levels."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from SegmentL3Lib.locate import locate
from SegmentL3Lib.models import Bundle
from SegmentL3Lib.orientation import axial_order, to_axial
from SegmentL3Lib.reading import read_volume
from SegmentL3Lib.refine import refine
from SegmentL3Lib.segment import segment_slice

from ..synthesis.structures import TISSUES
from .counted import read_level_truth
from .material import DrawnSlice

MEASURED = TISSUES[1:7]


def dice(first: np.ndarray, second: np.ndarray) -> float:
    """Dice overlap of two masks; nan if both are empty."""
    total = int(first.sum()) + int(second.sum())
    return 2 * int((first & second).sum()) / total if total else float("nan")


def tissue_rows(model: Bundle, slices: Iterable[DrawnSlice]) -> list[dict[str, str]]:
    """Dice and area error of each tissue on drawn slices, after all refinement, as the pipeline gives it.

    Returns:
        One row a slice: case, slice, and for each tissue Dice and area error in percent.
    """
    rows = []
    for item in slices:
        spacing = (item.pixel_mm, item.pixel_mm)
        labels = refine(segment_slice(item.hu, spacing, model), item.hu, spacing)
        row = {"case": item.case, "slice": str(item.slice_index)}
        for value, name in enumerate(MEASURED, start=1):
            predicted, drawn = labels == value, item.drawn == value
            row[f"{name} Dice"] = f"{dice(predicted, drawn):.3f}"
            row[f"{name} area %"] = f"{100 * (predicted.sum() / max(1, drawn.sum()) - 1):+.1f}"
        rows.append(row)
    return rows


def level_rows(model: Bundle, data: Path, cases: Sequence[str]) -> list[dict[str, str]]:
    """What the level finder says of each scan whose L3 was counted by eye (``Resources/Recipes/level_truth.csv``).

    Returns:
        One row a scan: case, slices of L3, slice found, error from the middle (mm), certainty, right.
    """
    rows = []
    for truth in read_level_truth():
        if truth["case"] not in cases:
            continue
        volume = read_volume(data / truth["case"] / "ct.nii.gz")
        found = locate(to_axial(volume), model)
        index, error, right = None, "", not found.found
        if found.found:
            order = axial_order(volume.geometry)
            index = order.file_index(found.slice_index, volume.array.shape[order.axes[0]])
            right = bool(truth["first_slice"]) and int(truth["first_slice"]) <= index <= int(truth["last_slice"])
        if found.found and truth["middle_slice"]:
            error = f"{(index - int(truth['middle_slice'])) * volume.geometry.spacing[2]:+.1f}"
        elif not found.found:
            right = not truth["first_slice"]
        rows.append(
            {
                "case": truth["case"],
                "L3 slices": f"{truth['first_slice']}-{truth['last_slice']}"
                if truth["first_slice"]
                else "not in the scan",
                "found": "no" if index is None else str(index),
                "error mm": error,
                "certainty": f"{found.certainty:.2f}",
                "right": "yes" if right else "no",
            }
        )
    return rows


def mean_row(rows: Sequence[dict[str, str]], title: str) -> dict[str, str]:
    """Mean over the rows of every column of numbers."""
    result = {"case": title}
    for key in rows[0]:
        if key.endswith("Dice"):
            result[key] = f"{np.nanmean([float(row[key]) for row in rows]):.3f}"
        elif key.endswith("%"):
            result[key] = f"{np.nanmean([abs(float(row[key])) for row in rows]):.1f}"
    return {key: result.get(key, "") for key in rows[0]}


def markdown_table(rows: Sequence[dict[str, str]]) -> str:
    """The rows as a Markdown table."""
    lines = ["| " + " | ".join(rows[0]) + " |", "|" + " --- |" * len(rows[0])]
    lines += ["| " + " | ".join(row.values()) + " |" for row in rows]
    return "\n".join(lines)
