"""How alike adjacent slices of a segmentation are."""

import numpy as np


def slice_consistency(mask: np.ndarray) -> float | None:
    """Mean Dice of adjacent slices from the first to the last that hold something; None for fewer than two slices.

    A slice that is empty in between has Dice 0 with a neighbor that is not; two empty neighbors are left out. The
    figure depends on shape and slice thickness, so it compares versions of one segmentation, not patients.

    Args:
        mask: boolean, axis 0 across the slices.
    """
    used = np.flatnonzero(mask.any(axis=(1, 2)))
    if len(used) < 2:
        return None
    part = mask[used[0] : used[-1] + 1]
    sizes = part.sum(axis=(1, 2))
    shared = (part[1:] & part[:-1]).sum(axis=(1, 2))
    total = sizes[1:] + sizes[:-1]
    return float((2 * shared[total > 0] / total[total > 0]).mean())
