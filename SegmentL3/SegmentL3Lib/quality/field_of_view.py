"""Does the field of view cut the body?"""

import numpy as np
from scipy import ndimage

from ..labels import load_labels
from ..measure import load_tissues
from ..results import QualityReason
from .limits import limit
from .reasons import CHECK, UNUSABLE, reason
from .subject import Subject


def field_of_view_cuts_body(subject: Subject) -> QualityReason | None:
    """Body at the image border, at the circular field of view or at padding, with the sides and tissues concerned.

    Arms that stand apart from the trunk are not part of the body mask, so they do not count.
    """
    lengths = _lengths_by_side(_cut(subject), subject.spacing_yx_mm)
    if not lengths:
        return None
    where = " and ".join(f"the patient's {side} over {mm:.0f} mm" for side, mm in lengths.items())
    segments = cut_segments(subject)
    names = [label.name.lower() for label in load_labels() if label.id in segments]
    are = "are" if len(names) > 1 else "is"
    text = f"The field of view cuts the body at {where}: {_listed(names)} {are} too small and not valid"
    if "skeletal_muscle" in segments:
        return reason("FIELD_OF_VIEW_CUT", UNUSABLE, f"{text}.")
    return reason("FIELD_OF_VIEW_CUT", CHECK, f"{text}; muscle does not reach the cut.")


def cut_segments(subject: Subject) -> tuple[str, ...]:
    """Segments of which a part lies outside of the field of view; none where the body is not cut."""
    cut = _cut(subject)
    if not _lengths_by_side(cut, subject.spacing_yx_mm):
        return ()
    # A cut body loses what lies under the skin, even where muscle happens to lie at the cut.
    always = {"subcutaneous_fat"}
    near = ndimage.distance_transform_edt(~cut, sampling=subject.spacing_yx_mm) <= limit("field_of_view", "near_mm")
    values = set(np.unique(subject.labels[near]).tolist())
    return tuple(label.id for label in load_labels() if label.value in values or label.id in always)


def refused_areas(subject: Subject) -> dict[str, str]:
    """Why the areas of cut tissues are not given, by tissue of ``measure.load_tissues``."""
    segments = cut_segments(subject)
    return {
        tissue.id: f"The field of view cuts off a part of {tissue.name.lower()}."
        for tissue in load_tissues()
        if tissue.segment in segments
    }


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
    """Length of the cut on each side where it counts, mm; rows count on the flanks, columns at front and back."""
    rows, columns = np.nonzero(cut)
    down = (rows - (cut.shape[0] - 1) / 2.0) / cut.shape[0]
    across = (columns - (cut.shape[1] - 1) / 2.0) / cut.shape[1]
    flank = np.abs(across) >= np.abs(down)
    row_mm, column_mm = spacing_yx_mm
    lengths = {
        "right": np.unique(rows[flank & (across < 0)]).size * row_mm,
        "left": np.unique(rows[flank & (across > 0)]).size * row_mm,
        "front": np.unique(columns[~flank & (down < 0)]).size * column_mm,
        "back": np.unique(columns[~flank & (down > 0)]).size * column_mm,
    }
    return {side: mm for side, mm in lengths.items() if mm >= limit("field_of_view", "shortest_cut_mm")}


def _cut(subject: Subject) -> np.ndarray:
    return subject.body & field_edge(subject.hu)


def _listed(names: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
