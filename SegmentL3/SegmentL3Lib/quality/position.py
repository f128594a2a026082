"""Does the patient lie on the back?"""

import numpy as np
from scipy import ndimage

from ..results import QualityReason
from .limits import limit
from .reasons import CHECK, reason
from .subject import Subject

# Second part of Patient Position (0018,5100), DICOM PS3.3 C.7.3.1.1.2.
_POSITIONS = {"P": "on the belly", "DR": "on the right side", "DL": "on the left side"}
_SIDES = {"front": "on the belly", "right": "on the right side", "left": "on the left side"}


def not_supine(subject: Subject) -> QualityReason | None:
    """Prone or on the side, as the file says, or as spine and table show."""
    stated = str(subject.volume.acquisition.get("patient_position", "")).upper()[2:]
    if stated in _POSITIONS:
        return _finding(f"The file says that the patient lies {_POSITIONS[stated]}")
    if _spine_in_front(subject):
        text = "The spine lies in the front half of the body: the image, or the orientation in its file, is turned."
        return reason("NOT_SUPINE", CHECK, text)
    side = table_side(subject)
    return _finding(f"By the table, the patient lies {_SIDES[side]}") if side in _SIDES else None


def table_side(subject: Subject) -> str | None:
    """Side of the body at which the table lies: "front", "back", "right" or "left"; None where no table is seen."""
    gap = max(1, round(limit("position", "gap_mm") / min(subject.spacing_yx_mm)))
    beside = ~ndimage.binary_dilation(subject.body, iterations=gap)
    table = beside & (subject.hu > limit("position", "table_hu_above"))
    rows, columns = np.nonzero(subject.body)
    if rows.size == 0 or table.sum() * subject.pixel_cm2 < limit("position", "table_area_cm2_min"):
        return None
    beyond = {
        "front": table[: rows.min()],
        "back": table[rows.max() + 1 :],
        "right": table[:, : columns.min()],
        "left": table[:, columns.max() + 1 :],
    }
    row_mm, column_mm = subject.spacing_yx_mm
    lengths = {
        "front": beyond["front"].any(axis=0).sum() * column_mm,
        "back": beyond["back"].any(axis=0).sum() * column_mm,
        "right": beyond["right"].any(axis=1).sum() * row_mm,
        "left": beyond["left"].any(axis=1).sum() * row_mm,
    }
    side = max(lengths, key=lengths.get)
    return side if lengths[side] >= limit("position", "table_mm_min") else None


def _spine_in_front(subject: Subject) -> bool:
    rows = np.nonzero(subject.body.any(axis=1))[0]
    return subject.spine_yx is not None and rows.size > 0 and subject.spine_yx[0] < (rows[0] + rows[-1]) / 2


def _finding(seen: str) -> QualityReason:
    text = f"{seen}: fat and organs shift, and the models have learned from patients on their backs."
    return reason("NOT_SUPINE", CHECK, text)
