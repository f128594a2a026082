"""The conditional random field on the result of a network: only where the result may change."""

from collections.abc import Mapping, Sequence

import numpy as np
from scipy import ndimage

from ..volume import Volume
from .mean_field import CrfParameters, dense_crf


def refine_with_crf(
    probabilities: np.ndarray, images: Sequence[Volume], parameters: Mapping[str, float]
) -> np.ndarray:
    """Probabilities refined by the gray values of all images.

    Voxels that are background for sure, and further than ``reach_mm`` from any that is not, are left out.

    Args:
        probabilities: float32 (class, z, y, x), the background first.
        images: on the same voxels; one that is 0 everywhere is not looked at.
        parameters: those of ``CrfParameters``; ``least_probability`` of the structures from which on a voxel is not
            background for sure; ``reach_mm``.

    Returns:
        float32 (class, z, y, x).
    """
    spacing_mm = images[0].geometry.spacing[::-1]
    contrasts = [image.array for image in images if np.any(image.array)]
    own = {name: value for name, value in parameters.items() if name not in ("least_probability", "reach_mm")}
    doubtful = probabilities[0] < 1 - parameters["least_probability"]
    mask = _around(doubtful, spacing_mm, parameters["reach_mm"])
    if contrasts:
        mask &= np.any([contrast != 0 for contrast in contrasts], axis=0)
    return dense_crf(probabilities, contrasts, mask, spacing_mm, CrfParameters(**own))


def _around(mask: np.ndarray, spacing_mm: Sequence[float], reach_mm: float) -> np.ndarray:
    """Voxels within a distance of a mask."""
    if not mask.any():
        return mask
    return ndimage.distance_transform_edt(~mask, sampling=spacing_mm) <= reach_mm
