"""From regions to tissues: CT numbers on the native pixels decide, and the skin is a rim of fixed width."""

import numpy as np

from .body import body_mask, depth_mm
from .labels import load_labels
from .measure.tissues import load_tissues
from .regions import Region

# Hand-drawn slices leave out a rim of this width as skin, whatever its visible thickness.
SKIN_RIM_MM = 2.0
# Tissue of each region, with the row of tissues.csv that holds its window; bowel and bone are taken whole.
GATED = (
    ((Region.SUBCUTANEOUS,), "subcutaneous_fat", "subcutaneous_fat"),
    ((Region.VISCERAL,), "visceral_fat", "visceral_fat_150_50"),
    ((Region.MUSCLE, Region.INTERMUSCULAR), "skeletal_muscle", "skeletal_muscle"),
    ((Region.MUSCLE, Region.INTERMUSCULAR), "intermuscular_fat", "intermuscular_fat"),
)
WHOLE = ((Region.BONE, "bone"), (Region.BOWEL, "bowel"))


def refine(regions: np.ndarray, hu: np.ndarray, spacing_yx_mm: tuple[float, float]) -> np.ndarray:
    """Tissue labels of a slice.

    Args:
        regions: ``Region`` values, (y, x).
        hu: raw CT numbers of the same pixels.
        spacing_yx_mm: pixel size.

    Returns:
        Values of ``labels.load_labels``, uint8 (y, x); 0 where a pixel is no measured tissue.
    """
    return gate(apply_skin_rim(regions, hu, spacing_yx_mm), hu)


def gate(regions: np.ndarray, hu: np.ndarray) -> np.ndarray:
    """Tissue labels of regions by the CT numbers alone; arguments and result as for ``refine``."""
    values = {label.id: label.value for label in load_labels()}
    windows = {tissue.id: (tissue.hu_min, tissue.hu_max) for tissue in load_tissues()}
    tissues = np.zeros(regions.shape, np.uint8)
    for zone, label, window in GATED:
        low, high = windows[window]
        tissues[np.isin(regions, zone) & (hu >= low) & (hu <= high)] = values[label]
    for region, label in WHOLE:
        tissues[regions == region] = values[label]
    return tissues


def apply_skin_rim(regions: np.ndarray, hu: np.ndarray, spacing_yx_mm: tuple[float, float]) -> np.ndarray:
    """Regions with the skin as a rim of 2 mm: "other" inside the rim, subcutaneous instead of "other" just below it.

    There is no rim where the border of the image cuts the body, and none at all in pixels of 2 mm and more.
    """
    if max(spacing_yx_mm) >= SKIN_RIM_MM:
        return regions
    body = body_mask(hu, spacing_yx_mm)
    depth = depth_mm(body, spacing_yx_mm)
    below = body & (depth <= 2 * SKIN_RIM_MM) & (regions == Region.OTHER)
    rimmed = np.where(below, np.uint8(Region.SUBCUTANEOUS), regions)
    rimmed[body & (depth <= SKIN_RIM_MM)] = Region.OTHER
    return rimmed
