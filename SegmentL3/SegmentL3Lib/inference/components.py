"""Connected parts of structures."""

from collections.abc import Collection

import numpy as np
from scipy import ndimage

ALL_NEIGHBORS = np.ones((3, 3, 3), bool)


def keep_largest(labels: np.ndarray, values: Collection[int]) -> None:
    """Erase, in place, all but the largest connected part (26 neighbors) of each of some values.

    Args:
        labels: (z, y, x).
        values: each is taken by itself; those that do not occur stay as they are.
    """
    for value in values:
        parts, count = ndimage.label(labels == value, ALL_NEIGHBORS)
        if count > 1:
            sizes = np.bincount(parts.ravel())
            sizes[0] = 0
            labels[(parts > 0) & (parts != sizes.argmax())] = 0
