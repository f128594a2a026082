"""How far a segmentation of structures, none of which is a lesion, can be trusted."""

from collections.abc import Sequence

import numpy as np

from ..results import CHECK, UNUSABLE, QualityReason
from ..structure_volumes import StructureVolume
from ..tasks import Task, volume_limits
from ..volume import LabelMap


def structure_reasons(task: Task, labels: LabelMap, volumes: Sequence[StructureVolume]) -> list[QualityReason]:
    """What is to be said of the structures that were found.

    Args:
        task: what was done.
        labels: after postprocessing.
        volumes: of the structures.
    """
    if not labels.array.any():
        return [_nothing()]
    return [reason for reason in (_size(task, volumes), _at_edge(labels)) if reason is not None]


def _nothing() -> QualityReason:
    return QualityReason(
        "NOTHING_FOUND",
        UNUSABLE,
        "None of the structures was found.",
        "Check that the image shows what the task is made for.",
    )


def _size(task: Task, volumes: Sequence[StructureVolume]) -> QualityReason | None:
    total = sum(volume.volume_ml for volume in volumes)
    limits = volume_limits(task)
    if limits and not limits[0] <= total <= limits[1]:
        return QualityReason(
            "SIZE_IMPLAUSIBLE",
            UNUSABLE,
            f"All structures together have {total:.0f} ml, which is not the size of what this task is made for.",
            "Check that the image shows what the task is made for, and its voxel size.",
        )
    return None


def _at_edge(labels: LabelMap) -> QualityReason | None:
    if not any(np.take(labels.array, (0, -1), axis).any() for axis in range(3)):
        return None
    return QualityReason(
        "STRUCTURE_AT_EDGE",
        CHECK,
        "What was found reaches the edge of the scan: what lies beyond is not in the volumes.",
        "Use a scan that shows all of it.",
    )
