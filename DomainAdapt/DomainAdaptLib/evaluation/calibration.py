"""Whether a certainty means what it says: of the answers given with 90 %, nine in ten should be right."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# Narrow at the top, where nearly all answers are.
EDGES = (0.0, 0.5, 0.8, 0.9, 0.95, 0.99, 1.0)


@dataclass(frozen=True)
class Bin:
    """Answers of similar certainty, from ``low`` to ``high``; means are nan where there are none."""

    low: float
    high: float
    count: int
    mean_certainty: float
    share_right: float


@dataclass(frozen=True)
class Calibration:
    """How certainty and correctness agree.

    Attributes:
        bins: the reliability table.
        brier: mean squared difference of certainty and correctness (0 or 1); nan without answers.
        expected_error: mean over the answers of |certainty - share of right answers| of their bin (Guo et al., On
            calibration of modern neural networks, ICML 2017); nan without answers.
    """

    bins: tuple[Bin, ...]
    brier: float
    expected_error: float


def calibrate(certainty: Sequence[float], right: Sequence[bool], edges: Sequence[float] = EDGES) -> Calibration:
    """Compare certainties (0 to 1) with whether the answers were right.

    Args:
        edges: borders of the bins, rising from 0 to 1; a certainty on a border belongs to the bin above, 1 to the last.
    """
    given, true = np.asarray(certainty, float), np.asarray(right, float)
    number = np.clip(np.searchsorted(edges, given, side="right") - 1, 0, len(edges) - 2)
    bins = tuple(
        _bin(low, high, given[number == index], true[number == index])
        for index, (low, high) in enumerate(zip(edges[:-1], edges[1:], strict=True))
    )
    if not len(given):
        return Calibration(bins, float("nan"), float("nan"))
    gaps = [entry.count * abs(entry.mean_certainty - entry.share_right) for entry in bins if entry.count]
    return Calibration(bins, float(np.mean((given - true) ** 2)), float(sum(gaps) / len(given)))


def _bin(low: float, high: float, given: np.ndarray, true: np.ndarray) -> Bin:
    if not len(given):
        return Bin(low, high, 0, float("nan"), float("nan"))
    return Bin(low, high, len(given), float(given.mean()), float(true.mean()))
