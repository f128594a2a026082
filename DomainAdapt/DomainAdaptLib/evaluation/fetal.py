"""Measure the fetal brain model on the atlases that its recipe has left out."""

import time
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from SegmentL3Lib.files import check_writable_folder
from SegmentL3Lib.inference import predict
from SegmentL3Lib.models.plan import SegmentationModel
from SegmentL3Lib.postprocess import clean
from SegmentL3Lib.tasks import find_task

from ..synthesis.fetal_atlases import FetalTissue
from .fetal_pictures import FetalPicture, write_fetal_picture
from .fetal_scans import FetalScan
from .peak_memory import PeakMemory
from .structure_figures import (
    compare_structures,
    error_columns,
    mean_rows,
    overlap_columns,
    percent,
    summary_columns,
    write_tables,
)
from .tables import Column

TISSUES = tuple(tissue for tissue in FetalTissue if tissue)
_NAMES = {tissue: tissue.name.lower() for tissue in TISSUES}
COLUMNS = (
    Column("case", "atlas"),
    Column("group", "scan"),
    Column("plane", "slices"),
    Column("mean", "mean Dice", ".3f"),
    *overlap_columns(_NAMES.values()),
    Column("volume_error_percent", "brain volume error, %", "+.0f"),
    Column("processor_s", "processor time, s", ".0f"),
    Column("peak_gb", "memory, GB", ".1f"),
)
SUMMARY_COLUMNS = summary_columns(Column("group", "scan"), _NAMES.values())
VOLUME_COLUMNS = (*COLUMNS[:3], *error_columns(_NAMES.values()))
_NOTE = (
    "Truth is the parcellation of the atlas; in thick slices it is that in the middle of each slice, where the fetus "
    "was when it was taken. The surroundings are synthetic. Processor time (of all threads together) and memory are "
    "those of the whole process."
)
_ANCHOR = (
    "Published, on other data: mean Dice of 0.842 (cross-validation) and 0.774 (test) over seven tissues of "
    "reconstructed real fetal brains, a variant of nnU-Net trained on real ones (FeTA)."
)


def measure_scan(scan: FetalScan, model: SegmentationModel, device: str = "auto") -> tuple[dict, np.ndarray]:
    """Figures of a scan by the keys of the columns, and the predicted tissues (z, y, x)."""
    task = find_task("fetal_brain_3d")
    began = time.process_time()
    with PeakMemory() as memory:
        labels = predict(model, [scan.image], device=device).labels
        values = {label.id: label.value for label in task.label_entries()}
        predicted = clean(labels, task.postprocessing, values).array
    row = {
        "case": scan.case,
        "group": scan.group,
        "plane": scan.plane,
        **compare_structures(predicted, scan.tissues, _NAMES),
        "volume_error_percent": percent((predicted > 0).sum(), (scan.tissues > 0).sum()),
        "processor_s": time.process_time() - began,
        "peak_gb": memory.gb,
    }
    return row, predicted


def evaluate_fetal(scans: Iterable[FetalScan], model: SegmentationModel, out: Path, device: str = "auto") -> str:
    """Write ``fetal.md``, ``fetal.csv``, ``fetal-summary.csv`` and a picture of each scan.

    Returns:
        Summary and figures of each scan as Markdown, for the model card.
    """
    rows: list[dict[str, object]] = []
    pictures = check_writable_folder(check_writable_folder(out) / "pictures")
    for scan in scans:
        row, predicted = measure_scan(scan, model, device)
        rows.append(row)
        name = "-".join(filter(None, (scan.case, scan.group.replace(",", "").replace(" ", "_"), scan.plane)))
        title = f"{scan.case}, {scan.group}: Dice {row['mean']:.3f}"
        shown = FetalPicture(scan.image, scan.tissues, predicted, find_task("fetal_brain_3d").label_entries())
        write_fetal_picture(shown, title, pictures / f"{name}.png")
    summary = mean_rows(rows, "group", _NAMES.values()), SUMMARY_COLUMNS
    title, notes = "Fetal brains of atlases left out", (_NOTE, _ANCHOR)
    return write_tables(title, rows, COLUMNS, VOLUME_COLUMNS, summary, notes, out / "fetal")
