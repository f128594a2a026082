"""Do arms lie in the field of view?"""

import numpy as np
from scipy import ndimage

from ..results import QualityReason
from .limits import limit
from .reasons import CHECK, NOTE, reason
from .subject import Subject


def arms_in_field(subject: Subject) -> QualityReason | None:
    """Arms beside the trunk, or so close to it that they are taken for a part of it."""
    coarse = subject.coarse
    if _joined(coarse):
        text = "An arm touches the trunk: its fat and muscle may have been counted."
        return reason("ARMS_IN_FIELD", CHECK, text)
    if _apart(coarse):
        text = "Arms lie beside the trunk: they are not counted, but may cast streaks across it."
        return reason("ARMS_IN_FIELD", NOTE, text)
    return None


def _apart(subject: Subject) -> bool:
    """Thick pieces of soft tissue outside of the trunk; tables and cushions are thin or less dense."""
    outside = (subject.hu > limit("arms", "soft_tissue_hu_above")) & ~subject.body
    pieces, count = ndimage.label(subject.opened(outside, limit("arms", "radius_mm")))
    areas_cm2 = ndimage.sum_labels(np.ones_like(pieces), pieces, range(1, count + 1)) * subject.pixel_cm2
    return bool((areas_cm2 >= limit("arms", "area_cm2_min")).any())


def _joined(subject: Subject) -> bool:
    """A part of the body beside the trunk that hangs on it by a narrow bridge."""
    parts, count = ndimage.label(subject.eroded(subject.body, limit("arms", "bridge_mm") / 2))
    if count < 2:
        return False
    areas_cm2 = ndimage.sum_labels(np.ones_like(parts), parts, range(1, count + 1)) * subject.pixel_cm2
    trunk = 1 + int(areas_cm2.argmax())
    columns = np.nonzero((parts == trunk).any(axis=0))[0]
    centers = ndimage.center_of_mass(np.ones_like(parts), parts, range(1, count + 1))
    return any(
        number != trunk and area >= limit("arms", "joined_area_cm2_min") and not columns[0] <= column <= columns[-1]
        for number, (area, (_, column)) in enumerate(zip(areas_cm2, centers, strict=True), start=1)
    )
