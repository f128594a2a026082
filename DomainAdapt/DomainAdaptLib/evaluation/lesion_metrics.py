"""How far a predicted mask of lesions is from the outlined one: overlap, volume, and lesion by lesion."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from .metrics import NAN, dice

LEAST_MM3 = 3.0  # parts smaller than this are not counted
_FOUND_SHARE = 0.1
_CORNERS = np.ones((3, 3, 3), bool)


@dataclass(frozen=True)
class LesionAgreement:
    """Figures of one patient.

    Attributes:
        dice: overlap, 0 to 1.
        outlined_ml, predicted_ml: volumes.
        volume_error_percent: predicted minus outlined, in percent of the outlined; nan where nothing is outlined.
        lesions: outlined parts (connected by faces, edges or corners) of ``LEAST_MM3`` at least.
        found: of these, those of which a tenth of the voxels is predicted.
        recall: found by lesions; nan where there are none.
        false_positives: predicted parts of that size at least without any outlined voxel.
    """

    dice: float
    outlined_ml: float
    predicted_ml: float
    volume_error_percent: float
    lesions: int
    found: int
    recall: float
    false_positives: int


def compare_lesions(predicted: np.ndarray, outlined: np.ndarray, voxel_mm3: float) -> LesionAgreement:
    """Figures of two boolean masks (z, y, x)."""
    shares = _covered_shares(outlined, predicted, voxel_mm3)
    found = int((shares >= _FOUND_SHARE).sum())
    true_ml, own_ml = (float(mask.sum() * voxel_mm3 / 1000) for mask in (outlined, predicted))
    return LesionAgreement(
        dice=dice(predicted, outlined),
        outlined_ml=true_ml,
        predicted_ml=own_ml,
        volume_error_percent=100 * (own_ml - true_ml) / true_ml if true_ml else NAN,
        lesions=len(shares),
        found=found,
        recall=found / len(shares) if len(shares) else NAN,
        false_positives=int((_covered_shares(predicted, outlined, voxel_mm3) == 0).sum()),
    )


def _covered_shares(parts: np.ndarray, other: np.ndarray, voxel_mm3: float) -> np.ndarray:
    """Of each part of a mask that is large enough, the share that lies in another mask."""
    numbers, count = ndimage.label(parts, _CORNERS)
    sizes = np.bincount(numbers.ravel(), minlength=count + 1)[1:]
    covered = np.bincount(numbers[other], minlength=count + 1)[1:]
    large = sizes * voxel_mm3 >= LEAST_MM3
    return covered[large] / sizes[large]
