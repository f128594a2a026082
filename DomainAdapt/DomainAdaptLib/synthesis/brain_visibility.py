"""Which synthetic plaques a reader would outline: those that stand out in FLAIR."""

import numpy as np
from scipy import ndimage

# Nine of ten outlined plaques of two real patients, however small, are brighter than what is around them by this part.
_LEAST_CONTRAST = 0.09
_SURROUNDINGS_MM = 4.0


def invisible_parts(plaques: np.ndarray, lesions: np.ndarray, flair: np.ndarray, voxel_mm: float) -> np.ndarray:
    """Connected parts of plaques that differ from what lies around them too little to be seen.

    Args:
        plaques: boolean (x, y, z).
        lesions: plaques and all other lesions, boolean; no surroundings are taken from them.
        flair: image of the same grid, 0 where there is none.

    Returns:
        Boolean (x, y, z), a part of ``plaques``.
    """
    parts, count = ndimage.label(plaques)
    if not count:
        return np.zeros_like(plaques)
    at = parts[plaques]
    around = _mean_around(flair, (flair != 0) & ~lesions, _SURROUNDINGS_MM / voxel_mm)
    own, other = (np.bincount(at, image[plaques], count + 1) for image in (flair, around))
    seen = np.abs(own - other) >= _LEAST_CONTRAST * other
    return plaques & ~seen[parts]


def _mean_around(image: np.ndarray, counted: np.ndarray, deviation: float) -> np.ndarray:
    weight, total = (
        ndimage.gaussian_filter(values, deviation, truncate=2)
        for values in (counted.astype(np.float32), np.where(counted, image, 0).astype(np.float32))
    )
    return total / np.maximum(weight, 1e-3)
