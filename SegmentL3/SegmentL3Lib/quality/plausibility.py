"""Can these numbers be true?"""

import numpy as np

from ..measure.tissues import load_tissues
from ..results import QualityReason
from .limits import limit
from .reasons import CHECK, UNUSABLE, reason
from .subject import Subject


def segment_empty(subject: Subject) -> QualityReason | None:
    """A tissue that every body has is missing."""
    areas = subject.measurements.area_cm2
    empty = [name for name in limit("plausibility", "area_cm2") if areas[name] == 0]
    if not empty:
        return None
    effect = UNUSABLE if "skeletal_muscle" in empty else CHECK
    names = _names()
    return reason("TISSUE_MISSING", effect, f"No pixel was found of: {', '.join(names[name] for name in empty)}.")


def area_implausible(subject: Subject) -> QualityReason | None:
    """An area far outside what bodies have."""
    areas, names = subject.measurements.area_cm2, _names()
    odd = [
        f"{names[name]} {areas[name]:.1f} cm² (expected {low:g} to {high:g})"
        for name, (low, high) in limit("plausibility", "area_cm2").items()
        if areas[name] > 0 and not low <= areas[name] <= high
    ]
    return reason("AREA_IMPLAUSIBLE", CHECK, f"Implausible area: {'; '.join(odd)}.") if odd else None


def muscle_density_implausible(subject: Subject) -> QualityReason | None:
    """A mean density that muscle does not have."""
    density = subject.measurements.mean_hu["skeletal_muscle"]
    low, high = limit("plausibility", "muscle_hu")
    if density is None or low <= density <= high:
        return None
    return reason("MUSCLE_DENSITY", CHECK, f"Muscle has a mean of {density:.0f} HU (expected {low:g} to {high:g}).")


def muscle_asymmetric(subject: Subject) -> QualityReason | None:
    """Muscle right and left of the middle of the bone differs a lot."""
    bone, muscle = subject.segment("bone"), subject.segment("skeletal_muscle")
    if not bone.any() or not muscle.any():
        return None
    middle = round(float(np.nonzero(bone)[1].mean()))
    pixel_cm2 = subject.volume.geometry.pixel_area_mm2 / 100.0
    right, left = (float(part.sum()) * pixel_cm2 for part in (muscle[:, :middle], muscle[:, middle:]))
    if abs(right - left) <= limit("plausibility", "asymmetry_max") * (right + left):
        return None
    return reason(
        "MUSCLE_ASYMMETRIC",
        CHECK,
        f"Muscle differs between the sides: {right:.0f} cm² on the patient's right, {left:.0f} cm² on the left "
        "(missed muscle, scoliosis, surgery or rotation).",
    )


def body_width_implausible(subject: Subject) -> QualityReason | None:
    """A body so narrow or wide that the pixel size must be wrong."""
    columns = np.nonzero(subject.body.any(axis=0))[0]
    if columns.size == 0:
        return reason("BODY_WIDTH", UNUSABLE, "No body was found in the slice.")
    width_mm = (columns[-1] - columns[0] + 1) * subject.spacing_yx_mm[1]
    low, high = limit("plausibility", "body_width_mm")
    if low <= width_mm <= high:
        return None
    return reason(
        "BODY_WIDTH",
        CHECK,
        f"The body is {width_mm:.0f} mm wide (expected {low:g} to {high:g} mm): "
        "if the pixel size in the file is wrong, so is every area.",
    )


def _names() -> dict[str, str]:
    return {tissue.id: tissue.name.lower() for tissue in load_tissues()}
