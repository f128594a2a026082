"""Does postprocessing help? Each candidate against none, and the choice made for each case on the other cases.

A candidate is adopted only if choosing it on other cases raises the mean Dice of the cases that are left out; nnU-Net
adopts its postprocessing by the same figure, in cross-validation (Isensee et al. 2021, doi 10.1038/s41592-020-01008-z).
"""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import ndimage

from SegmentL3Lib.errors import InputError
from SegmentL3Lib.postprocess import clean, slice_consistency, slice_order
from SegmentL3Lib.reading import read_segmentation
from SegmentL3Lib.tasks import CleaningStep, Task
from SegmentL3Lib.volume import LabelMap

from ..resources import resource_path
from .metrics import dice
from .tables import Column, markdown_table, write_csv, write_markdown

NONE = "none"
CASE_COLUMNS = (
    Column("case", "Case"),
    Column("label", "Label"),
    Column("candidate", "Postprocessing"),
    Column("dice", "Dice", ".4f"),
    Column("recall", "Parts found", ".3f"),
    Column("false_parts", "False parts", "d"),
    Column("consistency", "Slice consistency", ".4f"),
)
SUMMARY_COLUMNS = (
    Column("label", "Label"),
    Column("candidate", "Postprocessing"),
    Column("dice", "Dice", ".4f"),
    Column("better", "Better cases", "d"),
    Column("worse", "Worse cases", "d"),
    Column("recall", "Parts found", ".3f"),
    Column("false_parts", "False parts", ".1f"),
    Column("consistency", "Slice consistency", ".4f"),
)


@dataclass(frozen=True, eq=False)
class Case:
    """A patient: what the network found before postprocessing, and what is true, on the same voxels."""

    name: str
    found: LabelMap
    truth: LabelMap


@dataclass(frozen=True)
class Choice:
    """What is adopted for a label.

    Attributes:
        label: its id.
        adopted: name of the candidate, "none" for no postprocessing.
        dice_without: mean Dice of all cases without postprocessing.
        dice_left_out: mean Dice of the cases, each with what was best on the others.
    """

    label: str
    adopted: str
    dice_without: float
    dice_left_out: float


