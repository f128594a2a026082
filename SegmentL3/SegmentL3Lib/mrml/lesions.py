"""Results of tasks in 3D as nodes of the scene: segments, surfaces, and a table of the lesions as they are now."""

import json
from dataclasses import dataclass
from pathlib import Path

import SimpleITK as sitk
import slicer

from ..errors import InputError
from ..measure.lesions import measure_lesions
from ..task_results import Lesion
from ..tasks import Task
from ..volume import LabelMap
from .exchange import SEGMENTATION_FILE
from .prediction import LARGEST_FOR_3D_VOXELS, SegmentEntry, labels_on, new_segmentation, segments_of
from .segmentations import all_labels, place_beside, write_labels
from .tables import Column, table_beside, write_table
from .task_record import TaskRecord, quality_of, write_task_record
from .volumes import geometry_of, lps_to_ras

DOCUMENT_FILE = "result.json"
LESION_TABLE_ROLE = "SegmentL3.LesionTable"


@dataclass(frozen=True, eq=False)
class TaskRun:
    """What the worker left: labels on the voxels of the first image, what they mean, and what is remembered."""

    labelmap: LabelMap
    segments: tuple[SegmentEntry, ...]
    record: TaskRecord


def read_task_run(folder: Path, volume_node, task: Task) -> TaskRun:
    """Read what the worker wrote.

    Args:
        folder: output folder of the worker.
        volume_node: vtkMRMLScalarVolumeNode of the first input image.
        task: what was done.

    Raises:
        InputError: a file is missing, damaged, or does not belong to the scan.
    """
    try:
        image = sitk.ReadImage(str(folder / SEGMENTATION_FILE))
        document = json.loads((folder / DOCUMENT_FILE).read_text(encoding="utf-8"))
        segments = segments_of(image)
        record = TaskRecord(
            task=task.id,
            segments=tuple(segment.id for segment in segments),
            quality=quality_of(document["quality"]),
            inputs=dict(document["inputs"]),
            device=str(document["device"]),
            model=dict(document["model"]),
        )
    except (RuntimeError, OSError, ValueError, KeyError, TypeError) as error:
        raise InputError("The computation ended without a usable result. The log below has the details.") from error
    return TaskRun(labels_on(image, volume_node), segments, record)


def publish_task_run(run: TaskRun, volume_node, title: str, segmentation_node=None):
    """Put a result into the scene: segments, 3D surfaces, what is remembered of the run, place in the hierarchy.

    Args:
        run: what the worker left.
        volume_node: vtkMRMLScalarVolumeNode of the first input image.
        title: name of the task for people.
        segmentation_node: where to write; None makes a node named after scan and task.

    Returns:
        The segmentation node.
    """
    segmentation_node = segmentation_node or new_segmentation(volume_node, title)
    write_labels(run.labelmap, run.segments, volume_node, segmentation_node)
    write_task_record(segmentation_node, run.record)
    place_beside(segmentation_node, volume_node)
    if run.labelmap.array.any() and run.labelmap.array.size <= LARGEST_FOR_3D_VOXELS:
        segmentation_node.CreateClosedSurfaceRepresentation()
    return segmentation_node


def measure_segments(segmentation_node, volume_node, task: Task) -> tuple[Lesion, ...]:
    """Lesions in the segments of a result as they are now, written to its table node as well."""
    geometry, shape = geometry_of(volume_node), slicer.util.arrayFromVolume(volume_node).shape
    labels = [label for label in task.label_entries() if label.id in task.lesions]
    array = all_labels(segmentation_node, labels, geometry, shape)
    lesions = measure_lesions(LabelMap(array, geometry), {label.id: label.value for label in labels})
    _write_lesion_table(segmentation_node, lesions, f"{volume_node.GetName()} {task.title} lesions")
    return lesions


def center_ras(lesion: Lesion) -> tuple[float, float, float]:
    """Centroid of a lesion, RAS, mm."""
    return lps_to_ras(lesion.centroid_lps_mm)


def place_ras(lesion: Lesion) -> tuple[float, float, float]:
    """A voxel of a lesion near its centroid, RAS, mm."""
    return lps_to_ras(lesion.place_lps_mm)


def _write_lesion_table(segmentation_node, lesions: tuple[Lesion, ...], name: str) -> None:
    centers = [center_ras(lesion) for lesion in lesions]
    columns = [
        Column("Number", [float(lesion.number) for lesion in lesions], "", "From 1, the largest first"),
        Column("Structure", [lesion.label for lesion in lesions]),
        Column("Volume", [lesion.volume_ml for lesion in lesions], "ml"),
        Column("Longest diameter", [lesion.longest_diameter_mm for lesion in lesions], "mm", "Of the surface, in 3D"),
        Column("Axial diameter", [lesion.axial_diameter_mm for lesion in lesions], "mm", "Within an axial slice"),
        *(
            Column(f"Center {axis}", [center[number] for center in centers], "mm", "Mean of the voxels, RAS")
            for number, axis in enumerate("RAS")
        ),
    ]
    write_table(table_beside(segmentation_node, LESION_TABLE_ROLE, name), columns)
