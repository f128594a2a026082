"""Measure the fetal brain model on the atlases that its recipe has left out."""

import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from SegmentL3Lib.files import check_writable_folder
from SegmentL3Lib.inference import predict
from SegmentL3Lib.models.plan import SegmentationModel
from SegmentL3Lib.postprocess import clean
from SegmentL3Lib.tasks import find_task

from ..synthesis.fetal_atlases import FetalTissue
from .fetal_pictures import write_fetal_picture
from .fetal_scans import FetalScan
from .metrics import dice
from .peak_memory import PeakMemory
from .tables import Column, Row, markdown_table, write_csv, write_markdown

TISSUES = tuple(tissue for tissue in FetalTissue if tissue)
_NAMES = {tissue: tissue.name.lower() for tissue in TISSUES}
_OVERLAPS = tuple(Column(name, name.replace("_", " "), ".3f") for name in _NAMES.values())
COLUMNS = (
    Column("case", "atlas"),
    Column("group", "scan"),
    Column("plane", "slices"),
    Column("mean", "mean Dice", ".3f"),
    *_OVERLAPS,
    Column("volume_error_percent", "brain volume error, %", "+.0f"),
    Column("processor_s", "processor time, s", ".0f"),
    Column("peak_gb", "memory, GB", ".1f"),
)
SUMMARY_COLUMNS = (
    Column("group", "scan"),
    Column("scans", "scans", "d"),
    Column("mean", "mean Dice", ".3f"),
    Column("lowest", "lowest", ".3f"),
    *_OVERLAPS,
)
VOLUME_COLUMNS = (
    Column("case", "atlas"),
    Column("group", "scan"),
    Column("plane", "slices"),
    *(Column(f"{name}_error_percent", f"{name.replace('_', ' ')}, %", "+.0f") for name in _NAMES.values()),
)
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
    overlaps = {_NAMES[tissue]: dice(predicted == tissue, scan.tissues == tissue) for tissue in TISSUES}
    errors = {
        f"{_NAMES[tissue]}_error_percent": _percent((predicted == tissue).sum(), (scan.tissues == tissue).sum())
        for tissue in TISSUES
    }
    row = {
        "case": scan.case,
        "group": scan.group,
        "plane": scan.plane,
        "mean": float(np.nanmean(list(overlaps.values()))),
        **overlaps,
        **errors,
        "volume_error_percent": _percent((predicted > 0).sum(), (scan.tissues > 0).sum()),
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
        write_fetal_picture(scan, predicted, title, pictures / f"{name}.png")
    summary = summary_rows(rows)
    write_csv(rows, (*COLUMNS, *VOLUME_COLUMNS[3:]), out / "fetal.csv")
    write_csv(summary, SUMMARY_COLUMNS, out / "fetal-summary.csv")
    tables = [markdown_table(*each) for each in ((summary, SUMMARY_COLUMNS), (rows, COLUMNS), (rows, VOLUME_COLUMNS))]
    text = "\n\n".join((*tables[:2], "Errors of volume:", tables[2], _NOTE, _ANCHOR))
    write_markdown(f"# Fetal brains of atlases left out\n\n{text}", out / "fetal.md")
    return text


def summary_rows(rows: Sequence[Row]) -> list[dict[str, object]]:
    """Means over the scans of each kind."""
    keys = ("mean", *_NAMES.values())
    result = []
    for group in dict.fromkeys(row["group"] for row in rows):
        own = [row for row in rows if row["group"] == group]
        means = {key: float(np.nanmean([row[key] for row in own])) for key in keys}
        result.append({"group": group, "scans": len(own), "lowest": min(row["mean"] for row in own), **means})
    return result


def _percent(found: int, true: int) -> float:
    return float(100 * (found / true - 1)) if true else float("nan")
