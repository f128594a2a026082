"""How far a predicted mask of one slice is from the drawn one: overlap, area, CT numbers, distance of the borders."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from SegmentL3Lib.trust.overlap import dice

NAN = float("nan")


@dataclass(frozen=True)
class Agreement:
    """Predicted against drawn mask of one tissue in one slice; a figure that cannot be computed is nan.

    Attributes:
        dice: overlap, 0 to 1; nan where both masks are empty.
        drawn_cm2: area of the drawn mask.
        area_error_cm2: predicted minus drawn area.
        area_error_percent: the same in percent of the drawn area; nan where nothing is drawn.
        hu_error: mean CT number of the predicted mask minus that of the drawn one, HU; nan where one is empty.
        surface_mm: mean distance of the borders, both ways; nan where a mask is empty.
        hausdorff95_mm: 95th percentile of that distance, the larger of both ways; nan where a mask is empty.
    """

    dice: float
    drawn_cm2: float
    area_error_cm2: float
    area_error_percent: float
    hu_error: float
    surface_mm: float
    hausdorff95_mm: float


def compare_masks(predicted: np.ndarray, drawn: np.ndarray, hu: np.ndarray, spacing_yx_mm) -> Agreement:
    """All figures of one tissue in one slice.

    Args:
        predicted, drawn: boolean, (y, x).
        hu: CT numbers of the same pixels.
        spacing_yx_mm: pixel size.
    """
    pixel_cm2 = spacing_yx_mm[0] * spacing_yx_mm[1] / 100
    drawn_cm2, error_cm2 = drawn.sum() * pixel_cm2, (predicted.sum() - float(drawn.sum())) * pixel_cm2
    surface_mm, hausdorff95_mm = surface_distances(predicted, drawn, spacing_yx_mm)
    both = predicted.any() and drawn.any()
    return Agreement(
        dice=dice(predicted, drawn),
        drawn_cm2=float(drawn_cm2),
        area_error_cm2=float(error_cm2),
        area_error_percent=float(100 * error_cm2 / drawn_cm2) if drawn_cm2 else NAN,
        hu_error=float(hu[predicted].mean() - hu[drawn].mean()) if both else NAN,
        surface_mm=surface_mm,
        hausdorff95_mm=hausdorff95_mm,
    )


def surface_distances(first: np.ndarray, second: np.ndarray, spacing_yx_mm) -> tuple[float, float]:
    """Mean symmetric distance of the borders of two masks, and its 95 % Hausdorff distance, mm.

    A border is the mask's pixels with a neighbor (by an edge) outside; the mean runs over the pixels of both borders.
    So ``monai.metrics`` have it.  Both are nan where a mask is empty.

    Args:
        first, second: boolean, (y, x).
        spacing_yx_mm: pixel size.
    """
    if not first.any() or not second.any():
        return NAN, NAN
    window = _around(first | second)
    borders = _border(first[window]), _border(second[window])
    there = _distance_to(borders[1], spacing_yx_mm)[borders[0]]
    back = _distance_to(borders[0], spacing_yx_mm)[borders[1]]
    mean = np.concatenate([there, back]).mean()
    return float(mean), float(max(np.percentile(there, 95), np.percentile(back, 95)))


def _around(mask: np.ndarray) -> tuple[slice, slice]:
    return ndimage.find_objects(mask.astype(np.uint8))[0]


def _border(mask: np.ndarray) -> np.ndarray:
    return mask & ~ndimage.binary_erosion(mask)


def _distance_to(border: np.ndarray, spacing_yx_mm) -> np.ndarray:
    return ndimage.distance_transform_edt(~border, sampling=spacing_yx_mm)
