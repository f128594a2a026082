"""All files of a task in 3D, together or not at all."""

import csv
import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ..files import check_writable_folder, unwritable
from ..prediction_files import structure_entry, write_volume_table
from ..resources import resource_path
from ..task_results import Lesion, TaskResult
from ..tasks import Task
from ..volume import Volume
from ..writing import write_segmentation
from .files import replace_all
from .lesion_overview import overview_png
from .lesion_tables import lesion_rows
from .task_text import summary_text

FILE_NAMES = {
    "segmentation": "segmentation.seg.nrrd",
    "lesions": "lesions.csv",
    "volumes": "volumes.csv",
    "result": "result.json",
    "overview": "overview.png",
    "report": "report.html",
}
_TEMPLATE = "lesions.html.jinja"
_COLUMNS = (
    "number",
    "label",
    "volume_ml",
    "longest_diameter_mm",
    "axial_diameter_mm",
    "centroid_l_mm",
    "centroid_p_mm",
    "centroid_s_mm",
    "voxels",
)


def write_task_files(result: TaskResult, task: Task, image: Volume, folder: str | Path) -> dict[str, Path]:
    """Write every file of a task into a folder, which is made if it is missing; a failure leaves it as it was.

    Args:
        result: what was found.
        task: what was done.
        image: the first of the images that were given.
        folder: where to write.

    Returns:
        Paths by the keys of ``FILE_NAMES``; of lesions and volumes, the table that the task is about.

    Raises:
        InputError: the folder cannot be written, or the disk is full.
    """
    folder = check_writable_folder(folder)
    try:
        with TemporaryDirectory(prefix=".segment-l3-", dir=folder) as temporary:
            other = "volumes" if task.lesions else "lesions"
            names = {key: name for key, name in FILE_NAMES.items() if key != other}
            made = {key: Path(temporary, name) for key, name in names.items()}
            write_segmentation(result.segmentation, [volume.label for volume in result.volumes], made["segmentation"])
            if task.lesions:
                write_lesion_csv(result.lesions, made["lesions"])
            else:
                write_volume_table(result.volumes, made["volumes"])
            _write_json(task_document(result, task), made["result"])
            picture = overview_png(result, task, image)
            made["overview"].write_bytes(picture)
            made["report"].write_text(report_html(result, task, picture), encoding="utf-8")
            replace_all(list(made.values()), folder, Path(temporary))
            return {key: folder / name for key, name in names.items()}
    except OSError as error:
        raise unwritable(folder, error) from error


def task_document(result: TaskResult, task: Task) -> dict:
    """The result in plain values; keys carry units. No name, ID, path or date of a patient is in it."""
    geometry = result.segmentation.geometry
    return {
        "task": {"id": task.id, "title": task.title, "modality": task.modality, "limits": task.limits},
        "inputs": dict(result.inputs),
        "structures": [structure_entry(volume) for volume in result.volumes],
        "volumes_ml": {volume.label.id: volume.volume_ml for volume in result.volumes},
        "lesion_count": len(result.lesions),
        "lesion_volume_ml": result.total_lesion_ml,
        "lesions": [asdict(lesion) for lesion in result.lesions],
        "slice_consistency": {label: asdict(figures) for label, figures in result.consistency.items()},
        "postprocessing": [asdict(step) for step in task.postprocessing],
        "refinement": asdict(task.refinement) if task.refinement else None,
        "quality": {
            "verdict": result.quality.verdict,
            "reasons": [asdict(reason) for reason in result.quality.reasons],
        },
        "model": dict(result.model),
        "seconds": dict(result.seconds),
        "device": result.device,
        "precision": result.precision,
        "geometry": {
            "size_xyz": list(reversed(result.segmentation.array.shape)),
            "spacing_xyz_mm": list(geometry.spacing),
            "origin_lps_mm": list(geometry.origin),
            "direction_lps": list(geometry.direction),
        },
        "software": dict(result.software),
    }


def write_lesion_csv(lesions: Sequence[Lesion], path: Path) -> None:
    """Write a header row and one row for each lesion; centroids are LPS, mm.

    Raises:
        OSError: the file cannot be written.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_COLUMNS)
        for lesion in lesions:
            sizes = (lesion.volume_ml, lesion.longest_diameter_mm, lesion.axial_diameter_mm)
            numbers = [f"{value:.4f}" for value in (*sizes, *lesion.centroid_lps_mm)]
            writer.writerow((lesion.number, lesion.label, *numbers, lesion.voxels))


def report_html(result: TaskResult, task: Task, overview: bytes) -> str:
    """The report as text, a single file without references to other files.

    Args:
        result: what was found.
        task: what was done.
        overview: picture of ``lesion_overview.overview_png``.
    """
    environment = Environment(
        loader=FileSystemLoader(resource_path("Report")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(_TEMPLATE).render(
        result=result,
        task=task,
        count=summary_text(result, task),
        rows=lesion_rows(result),
        overview=b64encode(overview).decode("ascii"),
    )


def _write_json(document: dict, path: Path) -> None:
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")
