"""Results of imported models as nodes of the scene."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk
import slicer

from ..errors import InputError
from ..volume import LabelMap
from .exchange import SEGMENTATION_FILE
from .prediction_record import PredictionRecord, write_prediction_record
from .segment_volumes import SegmentVolume, segment_volumes, write_volume_table
from .segmentations import place_beside, write_labels
from .structure_record import read_structure_record
from .volumes import geometry_of

DOCUMENT_FILE = "prediction.json"
TERMINOLOGY_TAG = "TerminologyEntry:"
# Making surfaces of so many voxels takes two to three seconds, in which the application does not answer.
LARGEST_FOR_3D_VOXELS = 50_000_000


@dataclass(frozen=True)
class SegmentEntry:
    """A segment as the header of a ``.seg.nrrd`` describes it; the color has three numbers from 0 to 255."""

    value: int
    id: str
    name: str
    color: tuple[float, float, float]
    terminology_entry: str


@dataclass(frozen=True, eq=False)
class Prediction:
    """What the worker left: labels on the voxels of the scan, what they mean, and what is remembered of the run."""

    labelmap: LabelMap
    segments: tuple[SegmentEntry, ...]
    record: PredictionRecord


def read_prediction(folder: Path, volume_node, model: str, title: str) -> Prediction:
    """Read what the worker wrote.

    Args:
        folder: output folder of the worker.
        volume_node: vtkMRMLScalarVolumeNode of the first input image.
        model: identifier of the model.
        title: its name for people.

    Raises:
        InputError: a file is missing, damaged, or does not belong to the scan.
    """
    try:
        image = sitk.ReadImage(str(folder / SEGMENTATION_FILE))
        document = json.loads((folder / DOCUMENT_FILE).read_text(encoding="utf-8"))
        segments = segments_of(image)
        record = _record(document, segments, model, title)
    except (RuntimeError, OSError, ValueError, KeyError, TypeError) as error:
        raise InputError("The computation ended without a usable result. The log below has the details.") from error
    return Prediction(labels_on(image, volume_node), segments, record)


def publish_prediction(prediction: Prediction, volume_node, segmentation_node=None):
    """Put a result into the scene: segments, 3D surfaces, what is remembered of the run, place in the hierarchy.

    Args:
        prediction: what the worker left.
        volume_node: vtkMRMLScalarVolumeNode of the first input image.
        segmentation_node: where to write; None makes a node named after scan and model.

    Returns:
        The segmentation node.
    """
    segmentation_node = segmentation_node or new_segmentation(volume_node, prediction.record.title)
    write_labels(prediction.labelmap, prediction.segments, volume_node, segmentation_node)
    write_prediction_record(segmentation_node, prediction.record)
    place_beside(segmentation_node, volume_node)
    if prediction.labelmap.array.size <= LARGEST_FOR_3D_VOXELS:
        segmentation_node.CreateClosedSurfaceRepresentation()
    return segmentation_node


def measure_prediction(segmentation_node, volume_node) -> list[SegmentVolume]:
    """Volumes of the segments of a result, of a model or of a task without lesions, also written to its table node."""
    record = read_structure_record(segmentation_node)
    rows = segment_volumes(segmentation_node, record.segments)
    write_volume_table(segmentation_node, rows, f"{volume_node.GetName()} {record.title} volumes")
    return rows


def segments_of(image) -> tuple[SegmentEntry, ...]:
    """The segments that the header of a ``.seg.nrrd``, read with SimpleITK, describes.

    Raises:
        ValueError: it describes none.
        RuntimeError: an entry is missing.
    """
    entries = []
    while image.HasMetaDataKey(f"Segment{len(entries)}_ID"):
        entries.append(_segment(image, f"Segment{len(entries)}_"))
    if not entries:
        raise ValueError("the file describes no segments")
    return tuple(entries)


def labels_on(image, volume_node) -> LabelMap:
    """Labels of a file, read with SimpleITK, on the voxels of the scan that they were made for.

    Raises:
        InputError: the scan has other voxels now.
    """
    array = sitk.GetArrayFromImage(image)
    if array.shape != slicer.util.arrayFromVolume(volume_node).shape:
        raise InputError("The result does not fit the scan, which has been changed in the meantime. Apply again.")
    return LabelMap(array.astype(np.uint8, copy=False), geometry_of(volume_node))


def new_segmentation(volume_node, title: str):
    """A vtkMRMLSegmentationNode named after the scan and what was done."""
    name = slicer.mrmlScene.GenerateUniqueName(f"{volume_node.GetName()} {title} segmentation")
    return slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", name)


def _segment(image, prefix) -> SegmentEntry:
    def field(key):
        return image.GetMetaData(prefix + key)

    tags = field("Tags") if image.HasMetaDataKey(f"{prefix}Tags") else ""
    terms = [tag for tag in tags.split("|") if tag.startswith(TERMINOLOGY_TAG)]
    color = tuple(255 * float(channel) for channel in field("Color").split())
    terminology = terms[0].removeprefix(TERMINOLOGY_TAG) if terms else ""
    return SegmentEntry(int(field("LabelValue")), field("ID"), field("Name"), color, terminology)


def _record(document, segments, model, title) -> PredictionRecord:
    return PredictionRecord(
        model=model,
        title=title,
        segments=tuple(segment.id for segment in segments),
        device=str(document["device"]),
        precision=str(document["precision"]),
        agreement=document.get("agreement"),
        notes=tuple(document["notes"]),
        description=dict(document["model"]),
    )
