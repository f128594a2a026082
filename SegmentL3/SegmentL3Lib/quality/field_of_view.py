"""Does the field of view cut the body?"""

import numpy as np
from scipy import ndimage

from ..results import QualityReason
from .limits import limit
from .reasons import CHECK, UNUSABLE, reason
from .subject import Subject


def field_of_view_cuts_body(subject: Subject) -> QualityReason | None:
    """Body at the image border, at the circular field of view or at padding, with the sides concerned.

    Arms that stand apart from the trunk are not part of the body mask, so they do not count.
    """
    cut = subject.body & field_edge(subject.hu)
    lengths = _lengths_by_side(cut, subject.spacing_yx_mm)
    lengths = {side: mm for side, mm in lengths.items() if mm >= limit("field_of_view", "shortest_cut_mm")}
    if not lengths:
        return None
    where = " and ".join(f"the patient's {side} over {mm:.0f} mm" for side, mm in lengths.items())
    sentence = f"The field of view cuts the body at {where}: subcutaneous fat is too small and not valid"
    if _reaches_muscle(subject, cut):
        sentence += ", and the cut goes through muscle, whose area is not valid either."
        return reason("FIELD_OF_VIEW_CUT", UNUSABLE, sentence)
    return reason("FIELD_OF_VIEW_CUT", CHECK, f"{sentence}; muscle and visceral fat do not reach the cut.")


def field_edge(hu: np.ndarray) -> np.ndarray:
    """Outermost pixels that the scanner reconstructed, boolean (y, x)."""
    edge = np.zeros(hu.shape, bool)
    edge[[0, -1], :] = edge[:, [0, -1]] = True
    edge |= _beside_padding(hu)
    radius = min(hu.shape) / 2.0
    distance = np.hypot(*(axis - (size - 1) / 2.0 for axis, size in zip(np.indices(hu.shape), hu.shape, strict=True)))
    beyond = hu[distance > radius + 1.0]
    # A matrix that is constant outside its inscribed circle was reconstructed inside that circle only.
    if beyond.size and beyond.min() == beyond.max():
        edge |= distance > radius - 1.5
    return edge


def _beside_padding(hu: np.ndarray) -> np.ndarray:
    padding = hu < limit("field_of_view", "padding_hu_below")
    if not padding.any():
        return padding
    parts, _ = ndimage.label(padding)
    at_border = np.unique(np.concatenate([parts[0], parts[-1], parts[:, 0], parts[:, -1]]))
    outer = np.isin(parts, at_border[at_border > 0])
    return ndimage.binary_dilation(outer, np.ones((3, 3), bool), iterations=2) & ~outer


def _lengths_by_side(cut: np.ndarray, spacing_yx_mm: tuple[float, float]) -> dict[str, float]:
    """Length of the cut on each side, mm; rows count on the flanks, columns at front and back."""
    rows, columns = np.nonzero(cut)
    down = (rows - (cut.shape[0] - 1) / 2.0) / cut.shape[0]
    across = (columns - (cut.shape[1] - 1) / 2.0) / cut.shape[1]
    flank = np.abs(across) >= np.abs(down)
    row_mm, column_mm = spacing_yx_mm
    return {
        "right": np.unique(rows[flank & (across < 0)]).size * row_mm,
        "left": np.unique(rows[flank & (across > 0)]).size * row_mm,
        "front": np.unique(columns[~flank & (down < 0)]).size * column_mm,
        "back": np.unique(columns[~flank & (down > 0)]).size * column_mm,
    }


def _reaches_muscle(subject: Subject, cut: np.ndarray) -> bool:
    near_px = max(1, round(limit("field_of_view", "near_mm") / min(subject.spacing_yx_mm)))
    near = ndimage.binary_dilation(cut, np.ones((3, 3), bool), iterations=near_px)
    return bool((near & subject.segment("skeletal_muscle")).any())
