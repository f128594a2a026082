"""Was contrast given?"""

from collections.abc import Mapping

import numpy as np
from scipy import ndimage

from ..measure import contrast_given
from ..results import QualityReason
from .limits import limit
from .reasons import NOTE, reason
from .subject import Subject

_RAISES = "contrast raises muscle density by about 7 HU, so cut-offs for density do not hold, and areas change little"


def contrast_in_scan(subject: Subject) -> QualityReason | None:
    """Intravenous contrast, as the file says or as the vessels show."""
    if contrast_given(subject.volume.acquisition):
        return reason("CONTRAST", NOTE, f"The file says that contrast was given: {_RAISES}.")
    vessel_hu = brightest_vessel_hu(subject)
    if vessel_hu is None:
        return None
    return reason("CONTRAST", NOTE, f"Vessels or kidneys read {vessel_hu:.0f} HU: {_RAISES}.")


def brightest_vessel_hu(subject: Subject) -> float | None:
    """Mean CT number of the largest vessel or piece of kidney in front of the spine that is brighter than blood.

    Returns:
        HU; None where there is none, which does not mean that no contrast was given.
    """
    coarse = subject.coarse
    if coarse.spine_yx is None:
        return None
    bright = coarse.hu >= limit("contrast", "vessel_hu_min")
    bright &= (coarse.labels == 0) & coarse.body & _near_spine(coarse) & ~_beside_dense(coarse)
    pieces, count = ndimage.label(coarse.opened(bright, limit("contrast", "vessel_radius_mm")))
    if count == 0:
        return None
    areas_cm2 = ndimage.sum_labels(np.ones_like(pieces), pieces, range(1, count + 1)) * coarse.pixel_cm2
    if areas_cm2.max() < limit("contrast", "vessel_area_cm2_min"):
        return None
    return float(coarse.hu[pieces == 1 + int(areas_cm2.argmax())].mean())


def has_contrast(subject: Subject) -> bool:
    """Whether the file says that contrast was given, or the vessels show it."""
    return bool(contrast_given(subject.volume.acquisition)) or brightest_vessel_hu(subject) is not None


def with_contrast_seen(acquisition: Mapping, subject: Subject) -> Mapping:
    """Facts of the scan, with contrast where the file does not say it but the vessels show it."""
    seen = contrast_given(acquisition) is None and brightest_vessel_hu(subject) is not None
    return {**acquisition, "contrast": True} if seen else acquisition


def _near_spine(subject: Subject) -> np.ndarray:
    """Pixels in front of the middle of the bone and near it: aorta, vena cava and the kidneys' lower poles."""
    rows, columns = np.indices(subject.hu.shape)
    down_mm = (rows - subject.spine_yx[0]) * subject.spacing_yx_mm[0]
    across_mm = (columns - subject.spine_yx[1]) * subject.spacing_yx_mm[1]
    return (down_mm < 0) & (np.hypot(down_mm, across_mm) <= limit("contrast", "reach_mm"))


def _beside_dense(subject: Subject) -> np.ndarray:
    """Bone and bowel with a margin: cartilage, discs and bowel with oral contrast are bright without any in veins."""
    dense = subject.segment("bone") | subject.segment("bowel")
    return ndimage.distance_transform_edt(~dense, sampling=subject.spacing_yx_mm) <= limit("contrast", "margin_mm")
