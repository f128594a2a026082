"""Regenerate all accuracy tables: Markdown to read, CSV to compute with, pictures of the worst cases to look at."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from SegmentL3Lib.errors import InputError
from SegmentL3Lib.files import check_writable_folder
from SegmentL3Lib.models import load_bundle
from SegmentL3Lib.models.shipped import LEVEL_MODEL, TISSUE_MODEL

from . import level_table, levels, phantom_table, tissue_table
from .held_out import names_that_measure
from .level_pictures import write_level_picture
from .levels import LevelAnswer, answer_row
from .overlays import write_overlay
from .phantom_slices import measured_phantom_slices
from .phantom_spines import TOGETHER, measured_phantom_scans
from .slices import MeasuredSlice, slice_rows
from .tables import Column, Row, markdown_table, write_csv, write_markdown
from .worst import Worst

PHANTOMS = 200
PICTURES = 6
_HELD_OUT = "Each patient was measured by weights that had not seen it."


def evaluate(
    kind: str,
    *,
    data: Path,
    work: Path,
    models: Path,
    out: Path,
    cases: Collection[str] | None = None,
    phantoms: int = PHANTOMS,
    pictures: int = PICTURES,
    workers: int = 0,
) -> dict[str, str]:
    """Write the accuracy tables of a kind to a folder.

    Args:
        kind: "tissue" (drawn slices of real scans), "level" (real scans with counted levels), "phantoms" (generated
            slices and spines) or "all".
        data: folder with the reference scans.
        work: folder with the weights of the recipes' runs, which have not seen the patients they are measured on.
        models: folder with the packages that are measured on phantoms.
        out: folder for tables and pictures; made where it is missing.
        cases: real patients wanted; all if None.
        phantoms: number of generated slices, and of generated patients for the level.
        pictures: number of worst cases to draw for each table.
        workers: processes that generate patients beside the measuring.

    Returns:
        Summaries as Markdown, by the name of the page that was written: "tissue", "level", "phantom-tissue",
        "phantom-level".

    Raises:
        InputError: no run has left out a case, or a file cannot be read or written.
        ModelError: weights that are needed are not there.
    """
    names = [name for name, own in ((TISSUE_MODEL, "tissue"), (LEVEL_MODEL, "level")) if kind in (own, "all")]
    if cases is not None and names:
        names = names_that_measure(names, cases)
    folder = check_writable_folder(out)
    pages = {}
    if TISSUE_MODEL in names:
        slices = tissue_table.measured_slices(data, work, cases)
        pages["tissue"] = evaluate_tissue(slices, folder, pictures)
    if LEVEL_MODEL in names:
        pages["level"] = evaluate_level(level_table.measured_scans(data, work, cases), folder, pictures)
    if kind in ("phantoms", "all"):
        tissue, level = (load_bundle(models / name) for name in (TISSUE_MODEL, LEVEL_MODEL))
        slices = measured_phantom_slices(tissue, phantoms, workers)
        pages["phantom-tissue"] = evaluate_phantom_tissue(slices, folder, pictures)
        answers = measured_phantom_scans(level, phantoms, workers)
        pages["phantom-level"] = evaluate_phantom_level(answers, folder, pictures)
    return pages


def evaluate_tissue(slices: Iterable[MeasuredSlice], out: Path, pictures: int = PICTURES) -> str:
    """Write ``tissue.md``, ``tissue.csv``, ``tissue-summary.csv`` and pictures of the worst slices.

    Returns:
        Summary and Dice slice by slice as Markdown, for the model card.
    """
    rows = _slice_rows(slices, out, "tissue", pictures)
    summary = tissue_table.summary_rows(rows)
    write_csv(rows, tissue_table.COLUMNS, out / "tissue.csv")
    write_csv(summary, tissue_table.SUMMARY_COLUMNS, out / "tissue-summary.csv")
    text = markdown_table(summary, tissue_table.SUMMARY_COLUMNS)
    details = tissue_table.case_text(rows)
    write_markdown(f"# Tissue on drawn slices\n\n{_HELD_OUT}\n\n{text}\n\n{details}", out / "tissue.md")
    return f"{text}\n\nDice, and error of the area:\n\n{tissue_table.dice_text(rows)}"


def evaluate_level(answers: Iterable[LevelAnswer], out: Path, pictures: int = PICTURES) -> str:
    """Write ``level.md``, ``level.csv``, ``level-summary.csv``, ``level-calibration.csv`` and pictures.

    Returns:
        All tables as Markdown, for the model card.
    """
    text, details = _level_page(answers, out, "level", pictures, {})
    write_markdown(f"# Level on real scans\n\n{_HELD_OUT}\n\n{text}\n\n{details}", out / "level.md")
    return f"{text}\n\n{details}"


def evaluate_cut_level(answers: Iterable[LevelAnswer], out: Path, pictures: int = PICTURES) -> str:
    """Write ``cut-level.md``, ``cut-level.csv``, its summary, calibration and pictures.

    Returns:
        Summary and calibration as Markdown, for the model card.
    """
    text, _ = _level_page(answers, out, "cut-level", pictures, {})
    title = "# Level on real scans made to end ever higher"
    write_markdown(f"{title}\n\n{_HELD_OUT}\n\n{text}", out / "cut-level.md")
    return text


def evaluate_phantom_tissue(slices: Iterable[MeasuredSlice], out: Path, pictures: int = PICTURES) -> str:
    """Write ``phantom-tissue.md``, ``phantom-tissue.csv``, ``phantom-tissue-summary.csv`` and pictures.

    Returns:
        The summary as Markdown, for the model card.
    """
    rows = _slice_rows(slices, out, "phantom-tissue", pictures)
    summary = phantom_table.summary_rows(rows)
    write_csv(rows, phantom_table.COLUMNS, out / "phantom-tissue.csv")
    write_csv(summary, phantom_table.SUMMARY_COLUMNS, out / "phantom-tissue-summary.csv")
    text = markdown_table(summary, phantom_table.SUMMARY_COLUMNS)
    write_markdown(f"# Tissue on generated slices that no model has seen\n\n{text}", out / "phantom-tissue.md")
    return text


def evaluate_phantom_level(answers: Iterable[LevelAnswer], out: Path, pictures: int = PICTURES) -> str:
    """Write ``phantom-level.md``, ``phantom-level.csv``, its summary, calibration and pictures.

    Returns:
        Summary and calibration as Markdown, for the model card.
    """
    text, _ = _level_page(answers, out, "phantom-level", pictures, TOGETHER)
    write_markdown(f"# Level in generated scans that no model has seen\n\n{text}", out / "phantom-level.md")
    return text


def _slice_rows(slices: Iterable[MeasuredSlice], out: Path, name: str, pictures: int) -> list[dict[str, object]]:
    """Rows of all slices, which are drawn from here, and pictures of the worst."""
    rows, worst = [], Worst(pictures)
    for item in slices:
        rows += slice_rows(item)
        worst.offer(item.disagreement, item)
    _check_any(rows)
    for number, item in enumerate(worst.cases(), start=1):
        write_overlay(item, _picture(out, f"{name}-{number}-{item.case}-{item.place}"))
    return rows


def _level_page(
    answers: Iterable[LevelAnswer], out: Path, name: str, pictures: int, together: Mapping
) -> tuple[str, str]:
    """Summary with calibration, and the table of scans, as Markdown; all written as CSV and pictures too."""
    rows, worst = [], Worst(pictures)
    for item in answers:
        rows.append(answer_row(item))
        worst.offer(item.badness, item)
    _check_any(rows)
    for number, item in enumerate(worst.cases(), start=1):
        write_level_picture(item, _picture(out, f"{name}-{number}-{item.scan.case}"))
    summary, calibration = levels.summary_rows(rows, together), levels.calibration_of(rows)
    tables: Mapping[str, tuple[Sequence[Row], Sequence[Column]]] = {
        name: (rows, levels.ANSWER_COLUMNS),
        f"{name}-summary": (summary, levels.SUMMARY_COLUMNS),
        f"{name}-calibration": (levels.calibration_rows(calibration), levels.CALIBRATION_COLUMNS),
    }
    for file, (lines, columns) in tables.items():
        write_csv(lines, columns, out / f"{file}.csv")
    text = f"{markdown_table(summary, levels.SUMMARY_COLUMNS)}\n\n{levels.calibration_text(calibration)}"
    return text, markdown_table(rows, levels.ANSWER_COLUMNS)


def _check_any(rows: Sequence[Row]) -> None:
    if not rows:
        raise InputError("There is nothing to measure: the folder with the reference scans holds none of the cases.")


def _picture(out: Path, name: str) -> Path:
    return check_writable_folder(out / "pictures") / f"{name.replace(' ', '-')}.png"
