"""From what can be seen of a mask to the Dice and the area that a reader's mask would have, each with an interval."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from ..errors import ModelError
from ..labels import load_labels
from ..resources import resource_path
from ..results import StructureQuality
from .evidence import FIGURES
from .trees import Trees

SHIPPED = ("Trust", "estimator.json")
# Figures whose mean over all structures of the mask counts for each of them too.
SHARED = ("reverse_best_three", "atlas_dice", "samples_dice", "plausibility")

# From its lower to its upper end an interval of an area may grow so many times; wider ones tell nothing.
_WIDEST = 4.0


@dataclass(frozen=True)
class Band:
    """Errors of estimates of one structure in a range of estimated Dice, on patients it has not learned from.

    Attributes:
        dice_from: lower end of the range, which reaches to the next band.
        dice_error: what is added to the estimate to get the ends of its interval.
        area_ratio: what the measured area is multiplied by to get the ends of its interval.
    """

    dice_from: float
    dice_error: tuple[float, float]
    area_ratio: tuple[float, float]


@dataclass(frozen=True, eq=False)
class Estimator:
    """Regression trees, and how wrong they are.

    Attributes:
        trees: from ``inputs`` to Dice.
        bands: by structure, from the lowest range to the highest; the first begins at 0.
        coverage: share of results whose true value lies within the interval.
        expected: lowest estimate, by structure, that results of undisturbed slices usually get.
    """

    trees: Trees
    bands: Mapping[str, tuple[Band, ...]]
    coverage: float
    expected: Mapping[str, float]

    def estimate(
        self, figures: np.ndarray, areas_cm2: Sequence[float], agreement: Sequence[float]
    ) -> tuple[StructureQuality, ...]:
        """Quality of each structure of one mask.

        Args:
            figures: of ``evidence.gather_evidence``, float (label of ``load_labels``, figure).
            areas_cm2: area of each structure.
            agreement: overlap of the samples of each structure.

        Returns:
            One entry for each label of ``load_labels``; nothing is estimated of a structure that is not in the mask,
            and no interval is given for an area of which hardly anything is known.
        """
        estimates = np.clip(self.trees(inputs(figures)), 0, 1)
        return tuple(
            self._quality(label.id, float(estimates[row]), areas_cm2[row], agreement[row])
            if areas_cm2[row]
            else StructureQuality(label.id)
            for row, label in enumerate(load_labels())
        )

    def _quality(self, structure: str, dice: float, area_cm2: float, agreement: float) -> StructureQuality:
        band = band_of(self.bands[structure], dice)
        low, high = (float(np.clip(dice + error, 0, 1)) for error in band.dice_error)
        known = band.area_ratio[1] <= _WIDEST * band.area_ratio[0]
        area = tuple(float(area_cm2 * ratio) for ratio in band.area_ratio) if known else None
        return StructureQuality(structure, dice, (low, high), area, float(agreement))


def inputs(figures: np.ndarray) -> np.ndarray:
    """What the trees look at, float (label of ``load_labels``, column): see ``input_names``."""
    labels = len(load_labels())
    shared = [FIGURES.index(name) for name in SHARED]
    present = ~np.isnan(figures[:, 0])
    means = figures[present][:, shared].mean(0) if present.any() else np.zeros(len(shared))
    return np.column_stack([np.nan_to_num(figures), np.tile(means, (labels, 1)), np.eye(labels)])


def input_names() -> tuple[str, ...]:
    """Names of the columns of ``inputs``."""
    return (*FIGURES, *(f"mean_{name}" for name in SHARED), *(label.id for label in load_labels()))


def band_of(bands: Sequence[Band], dice: float) -> Band:
    """The band that an estimate lies in."""
    return next(band for band in reversed(bands) if dice >= band.dice_from)


@cache
def shipped_estimator() -> Estimator:
    """The estimator that comes with the extension.

    Raises:
        ModelError: its file is damaged or missing.
    """
    return read_estimator(resource_path(*SHIPPED))


def read_estimator(path: Path) -> Estimator:
    """Read an estimator's file.

    Raises:
        ModelError: it is missing, damaged, or made for other figures.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if tuple(content["inputs"]) != input_names():
            raise ValueError("made for other figures")
        trees = Trees.from_mapping(content["trees"])
        if not 0 <= trees.columns.min() <= trees.columns.max() < len(input_names()):
            raise ValueError("a tree asks for a figure that is not there")
        bands = {label.id: _read_bands(content["bands"][label.id]) for label in load_labels()}
        expected = {label.id: float(content["expected"][label.id]) for label in load_labels()}
        return Estimator(trees, bands, float(content["coverage"]), expected)
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise ModelError(f"The estimator of quality {path.name} is damaged; install the extension again.") from error


def _read_bands(content: Sequence[Mapping]) -> tuple[Band, ...]:
    if content[0]["dice_from"] != 0:
        raise ValueError("the bands do not begin at 0")
    return tuple(
        Band(float(band["dice_from"]), _pair(band["dice_error"]), _pair(band["area_ratio"])) for band in content
    )


def _pair(values: Sequence[float]) -> tuple[float, float]:
    low, high = values
    return float(low), float(high)
