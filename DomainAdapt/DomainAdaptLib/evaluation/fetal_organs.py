"""Measure the model of fetus, placenta, fluid and uterus on generated scans that it has not learned from."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from SegmentL3Lib.files import check_writable_folder
from SegmentL3Lib.models.plan import SegmentationModel
from SegmentL3Lib.task_pipeline import run_task
from SegmentL3Lib.tasks import find_task
from SegmentL3Lib.volume import LabelMap, Volume

from ..synthesis.womb import PLANES, make_womb_stack
from ..synthesis.womb_tissues import Structure
from ..synthesis.womb_volume import stack_volumes
from .fetal_pictures import FetalPicture, write_fetal_picture
from .peak_memory import PeakMemory
from .structure_figures import (
    compare_structures,
    error_columns,
    mean_rows,
    overlap_columns,
    summary_columns,
    write_tables,
)
from .tables import Column

TASK = "fetal_organs_3d"
PIXEL_MM = 1.5
_NAMES = {structure.value: structure.name.lower() for structure in Structure}
COLUMNS = (
    Column("case", "scan"),
    Column("weeks", "weeks", ".0f"),
    Column("plane", "slices"),
    Column("slice_mm", "thickness, mm", ".1f"),
    Column("mean", "mean Dice", ".3f"),
    *overlap_columns(_NAMES.values()),
    Column("seconds", "time, s", ".0f"),
    Column("peak_gb", "memory, GB", ".1f"),
)
SUMMARY_COLUMNS = summary_columns(Column("plane", "slices"), _NAMES.values())
VOLUME_COLUMNS = (COLUMNS[0], COLUMNS[2], *error_columns(_NAMES.values()))
_NOTE = (
    "All scans are generated as those are that the model learned from, by other seeds; no real scan was measured. "
    "Truth is what lies in the middle of each slice when it was taken. Time and memory are those of the whole task."
)
_ANCHOR = (
    "Published, on real scans: placenta 0.72 (standard deviation 0.20) in stacks with motion (Alansary et al., MICCAI "
    "2016, 66 pregnancies). Generated scans are easier, so that the figures cannot be compared."
)


@dataclass(frozen=True, eq=False)
class OrganScan:
    """A generated scan and its truth.

    Attributes:
        case: its seed.
        plane: of the slices.
        weeks: of gestation.
    """

    case: str
    plane: str
    weeks: float
    image: Volume
    truth: LabelMap


def organ_scans(recipe: Mapping) -> Iterator[OrganScan]:
    """The scans that a recipe keeps to measure on, the planes in turn."""
    for number in range(recipe["test_patients"]):
        seed = recipe["test_first_seed"] + number
        stack = make_womb_stack(seed, PIXEL_MM, PLANES[number % len(PLANES)])
        yield OrganScan(str(seed), stack.plane, stack.weeks, *stack_volumes(stack))


def measure_scan(scan: OrganScan, model: SegmentationModel, device: str = "auto") -> tuple[dict, np.ndarray]:
    """Figures of a scan by the keys of the columns, and the predicted structures (z, y, x)."""
    with PeakMemory() as memory:
        result = run_task(find_task(TASK), {"T2": scan.image}, model, device=device)
    predicted = result.segmentation.array
    row = {
        "case": scan.case,
        "weeks": scan.weeks,
        "plane": scan.plane,
        "slice_mm": scan.image.geometry.spacing[2],
        **compare_structures(predicted, scan.truth.array, _NAMES),
        "seconds": result.seconds["total"],
        "peak_gb": memory.gb,
    }
    return row, predicted


def evaluate_organs(scans: Iterable[OrganScan], model: SegmentationModel, out: Path, device: str = "auto") -> str:
    """Write ``fetal-organs.md``, ``fetal-organs.csv``, ``fetal-organs-summary.csv`` and a picture of each scan.

    Returns:
        Summary and figures of each scan as Markdown, for the model card.
    """
    rows = []
    pictures = check_writable_folder(check_writable_folder(out) / "pictures")
    for scan in scans:
        row, predicted = measure_scan(scan, model, device)
        rows.append(row)
        shown = FetalPicture(scan.image, scan.truth.array, predicted, find_task(TASK).label_entries())
        title = f"{scan.case}, {scan.weeks:.0f} weeks, {scan.plane} slices: Dice {row['mean']:.3f}"
        write_fetal_picture(shown, title, pictures / f"organs-{scan.case}-{scan.plane}.png")
    summary = [*mean_rows(rows, "plane", _NAMES.values()), *_all(rows)], SUMMARY_COLUMNS
    title, notes = "Fetus, placenta and uterus in generated scans", (_NOTE, _ANCHOR)
    return write_tables(title, rows, COLUMNS, VOLUME_COLUMNS, summary, notes, out / "fetal-organs")


def _all(rows: list[dict]) -> list[dict[str, object]]:
    return mean_rows([{**row, "plane": "all"} for row in rows], "plane", _NAMES.values())
