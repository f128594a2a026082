"""Is this slice really at the level?"""

import numpy as np

from .finding import CHECK, NOTE, Finding
from .limits import limit
from .subject import Subject


def level_not_confirmed(subject: Subject) -> Finding | None:
    """Level not looked for, not found, or uncertain."""
    level = subject.level
    if level is None:
        return Finding(NOTE, "The slice was chosen by hand: whether it shows L3 was not checked.")
    if not level.found:
        return Finding(CHECK, f"{level.level} was not found in the scan. {level.reason}".strip())
    if level.transitional:
        return Finding(CHECK, level.reason)
    if level.certainty < limit("level", "certainty_min"):
        return Finding(
            CHECK,
            f"{level.level} is uncertain ({100 * level.certainty:.0f} %): look at the sagittal image. {level.reason}",
        )
    return None


def slice_off_level(subject: Subject) -> Finding | None:
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
    return Finding(CHECK, f"The slice lies {distance:.0f} mm from the middle of {level.level}.")


def near_end_of_scan(subject: Subject) -> Finding | None:
    """Without the neighboring vertebrae the level cannot be confirmed."""
    count = subject.volume.array.shape[0]
    if count == 1:
        return Finding(CHECK, "The scan is a single slice: the level cannot be confirmed.")
    below_mm = subject.slice_index * subject.volume.geometry.spacing[2]
    above_mm = (count - 1 - subject.slice_index) * subject.volume.geometry.spacing[2]
    if min(below_mm, above_mm) >= limit("level", "scan_end_mm"):
        return None
    side, rest_mm = ("below", below_mm) if below_mm <= above_mm else ("above", above_mm)
    return Finding(CHECK, f"The scan ends {rest_mm:.0f} mm {side} the slice: the level cannot be confirmed from there.")
