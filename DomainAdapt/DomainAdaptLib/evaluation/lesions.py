"""Measure the brain lesion model on real patients, with and without the conditional random field."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from SegmentL3Lib.files import check_writable_folder
from SegmentL3Lib.inference import predict
from SegmentL3Lib.models.plan import SegmentationModel
from SegmentL3Lib.models.shipped import LESION_MODEL
from SegmentL3Lib.orientation import axial_order
from SegmentL3Lib.refinement import refine_with_crf
from SegmentL3Lib.tasks import find_task

from .lesion_metrics import LEAST_MM3, LesionAgreement, compare_lesions
from .lesion_pictures import write_lesion_picture
from .lesion_scans import LesionScan
from .peak_memory import PeakMemory
from .tables import Column, Row, markdown_table, write_csv, write_markdown

WITHOUT, WITH = "network", "network and CRF"
COLUMNS = (
    Column("case", "case"),
    Column("contrasts", "contrasts"),
    Column("way", "by"),
    Column("dice", "Dice", ".3f"),
    Column("recall", "lesions found", ".2f"),
    Column("lesions", "of", "d"),
    Column("false_positives", "false lesions", "d"),
    Column("outlined_ml", "outlined, ml", ".1f"),
    Column("volume_error_percent", "volume error, %", "+.0f"),
    Column("processor_s", "processor time, s", ".0f"),
    Column("peak_gb", "memory, GB", ".1f"),
)
SUMMARY_COLUMNS = (
    Column("group", "disease"),
    Column("cases", "cases", "d"),
    Column("way", "by"),
    Column("dice", "mean Dice", ".3f"),
    Column("lowest", "lowest", ".3f"),
    Column("recall", "mean share of lesions found", ".2f"),
    Column("false_positives", "mean false lesions", ".1f"),
)
_NOTE = (
    "Outlines are a consensus of experts in multiple sclerosis, and the whole tumor with its edema in glioma. Lesions "
    f"are connected parts (corners included) of {LEAST_MM3:g} mm3 or more; one is found where a tenth of it is "
    "predicted, a false one touches no outlined voxel. Processor time (of all threads together) and memory are those "
    "of the whole process."
)
_ANCHOR = (
    "Published, on other data and trained on real tumors of the same collection: nnU-Net 91.2, MedNeXt L 91.4 (mean "
    "Dice in %, five-fold cross-validation on 1,251 patients of BraTS; Isensee et al., nnU-Net Revisited, MICCAI 2024)."
)


@dataclass(frozen=True, eq=False)
class MeasuredScan:
    """A patient with what was predicted.

    Attributes:
        scan: the patient.
        predicted: boolean (z, y, x) by the way it was made.
        agreement: figures by way.
        processor_s, peak_gb: processor time (of all threads) and memory by way.
    """

    scan: LesionScan
    predicted: dict[str, np.ndarray]
    agreement: dict[str, LesionAgreement]
    processor_s: dict[str, float]
    peak_gb: dict[str, float]


def measure_scan(scan: LesionScan, model: SegmentationModel, device: str = "auto") -> MeasuredScan:
    """Predict and compare one patient."""
    voxel_mm3 = float(np.prod(scan.images[0].geometry.spacing))
    began = time.process_time()
    with PeakMemory() as network_memory:
        prediction = predict(model, scan.images, device=device, with_probabilities=True)
    network_s = time.process_time() - began
    with PeakMemory() as memory:
        refined = refine_with_crf(prediction.probabilities, scan.images, find_task(LESION_MODEL).refinement.parameters)
    predicted = {WITHOUT: prediction.labels.array > 0, WITH: refined.argmax(0) > 0}
    return MeasuredScan(
        scan=scan,
        predicted=predicted,
        agreement={way: compare_lesions(mask, scan.lesions, voxel_mm3) for way, mask in predicted.items()},
        processor_s={WITHOUT: network_s, WITH: time.process_time() - began},
        peak_gb={WITHOUT: network_memory.gb, WITH: max(network_memory.gb, memory.gb)},
    )


def scan_rows(item: MeasuredScan) -> list[dict[str, object]]:
    """Rows of a patient, one for each way."""
    common = {"case": item.scan.case, "group": item.scan.group, "contrasts": ", ".join(item.scan.available)}
    return [
        {**common, "way": way, **asdict(found), "processor_s": item.processor_s[way], "peak_gb": item.peak_gb[way]}
        for way, found in item.agreement.items()
    ]


def summary_rows(rows: Sequence[Row]) -> list[dict[str, object]]:
    """Means over the patients of each disease and way."""
    groups = dict.fromkeys((row["group"], row["way"]) for row in rows)
    return [_summary([row for row in rows if (row["group"], row["way"]) == key], *key) for key in groups]


def evaluate_lesions(
    scans: Iterable[LesionScan], model: SegmentationModel, out: Path, device: str = "auto"
) -> str:
    """Write ``lesions.md``, ``lesions.csv``, ``lesions-summary.csv`` and a picture of each patient.

    Returns:
        Summary and figures of each patient as Markdown, for the model card.
    """
    rows: list[dict[str, object]] = []
    pictures = check_writable_folder(check_writable_folder(out) / "pictures")
    for scan in scans:
        item = measure_scan(scan, model, device)
        rows += scan_rows(item)
        _write_picture(item, pictures / f"{scan.case}.png")
    summary = summary_rows(rows)
    write_csv(rows, COLUMNS, out / "lesions.csv")
    write_csv(summary, SUMMARY_COLUMNS, out / "lesions-summary.csv")
    tables = markdown_table(summary, SUMMARY_COLUMNS), markdown_table(rows, COLUMNS)
    text = "\n\n".join((*tables, _NOTE, _ANCHOR))
    write_markdown(f"# Brain lesions of real patients\n\n{text}", out / "lesions.md")
    return text


def _summary(rows: Sequence[Row], group: str, way: str) -> dict[str, object]:
    means = {key: float(np.nanmean([row[key] for row in rows])) for key in ("dice", "recall", "false_positives")}
    lowest = float(np.nanmin([row["dice"] for row in rows]))
    return {"group": group, "way": way, "cases": len(rows), "lowest": lowest, **means}


def _write_picture(item: MeasuredScan, path: Path) -> None:
    geometry = item.scan.images[0].geometry
    order = axial_order(geometry)
    arrays = (item.scan.images[0].array, item.scan.lesions, item.predicted[WITH])
    found = item.agreement[WITH]
    title = f"{item.scan.case}: Dice {found.dice:.3f}, {found.found} of {found.lesions} lesions found"
    spacing = tuple(geometry.spacing[2 - axis] for axis in order.axes)
    write_lesion_picture(*map(order.apply, arrays), spacing, title, path)
