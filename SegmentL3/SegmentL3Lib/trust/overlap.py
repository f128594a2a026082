"""Overlap of masks."""

from collections.abc import Sequence

import numpy as np

NAN = float("nan")


def dice(first: np.ndarray, second: np.ndarray) -> float:
    """Dice overlap of two boolean masks of equal shape; nan if both are empty."""
    total = int(first.sum()) + int(second.sum())
    return 2 * int((first & second).sum()) / total if total else NAN


def intersection_over_union(masks: Sequence[np.ndarray]) -> float:
    """Pixels that all of several boolean masks have, per pixel that any has; nan if all are empty."""
    union = np.logical_or.reduce(masks).sum()
    return float(np.logical_and.reduce(masks).sum() / union) if union else NAN
