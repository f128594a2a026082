"""Metal, and the streaks that it casts."""

import numpy as np
from scipy import ndimage

from ..results import QualityReason
from .limits import limit
from .reasons import CHECK, reason
from .subject import Subject


def metal_in_body(subject: Subject) -> QualityReason | None:
    """Something denser than bone in the body."""
    area_cm2 = float((subject.body & (subject.hu > limit("metal", "hu_above"))).sum() * subject.pixel_cm2)
    if area_cm2 < limit("metal", "area_cm2_min"):
        return None
    text = f"Metal, or contrast as dense ({area_cm2:.1f} cm²), lies in the slice: its streaks change CT numbers."
    return reason("METAL", CHECK, text)


def streaks_across_body(subject: Subject) -> QualityReason | None:
    """Noise that runs in lines across the body, where arms, hips or metal starve the detector."""
    soft = np.abs(subject.smooth_hu) < limit("streaks", "soft_hu_below")
    soft &= subject.depth_mm > limit("streaks", "margin_mm")
    if soft.sum() * subject.pixel_cm2 < limit("streaks", "area_cm2_min"):
        return None
    along, across = (_change_hu(subject, axis, soft) for axis in (1, 0))
    if across <= limit("streaks", "hu_min") or across <= limit("streaks", "ratio_max") * along:
        return None
    return reason("STREAKS", CHECK, "Streaks run across the body: CT numbers and borders are less exact there.")


def _change_hu(subject: Subject, axis: int, where: np.ndarray) -> float:
    """Median absolute change of CT numbers along an axis within the width of a streak, along lines of its length."""
    length = subject.in_pixels(limit("streaks", "length_mm"))[1 - axis]
    lines = ndimage.uniform_filter1d(subject.hu.astype(np.float32), max(1, round(length)), axis=1 - axis)
    width = subject.in_pixels(limit("streaks", "width_mm"))[axis]
    return float(np.median(np.abs(lines - ndimage.gaussian_filter1d(lines, width, axis=axis))[where]))
