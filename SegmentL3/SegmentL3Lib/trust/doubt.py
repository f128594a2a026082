"""What several answers of a network say together: maps of doubt, and their masks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from ..refine import refiner
from ..segment import most_probable

ENTROPY, MUTUAL_INFORMATION = "entropy", "mutual_information"


@dataclass(frozen=True, eq=False)
class Doubt:
    """Several answers to one slice, together.

    Attributes:
        masks: tissue labels of each answer, uint8 (answer, y, x).
        maps: "entropy" of the mean probabilities, and "mutual_information": the part of it that comes from the answers
            differing (Gal 2016), both in nats, float32 (y, x).
    """

    masks: np.ndarray
    maps: Mapping[str, np.ndarray]


def gather(answers: Iterable[np.ndarray], hu: np.ndarray, spacing_yx_mm: tuple[float, float]) -> Doubt:
    """Put answers together.

    Args:
        answers: probabilities of the regions, float32 (region, y, x).
        hu: CT numbers of the slice, (y, x).
        spacing_yx_mm: pixel size.
    """
    tissues_of = refiner(hu, spacing_yx_mm)
    masks, total, mean_entropy = [], 0.0, 0.0
    for probabilities in answers:
        masks.append(tissues_of(most_probable(probabilities)))
        total = total + probabilities
        mean_entropy = mean_entropy + entropy(probabilities)
    whole = entropy(total / len(masks))
    between = np.maximum(whole - mean_entropy / len(masks), 0)
    return Doubt(np.stack(masks), {ENTROPY: whole, MUTUAL_INFORMATION: between})


def entropy(probabilities: np.ndarray) -> np.ndarray:
    """Entropy of probabilities, (class, y, x), in nats, float32 (y, x)."""
    return -(probabilities * np.log(np.maximum(probabilities, 1e-12))).sum(0).astype(np.float32)
