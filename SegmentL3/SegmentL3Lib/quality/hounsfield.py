"""Are the numbers Hounsfield units?"""

import numpy as np
from scipy import ndimage

from ..results import QualityReason
from .limits import limit
from .reasons import CHECK, UNUSABLE, reason
from .subject import Subject

_FAT_RANGE_HU = (-190, -30)
# Ends where the muscle of lean or swollen bodies outnumbers the fat.
_HISTOGRAM_HU = np.arange(-250, -49, 5)


def not_ct(subject: Subject) -> QualityReason | None:
    """The file says that it is no CT."""
    modality = subject.volume.modality
    if modality in (None, "CT"):
        return None
    return reason("NOT_CT", UNUSABLE, f"The scan is {modality}, not CT: areas by Hounsfield units mean nothing in it.")


def air_off_scale(subject: Subject) -> QualityReason | None:
    """Air around the body has to read about -1000 HU."""
    near_body = ndimage.binary_dilation(subject.body, iterations=3)
    outside = ~near_body & (subject.hu >= limit("field_of_view", "padding_hu_below"))
    if outside.mean() < limit("hounsfield", "outside_share_min"):
        # Where the field of view leaves no air around the body, the gas in the bowel shows whether the scale is right.
        darkest = np.percentile(subject.hu[subject.hu >= limit("field_of_view", "padding_hu_below")], 0.1)
        if abs(darkest - limit("hounsfield", "air_hu")) <= limit("hounsfield", "air_unusable_hu"):
            return None
        return reason(
            "AIR_OFF_SCALE",
            UNUSABLE,
            f"No air was found around the body (lowest value {subject.hu.min():.0f}): "
            "the values are not Hounsfield units, or the image shows only the inside of the body.",
        )
    # The table and its cushion lie outside the body too, so the darker half decides.
    air = float(np.percentile(subject.hu[outside], 25))
    off = abs(air - limit("hounsfield", "air_hu"))
    if off <= limit("hounsfield", "air_tolerance_hu"):
        return None
    text = f"Air around the body reads {air:.0f} HU instead of about -1000 HU"
    if off > limit("hounsfield", "air_unusable_hu"):
        text += ": the values are not Hounsfield units (rescale not applied, or not a CT)."
        return reason("AIR_OFF_SCALE", UNUSABLE, text)
    return reason("AIR_OFF_SCALE", CHECK, f"{text}: the calibration is doubtful, and so are all areas and densities.")


def fat_off_scale(subject: Subject) -> QualityReason | None:
    """The fat of the body has its histogram peak near -100 HU."""
    values = subject.hu[subject.body]
    fat = (values >= _FAT_RANGE_HU[0]) & (values <= _FAT_RANGE_HU[1])
    if values.size == 0 or fat.mean() < limit("hounsfield", "fat_share_min"):
        return None
    counts, edges = np.histogram(values, bins=_HISTOGRAM_HU)
    highest = int(ndimage.gaussian_filter1d(counts.astype(float), 1.0).argmax())
    peak = float(edges[highest : highest + 2].mean())
    if limit("hounsfield", "fat_peak_hu_min") <= peak <= limit("hounsfield", "fat_peak_hu_max"):
        return None
    found = "has no peak" if highest in (0, counts.size - 1) else f"has its peak at {peak:.0f} HU, not"
    return reason(
        "FAT_OFF_SCALE",
        CHECK,
        f"Fat {found} near -100 HU (edema, tube voltage or calibration): "
        "pixels near the ends of the fat and muscle windows may be counted wrongly.",
    )
