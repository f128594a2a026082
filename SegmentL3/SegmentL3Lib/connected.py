"""Connected parts of a mask."""

import numpy as np
from scipy import ndimage


def largest_part(mask: np.ndarray) -> np.ndarray:
    """The largest connected part of a boolean mask of any dimensions (neighbors share a face); empty if the mask is."""
    parts, count = ndimage.label(mask)
    return mask if count < 2 else parts == 1 + np.bincount(parts.ravel())[1:].argmax()
