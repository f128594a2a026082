"""What the scene remembers of a run: kept with the segmentation, so that a saved scene shows its results again."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from ..results import LevelResult
from .estimates import Estimates, estimates_of_document, estimates_of_values

ATTRIBUTE = "SegmentL3.Run"


@dataclass(frozen=True)
class RunRecord:
    """What cannot be found out again from scan and segments.

    Attributes:
        level: answer of the level finder; None where the slice was chosen by hand.
        slice_index: measured slice, in the order of the volume node's voxels.
        slice_position_lps_mm: center of that slice (LPS, mm).
        software: versions by name.
        models: name, version, hash ... of each model.
        acquisition: facts of the scan, as in ``Volume.acquisition``.
        checksum: of the labels as the program drew them; None until they have been measured.
        estimates: what the run estimated of its own labels.
    """

    level: LevelResult | None
    slice_index: int
    slice_position_lps_mm: tuple[float, float, float]
    software: Mapping[str, str] = field(default_factory=dict)
    models: tuple[Mapping[str, str], ...] = ()
    acquisition: Mapping = field(default_factory=dict)
    checksum: int | None = None
    estimates: Estimates = Estimates()


def record_of_document(document: Mapping, acquisition: Mapping) -> RunRecord:
    """The record in a measurements.json.

    Raises:
        KeyError, TypeError: the document is not one.
    """
    position = tuple(document["slice_position_lps_mm"])
    return RunRecord(
        level=_level(document["level"], document.get("level_finding"), position),
        slice_index=int(document["slice_index"]),
        slice_position_lps_mm=position,
        software=document["software"],
        models=tuple(document["models"]),
        acquisition=acquisition,
        estimates=estimates_of_document(document),
    )


def write_record(segmentation_node, record: RunRecord) -> None:
    """Keep a record with a segmentation node."""
    segmentation_node.SetAttribute(ATTRIBUTE, json.dumps(asdict(record)))


def read_record(segmentation_node) -> RunRecord | None:
    """The record of a segmentation node; None where there is none."""
    text = segmentation_node.GetAttribute(ATTRIBUTE)
    if not text:
        return None
    values = json.loads(text)
    if values["level"]:
        position = tuple(values["level"]["slice_position_lps_mm"] or ()) or None
        values["level"] = LevelResult(**{**values["level"], "slice_position_lps_mm": position})
    values["slice_position_lps_mm"] = tuple(values["slice_position_lps_mm"])
    values["models"] = tuple(values["models"])
    values["estimates"] = estimates_of_values(values.get("estimates"))
    return RunRecord(**values)


def _level(name, finding, position) -> LevelResult | None:
    if finding is None:
        return None
    return LevelResult(
        level=name,
        found=finding["found"],
        slice_index=finding["slice_index"],
        slice_position_lps_mm=position,
        certainty=finding["certainty"],
        reason=finding["reason"],
        vertebrae=finding["vertebrae"],
        transitional=finding.get("transitional", False),
    )
