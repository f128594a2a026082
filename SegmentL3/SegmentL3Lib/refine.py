"""From regions to tissues: CT numbers on the native pixels decide, the skin is a rim, the table is none."""

from collections.abc import Callable

import numpy as np
from scipy import ndimage

from .body import body_mask, depth_mm
from .fascia import return_open_fat
from .labels import load_labels
from .measure.tissues import load_tissues
from .pads import drop_pads
from .regions import Region

# Hand-drawn slices leave out a rim of this width as skin, whatever its visible thickness; one pixel where pixels are
# larger, since the outermost one holds skin and air.
SKIN_RIM_MM = 2.0
# What is that much brighter than the median of a patient's muscle, on average over the Gaussian, is kidney, cartilage
# or a vessel with contrast agent; of drawn muscle 0.3 % is, most of it beside bone. The limit is never below
# the first number, since muscles of the back can hold so much fat that the psoas stands out, nor above the second.
_BRIGHTER_BY_HU, _BRIGHT_HU, _BRIGHT_SIGMA_MM = 35.0, (70.0, 95.0), 2.5
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
    return refiner(hu, spacing_yx_mm)(regions)


def refiner(hu: np.ndarray, spacing_yx_mm: tuple[float, float]) -> Callable[[np.ndarray], np.ndarray]:
    """``refine`` for several answers to one slice, whose skin is looked for once only."""
    rimmed = _skin_of(hu, spacing_yx_mm)

    def tissues_of(regions: np.ndarray) -> np.ndarray:
        regions = return_blurred_fat(rimmed(regions), hu)
        regions = drop_bright_muscle(regions, hu, spacing_yx_mm)
        regions = return_open_fat(regions, _in_window(hu, "intermuscular_fat"), hu, spacing_yx_mm)
        return drop_pads(gate(regions, hu), spacing_yx_mm)

    return tissues_of


def with_skin(regions: np.ndarray, hu: np.ndarray, spacing_yx_mm: tuple[float, float]) -> np.ndarray:
    """Regions with the skin as a rim and nothing else refined; arguments as for ``refine``."""
    return _skin_of(hu, spacing_yx_mm)(regions)


def _skin_of(hu: np.ndarray, spacing_yx_mm: tuple[float, float]) -> Callable[[np.ndarray], np.ndarray]:
    """What gives regions the skin of a slice."""
    depth = depth_mm(body_mask(hu, spacing_yx_mm), spacing_yx_mm)
    return lambda regions: apply_skin_rim(regions, depth, rim_mm(spacing_yx_mm))


def rim_mm(spacing_yx_mm: tuple[float, float]) -> float:
    """Width of the rim that is skin: ``SKIN_RIM_MM``, or a pixel."""
    return max(SKIN_RIM_MM, *spacing_yx_mm)


def gate(regions: np.ndarray, hu: np.ndarray) -> np.ndarray:
    """Tissue labels of regions by the CT numbers alone; arguments and result as for ``refine``."""
    values = {label.id: label.value for label in load_labels()}
    tissues = np.zeros(regions.shape, np.uint8)
    for zone, label, window in GATED:
        tissues[np.isin(regions, zone) & _in_window(hu, window)] = values[label]
    for region, label in WHOLE:
        tissues[regions == region] = values[label]
    return tissues


def return_blurred_fat(regions: np.ndarray, hu: np.ndarray) -> np.ndarray:
    """Regions whose muscle does not begin with fat: pixels of fat that touch the fat around a muscle belong to it.

    The border of a muscle falls between pixels, and its outermost ones look like fat.  Counted as fat between muscles
    they would, on drawn slices, add half of it again.
    """
    returned = regions.copy()
    for region, window in ((Region.SUBCUTANEOUS, "subcutaneous_fat"), (Region.VISCERAL, "visceral_fat_150_50")):
        fat = (regions == region) & _in_window(hu, window)
        touching = ndimage.binary_dilation(fat, np.ones((3, 3), bool))
        returned[touching & (returned == Region.MUSCLE) & _in_window(hu, "intermuscular_fat")] = region
    return returned


def drop_bright_muscle(regions: np.ndarray, hu: np.ndarray, spacing_yx_mm: tuple[float, float]) -> np.ndarray:
    """Regions in which what is brighter than the patient's muscle, such as a kidney beside the spine, is "other"."""
    muscle = np.isin(regions, (Region.MUSCLE, Region.INTERMUSCULAR)) & _in_window(hu, "skeletal_muscle")
    if not muscle.any():
        return regions
    limit = np.clip(np.median(hu[muscle]) + _BRIGHTER_BY_HU, *_BRIGHT_HU)
    sigma = _BRIGHT_SIGMA_MM / np.asarray(spacing_yx_mm)
    weight = ndimage.gaussian_filter(muscle.astype(np.float32), sigma)
    total = ndimage.gaussian_filter(np.where(muscle, hu, 0).astype(np.float32), sigma)
    return np.where(muscle & (total > limit * weight), np.uint8(Region.OTHER), regions)


def _in_window(hu: np.ndarray, tissue_id: str) -> np.ndarray:
    """Pixels within the window of a tissue of ``tissues.csv``, both ends included."""
    tissue = next(tissue for tissue in load_tissues() if tissue.id == tissue_id)
    return (hu >= tissue.hu_min) & (hu <= tissue.hu_max)


def apply_skin_rim(regions: np.ndarray, depth: np.ndarray, width_mm: float = SKIN_RIM_MM) -> np.ndarray:
    """Regions with the skin as a rim: "other" inside the rim, subcutaneous instead of "other" just below it.

    There is no rim where the border of the image cuts the body.

    Args:
        regions: ``Region`` values, (y, x).
        depth: below the surface of the body, (y, x), mm, 0 outside of it.
        width_mm: of the rim.
    """
    body = depth > 0
    below = body & (depth <= 2 * width_mm) & (regions == Region.OTHER)
    rimmed = np.where(below, np.uint8(Region.SUBCUTANEOUS), regions)
    rimmed[body & (depth <= width_mm)] = Region.OTHER
    return rimmed
