"""How far a segmentation of structures, none of which is a lesion, can be trusted."""

import numpy as np

from ..results import CHECK, UNUSABLE, QualityReason
from ..volume import LabelMap


def structure_reasons(labels: LabelMap) -> list[QualityReason]:
    """What is to be said of the structures that were found.

    Args:
        labels: after postprocessing.
    """
    if not labels.array.any():
        return [_nothing()]
    return [_at_edge()] if any(np.take(labels.array, (0, -1), axis).any() for axis in range(3)) else []


def _nothing() -> QualityReason:
    return QualityReason(
        "NOTHING_FOUND",
        UNUSABLE,
        "None of the structures was found.",
        "Check that the image shows what the task is made for.",
    )


def _at_edge() -> QualityReason:
    return QualityReason(
        "STRUCTURE_AT_EDGE",
        CHECK,
        "What was found reaches the edge of the scan: what lies beyond is not in the volumes.",
        "Use a scan that shows all of it.",
    )
