"""Free fluid in the belly, and swollen fat under the skin."""

import numpy as np
from scipy import ndimage

from ..results import QualityReason
from .contrast import has_contrast
from .limits import limit
from .reasons import CHECK, reason
from .subject import Subject


def ascites(subject: Subject) -> QualityReason | None:
    """Much tissue of the density of water that is no bowel, and that lies along the wall of the belly.

    Without contrast organs read like fluid; but none of them lies on both sides.
    """
    scan = subject.coarse
    inside_mm = ndimage.distance_transform_edt(_inside_muscle(scan), sampling=scan.spacing_yx_mm)
    low, high = limit("fluid", "water_hu")
    water = (scan.labels == 0) & (inside_mm > 0) & (scan.hu >= low) & (scan.hu <= high)
    right_cm2, left_cm2 = _areas_by_side(scan, scan.opened(water, limit("fluid", "radius_mm")))
    if right_cm2 + left_cm2 < limit("fluid", "ascites_cm2_min"):
        return None
    if min(right_cm2, left_cm2) < limit("fluid", "side_cm2_min") and not has_contrast(subject):
        return None
    if _share_at_wall(scan, inside_mm) < limit("fluid", "wall_share_min"):
        return None
    area_cm2 = right_cm2 + left_cm2
    text = f"About {area_cm2:.0f} cm² in the belly look like free fluid: bowel and visceral fat are less exact."
    return reason("ASCITES", CHECK, text)


def edema(subject: Subject) -> QualityReason | None:
    """Tissue just under the skin that is denser than fat."""
    low_mm, high_mm = limit("fluid", "subcutaneous_mm")
    band = subject.smooth_hu[(subject.depth_mm > low_mm) & (subject.depth_mm <= high_mm)]
    if band.size * subject.pixel_cm2 < limit("fluid", "subcutaneous_cm2_min"):
        return None
    share = float((band > limit("fluid", "swollen_hu_above")).mean())
    if share < limit("fluid", "swollen_share_min"):
        return None
    text = (
        f"{100 * share:.0f} % of what lies just under the skin is denser than fat (edema, or a very lean patient): "
        "subcutaneous fat is less exact."
    )
    return reason("EDEMA", CHECK, text)


def _areas_by_side(scan: Subject, mask: np.ndarray) -> tuple[float, float]:
    """Area of a mask right and left of the spine, cm2."""
    middle = round(scan.spine_yx[1]) if scan.spine_yx else mask.shape[1] // 2
    return tuple(float(part.sum()) * scan.pixel_cm2 for part in (mask[:, :middle], mask[:, middle:]))


def _share_at_wall(scan: Subject, inside_mm: np.ndarray) -> float:
    """Share of the layer under the front and side walls that is neither fat nor bowel, 0 to 1."""
    near_mm, far_mm = limit("fluid", "wall_layer_mm")
    layer = (inside_mm > near_mm) & (inside_mm <= far_mm)
    if scan.spine_yx is not None:
        layer[int(scan.spine_yx[0]) :] = False
    if not layer.any():
        return 0.0
    low, high = limit("fluid", "soft_hu")
    return float(((scan.labels == 0) & (scan.hu > low) & (scan.hu < high))[layer].mean())


def _inside_muscle(scan: Subject) -> np.ndarray:
    """What the muscles of the wall enclose, gaps between them bridged."""
    gap_mm = limit("fluid", "wall_gap_mm")
    wall = scan.segment("skeletal_muscle") | scan.segment("bone")
    near = ndimage.distance_transform_edt(~wall, sampling=scan.spacing_yx_mm) <= gap_mm
    return scan.eroded(ndimage.binary_fill_holes(near), gap_mm) & ~wall & scan.body
