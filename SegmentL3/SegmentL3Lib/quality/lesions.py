"""How far a segmentation of lesions can be trusted."""

from collections.abc import Mapping

import numpy as np

from ..results import CHECK, NOTE, QualityReason
from ..tasks import limit
from ..volume import Geometry, LabelMap


def lesion_reasons(labels: LabelMap, values: Mapping[str, int]) -> list[QualityReason]:
    """What is to be said of lesions and of the slices in which they were found.

    Args:
        labels: after postprocessing.
        values: values of the labels that hold lesions, by id.
    """
    lesions = np.isin(labels.array, list(values.values()))
    checks = (_none(lesions), _at_edge(lesions), _thick(labels.geometry))
    return [reason for reason in checks if reason is not None]


def _none(lesions: np.ndarray) -> QualityReason | None:
    if lesions.any():
        return None
    return QualityReason(
        "NO_LESION",
        NOTE,
        "No lesion was found.",
        "Small or faint lesions can be missed: read the scan all the same.",
    )


def _at_edge(lesions: np.ndarray) -> QualityReason | None:
    ends = [np.take(lesions, (0, -1), axis).any() for axis in range(3)]
    if not any(ends):
        return None
    return QualityReason(
        "LESION_AT_EDGE",
        CHECK,
        "A lesion reaches the edge of the scan: what lies beyond is not in its volume and diameters.",
        "Use a scan that shows the whole head, or look whether it is a lesion at all.",
    )


def _thick(geometry: Geometry) -> QualityReason | None:
    thickest = max(geometry.spacing)
    if thickest <= limit("slice_mm_max"):
        return None
    return QualityReason(
        "SLICES_THICK",
        CHECK,
        f"The slices of the first image lie {thickest:.1f} mm apart: small lesions can be missed.",
        "Use a 3D acquisition if there is one.",
    )