def read_cases(path: Path, task: Task) -> list[Case]:
    """Read a table with the columns case, found and truth: names, and paths of label maps relative to the table.

    Args:
        path: the table (CSV).
        task: whose labels the label maps have.

    Raises:
        InputError: the table or a label map cannot be read, or they do not fit each other.
    """
    try:
        with open(path, encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        return [_case(row, path.parent, task) for row in rows]
    except (OSError, KeyError, TypeError) as error:
        raise InputError(f"{path.name} is no table with the columns case, found and truth.") from error


def candidates_of(task: Task, label: str) -> dict[str, tuple[CleaningStep, ...]]:
    """What can be tried for a label, by name; never the largest part alone for lesions."""
    kind = "lesions" if label in task.lesions else "once"
    document = json.loads(resource_path("Evaluation", "postprocessing.json").read_text(encoding="utf-8"))
    return {
        name: tuple(CleaningStep(**step, labels=(label,), source="") for step in steps)
        for name, steps in document[kind].items()
    }


def compare(cases: Sequence[Case], task: Task) -> list[dict]:
    """Figures of each case, label and candidate, "none" included: rows with the keys of ``CASE_COLUMNS``."""
    values = {label: value for value, label in enumerate(task.labels, 1)}
    rows = []
    for case in cases:
        for label, value in values.items():
            for name, steps in {NONE: (), **candidates_of(task, label)}.items():
                cleaned = clean(case.found, steps, values)
                figures = _figures(cleaned, case.truth, value)
                rows.append({"case": case.name, "label": label, "candidate": name, **figures})
    return rows


def choose(rows: Sequence[Mapping], label: str) -> Choice:
    """What is adopted for a label.

    Args:
        rows: of ``compare``, of two cases at least.
        label: id of the label.
    """
    table = _dice_table(rows, label)
    names, figures = list(table), np.array(list(table.values()))
    left_out = [figures[_best(np.delete(figures, case, axis=1)), case] for case in range(figures.shape[1])]
    without, chosen = float(np.nanmean(figures[names.index(NONE)])), float(np.nanmean(left_out))
    adopted = names[_best(figures)] if chosen > without else NONE
    return Choice(label, adopted, without, chosen)


def summarize(rows: Sequence[Mapping], label: str) -> list[dict]:
    """Means over the cases of each candidate: rows with the keys of ``SUMMARY_COLUMNS``."""
    table = _dice_table(rows, label)
    without = np.array(table[NONE])
    summary = []
    for name, figures in table.items():
        own = [row for row in rows if (row["label"], row["candidate"]) == (label, name)]
        means = {key: _mean([row[key] for row in own]) for key in ("recall", "false_parts", "consistency")}
        counts = {"better": int((figures > without).sum()), "worse": int((figures < without).sum())}
        summary.append({"label": label, "candidate": name, "dice": _mean(figures), **counts, **means})
    return summary


def evaluate_postprocessing(cases: Path, task: Task, out: Path) -> str:
    """Compare all candidates, and write ``postprocessing.csv`` and ``postprocessing.md``.

    Args:
        cases: table of cases, see ``read_cases``.
        task: whose labels the label maps have.
        out: folder, which exists.

    Returns:
        The page.

    Raises:
        InputError: the cases cannot be read, are fewer than two, or nothing can be written.
    """
    read = read_cases(cases, task)
    if len(read) < 2:
        raise InputError("Postprocessing is chosen on other cases than those it is tried on: two cases at least.")
    rows = compare(read, task)
    page = _page(rows, task, len(read))
    write_csv(rows, CASE_COLUMNS, out / "postprocessing.csv")
    write_markdown(page, out / "postprocessing.md")
    return page


def _case(row: Mapping[str, str], folder: Path, task: Task) -> Case:
    found, truth = (read_segmentation(folder / row[key], task.label_entries()) for key in ("found", "truth"))
    if found.array.shape != truth.array.shape:
        raise InputError(f"The label maps of the case {row['case']} have different sizes.")
    return Case(row["case"], found, truth)


def _figures(found: LabelMap, truth: LabelMap, value: int) -> dict:
    mask, true = found.array == value, truth.array == value
    order, _ = slice_order(found.geometry)
    return {
        "dice": dice(mask, true),
        "recall": _share_hit(true, mask),
        "false_parts": _parts_missed(mask, true),
        "consistency": slice_consistency(order.apply(mask)),
    }


def _share_hit(mask: np.ndarray, other: np.ndarray) -> float | None:
    """Share of the connected parts of a mask that another one touches; None where it has none."""
    count = ndimage.label(mask, np.ones((3, 3, 3)))[1]
    return 1 - _parts_missed(mask, other) / count if count else None


def _parts_missed(mask: np.ndarray, other: np.ndarray) -> int:
    parts, count = ndimage.label(mask, np.ones((3, 3, 3)))
    return count - len(np.unique(parts[(parts > 0) & other]))


def _dice_table(rows: Sequence[Mapping], label: str) -> dict[str, np.ndarray]:
    """Dice of the cases by candidate."""
    own = [row for row in rows if row["label"] == label]
    names = dict.fromkeys(row["candidate"] for row in own)
    return {name: np.array([row["dice"] for row in own if row["candidate"] == name]) for name in names}


def _best(figures: np.ndarray) -> int:
    """Candidate with the highest mean; the first of equal ones, so that none wins a tie."""
    return int(np.nanmean(figures, axis=1).argmax())


def _mean(values) -> float | None:
    known = [value for value in values if value is not None and not np.isnan(value)]
    return float(np.mean(known)) if known else None


def _page(rows: Sequence[Mapping], task: Task, count: int) -> str:
    parts = [f"# Postprocessing: {task.title}, {count} cases"]
    for label in task.labels:
        choice = choose(rows, label)
        parts.append(markdown_table(summarize(rows, label), SUMMARY_COLUMNS))
        parts.append(
            f"{label}: mean Dice {choice.dice_without:.4f} without, {choice.dice_left_out:.4f} with what was best on "
            f"the other cases. Adopted: {choice.adopted}."
        )
    return "\n\n".join(parts)
