"""What the scene remembers of a run of an imported model: kept with the segmentation, and saved with the scene."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

ATTRIBUTE = "SegmentL3.Prediction"


@dataclass(frozen=True)
class PredictionRecord:
    """What cannot be found out again from scan and segments.

    Attributes:
        model: identifier of the model.
        title: its name for people.
        segments: IDs of the segments that it made, in their order.
        device: where it ran.
        precision: numbers that it ran with, such as "bf16".
        agreement: share of trial voxels that got the label they have at 32 bit; None where that was not looked at.
        notes: what the user should know of the result.
        description: what the worker says of the model: version, license, hash ...
    """

    model: str
    title: str
    segments: tuple[str, ...]
    device: str = ""
    precision: str = ""
    agreement: float | None = None
    notes: tuple[str, ...] = ()
    description: Mapping[str, str] = field(default_factory=dict)


def write_prediction_record(segmentation_node, record: PredictionRecord) -> None:
    """Keep a record with a segmentation node."""
    segmentation_node.SetAttribute(ATTRIBUTE, json.dumps(asdict(record)))


def read_prediction_record(segmentation_node) -> PredictionRecord | None:
    """The record of a segmentation node; None where there is none."""
    text = segmentation_node.GetAttribute(ATTRIBUTE)
    if not text:
        return None
    values = json.loads(text)
    return PredictionRecord(**{**values, "segments": tuple(values["segments"]), "notes": tuple(values["notes"])})
