"""What the scene remembers of a run of a task in 3D: kept with the segmentation, and saved with the scene."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from ..results import QualityReason, QualityReport

ATTRIBUTE = "SegmentL3.Task"


@dataclass(frozen=True)
class TaskRecord:
    """What cannot be found out again from scan and segments.

    Attributes:
        task: id in the catalog.
        segments: IDs of the segments that it made, in their order.
        quality: verdict and reasons.
        inputs: what became of each input image: "given", "resampled" or "missing", by name.
        device: where it ran.
        model: name, version, hash ... of the model.
    """

    task: str
    segments: tuple[str, ...]
    quality: QualityReport
    inputs: Mapping[str, str] = field(default_factory=dict)
    device: str = ""
    model: Mapping[str, str] = field(default_factory=dict)


def quality_of(entry: Mapping) -> QualityReport:
    """Verdict and reasons of a JSON object.

    Raises:
        KeyError, TypeError: it is none.
    """
    return QualityReport(entry["verdict"], tuple(QualityReason(**reason) for reason in entry["reasons"]))


def write_task_record(segmentation_node, record: TaskRecord) -> None:
    """Keep a record with a segmentation node."""
    segmentation_node.SetAttribute(ATTRIBUTE, json.dumps(asdict(record)))


def read_task_record(segmentation_node) -> TaskRecord | None:
    """The record of a segmentation node; None where there is none."""
    text = segmentation_node.GetAttribute(ATTRIBUTE)
    if not text:
        return None
    values = json.loads(text)
    return TaskRecord(**{**values, "segments": tuple(values["segments"]), "quality": quality_of(values["quality"])})
