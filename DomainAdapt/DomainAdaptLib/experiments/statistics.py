"""What several seeds say together."""

from dataclasses import dataclass

import numpy as np
from scipy import stats


@dataclass(frozen=True)
class Difference:
    """Paired difference of two variants over seeds.

    Attributes:
        mean: mean difference.
        low, high: its 95 % confidence interval by Student's t; nan with fewer than two seeds.
        positive: number of seeds with a difference above 0.
        seeds: number of seeds.
    """

    mean: float
    low: float
    high: float
    positive: int
    seeds: int


def paired_difference(first: np.ndarray, second: np.ndarray) -> Difference:
    """First minus second value, seed by seed; both of shape (seeds,)."""
    values = np.asarray(first, float) - np.asarray(second, float)
    half = np.nan
    if len(values) > 1:
        half = stats.t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    mean = float(values.mean())
    return Difference(mean, float(mean - half), float(mean + half), int((values > 0).sum()), len(values))


def auroc(good: np.ndarray, bad: np.ndarray) -> float:
    """Probability that a random good case has a higher score than a random bad one; ties count half."""
    ranks = stats.rankdata(np.concatenate([good, bad]))
    return float((ranks[: len(good)].sum() - len(good) * (len(good) + 1) / 2) / (len(good) * len(bad)))
