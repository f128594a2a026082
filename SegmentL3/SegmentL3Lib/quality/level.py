"""Is this slice really at the level?"""

import numpy as np

from ..results import QualityReason
from .limits import limit
from .reasons import CHECK, NOTE, reason
from .subject import Subject


def level_not_confirmed(subject: Subject) -> QualityReason | None:
    """Level not looked for, not found, or uncertain."""
    level = subject.level
    if level is None:
        return reason("LEVEL_BY_HAND", NOTE, "The slice was chosen by hand: whether it shows L3 was not checked.")
    if not level.found:
        return reason("LEVEL_NOT_FOUND", CHECK, f"{level.level} was not found in the scan. {level.reason}".strip())
    if level.transitional:
        return reason("LEVEL_TRANSITIONAL", CHECK, level.reason)
    if level.certainty < limit("level", "certainty_min"):
        return reason(
            "LEVEL_UNCERTAIN",
            CHECK,
            f"{level.level} is uncertain ({100 * level.certainty:.0f} %): look at the sagittal image. {level.reason}",
        )
    return None


def slice_off_level(subject: Subject) -> QualityReason | None:
    """The slice lies apart from the level that was found."""
    level = subject.level
    if level is None or not level.found or level.slice_position_lps_mm is None:
        return None
    geometry = subject.volume.geometry
    rows, columns = subject.hu.shape
    center = geometry.index_to_lps(((columns - 1) / 2, (rows - 1) / 2, subject.slice_index))
    distance = float(abs(np.subtract(center, level.slice_position_lps_mm) @ geometry.matrix[:, 2]))
    if distance <= limit("level", "distance_mm_max"):
        return None
    return reason("SLICE_OFF_LEVEL", CHECK, f"The slice lies {distance:.0f} mm from the middle of {level.level}.")


def near_end_of_scan(subject: Subject) -> QualityReason | None:
    """Without the neighboring vertebrae the level cannot be confirmed."""
    count = subject.volume.array.shape[0]
    if count == 1:
        return reason("SINGLE_SLICE", CHECK, "The scan is a single slice: the level cannot be confirmed.")
    below_mm = subject.slice_index * subject.volume.geometry.spacing[2]
    above_mm = (count - 1 - subject.slice_index) * subject.volume.geometry.spacing[2]
    if min(below_mm, above_mm) >= limit("level", "scan_end_mm"):
        return None
    side, rest_mm = ("below", below_mm) if below_mm <= above_mm else ("above", above_mm)
    text = f"The scan ends {rest_mm:.0f} mm {side} the slice: the level cannot be confirmed from there."
    return reason("SCAN_ENDS", CHECK, text)
