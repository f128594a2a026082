"""Saving a result: where to, and as what."""

import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import qt
from slicer.i18n import tr as _

from ..csv_text import as_text
from ..files import atomic_path
from ..labels import load_labels
from ..mrml.segment_volumes import SegmentVolume
from ..mrml.volumes import volume_of
from ..results import Result
from ..task_results import Lesion
from . import settings


def askForFile(parent, title: str, name: str, fileFilter: str) -> str:
    """Ask where to save; the folder of the last time is offered first.

    Returns:
        The path; empty where the user decides against it.
    """
    proposal = str(Path(settings.exportFolder()) / name)
    path = qt.QFileDialog.getSaveFileName(parent, title, proposal, fileFilter)
    if path:
        settings.setExportFolder(str(Path(path).parent))
    return path


def exportCsv(result: Result, path: str) -> None:
    """Save the numbers as CSV.

    Raises:
        InputError: the file cannot be written.
    """
    # Jinja2 and Pillow come with this package, and may not be installed when the panel is opened.
    from ..report import write_csv

    write_csv(result, path)


def exportVolumes(rows: Sequence[SegmentVolume], path: str) -> None:
    """Save volumes as CSV.

    Raises:
        InputError: the file cannot be written.
    """
    with atomic_path(path) as temporary, open(temporary, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["segment", "name", "volume_ml"])
        writer.writerows([row.segment, as_text(row.name), f"{row.volume_ml:.3f}"] for row in rows)


def exportLesions(lesions: Sequence[Lesion], path: str) -> None:
    """Save lesions as CSV.

    Raises:
        InputError: the file cannot be written.
    """
    from ..report.lesion_files import write_lesion_csv

    with atomic_path(path) as temporary:
        write_lesion_csv(lesions, temporary)


def exportReport(result: Result, isEdited: bool, volumeNode, path: str) -> None:
    """Save one page for people (HTML).

    Raises:
        InputError: the file cannot be written.
    """
    from ..report import write_report_html
    from ..report.overview import overview_png

    labels = load_labels()
    noted = _withNote(result, _("The segments were edited by hand.")) if isEdited else result
    write_report_html(noted, labels, overview_png(noted, volume_of(volumeNode), labels), path)


def keepReference(result: Result, volumeNode) -> str:
    """Keep the measured slice, as its labels are now, among the user's own references.

    Returns:
        The name that it got.

    Raises:
        InputError: the slice has no labels or no body in it, or nothing can be written.
    """
    from ..trust.own_references import add_reference

    return add_reference(volume_of(volumeNode), result.segmentation, result.slice_index)


def _withNote(result, note):
    return replace(result, measurements=replace(result.measurements, notes=(note, *result.measurements.notes)))
