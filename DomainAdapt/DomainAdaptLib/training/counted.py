"""Views of real scans in which somebody has counted and marked the discs; a model draws bodies, ribs and pelvis."""

import csv
import itertools
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from SegmentL3Lib.errors import ModelError
from SegmentL3Lib.locate import view_probabilities
from SegmentL3Lib.models import Bundle
from SegmentL3Lib.orientation import to_axial
from SegmentL3Lib.reading import read_volume
from SegmentL3Lib.spine_line import find_spine
from SegmentL3Lib.spine_sequence import VERTEBRAE
from SegmentL3Lib.spine_views import COLUMNS, FRONTAL_COLUMNS, ROW_MM, ROWS_EACH, coarse_volume, image_views

from ..resources import resource_path
from .level_material import LEVEL_CLASSES

_CLASS = {name: number for number, name in enumerate(LEVEL_CLASSES)}
_CHEST = "T10_and_above"
_UPWARD = (*VERTEBRAE, _CHEST)
_LOWEST_FREE_OF_PELVIS = "L3"
_HALF_DISC_MM = 4.0
# Columns of each view in which bodies lie.
_VIEWS = tuple(
    slice(middle - reach, middle + reach)
    for middle, reach in ((FRONTAL_COLUMNS // 2, 10), ((FRONTAL_COLUMNS + COLUMNS) // 2, 24))
)
_USUAL_WIDTH = 75  # percentile of the rows' widths: where bodies are seen badly they are drawn too small
Discs = Sequence[tuple[str, float]]
logger = logging.getLogger(__name__)


def read_level_truth() -> list[dict[str, str]]:
    """Slices of L3 in each scan, counted by eye, from ``Resources/Recipes/level_truth.csv``."""
    return _rows("level_truth.csv")


def read_discs() -> dict[str, Discs]:
    """Discs of each scan, marked by eye: the vertebra above, and mm above the lowest end of the scan; foot to head.

    From ``Resources/Recipes/level_discs.csv``.
    """
    groups = itertools.groupby(_rows("level_discs.csv"), key=lambda row: row["case"])
    return {case: [(row["vertebra_above"], float(row["height_mm"])) for row in rows] for case, rows in groups}


def _rows(name: str) -> list[dict[str, str]]:
    with open(resource_path("Recipes", name), newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def counted_views(data: Path, model: Bundle) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Image (2, z, columns), HU, and classes (z, columns) of each scan with marked discs, by case.

    Raises:
        ModelError: the model finds no spine in any scan.
    """
    result = {}
    for case, discs in read_discs().items():
        axial = to_axial(read_volume(data / case / "ct.nii.gz"))
        coarse = coarse_volume(axial.array, axial.geometry.spacing[::-1])
        views = image_views(coarse, find_spine(coarse))
        guess = _most_probable(view_probabilities(views, model)).repeat(ROWS_EACH, 0)
        if not _bodies(guess).any():
            logger.warning("no spine was found in %s; it is left out", case)
            continue
        result[case] = views, name_bodies(guess[: views.shape[1]], discs)
    if not result:
        raise ModelError("The first weights find no spine in the reference scans; train the first phase longer.")
    return result


def name_bodies(guess: np.ndarray, discs: Discs) -> np.ndarray:
    """Classes, uint8, with a body between every two discs, where and as wide as bodies were drawn.

    Args:
        guess: most probable class of each pixel, (z, columns).
        discs: as ``read_discs`` gives them.
    """
    bodies = _bodies(guess)
    classes = np.where(bodies, 0, guess).astype(np.uint8)
    heights = (np.arange(len(guess)) + 0.5) * ROW_MM
    places = np.array([height for _, height in discs])
    above = [name for name, _ in discs]
    names = [_UPWARD[_UPWARD.index(above[0]) - 1], *above]
    segment = np.searchsorted(places, heights)
    in_disc = np.abs(heights[:, None] - places).min(1) < _HALF_DISC_MM
    classes[_pelvis(classes) & (heights >= _lowest_free_of_pelvis(names, places))[:, None]] = 0
    for columns in _VIEWS:
        middles, widths = _middles_and_widths(bodies[:, columns])
        if not np.isfinite(middles).any():
            continue
        half = np.percentile(widths[widths > 0], _USUAL_WIDTH) / 2
        for number, name in enumerate(names):
            own = segment == number
            if name == _CHEST:  # its bodies are not told apart
                classes[:, columns][own[:, None] & bodies[:, columns]] = _CLASS[name]
                continue
            middle = np.nanmedian(middles[own] if np.isfinite(middles[own]).any() else middles)
            low, high = (columns.start + int(round(middle + side * half)) for side in (-1, 1))
            classes[own & ~in_disc, low:high] = _CLASS[name]
    return classes


def _most_probable(probabilities: Mapping[str, np.ndarray]) -> np.ndarray:
    return np.stack([probabilities[name] for name in LEVEL_CLASSES]).argmax(0)


def _bodies(classes: np.ndarray) -> np.ndarray:
    return (classes >= 1) & (classes <= _CLASS[_CHEST])


def _pelvis(classes: np.ndarray) -> np.ndarray:
    return np.isin(classes, (_CLASS["hip_bone"], _CLASS["sacrum"]))


def _lowest_free_of_pelvis(names: Sequence[str], places: np.ndarray) -> float:
    """Height from which on what looks like the pelvis is contrast in the bowel, mm."""
    free = [number for number, name in enumerate(names) if _UPWARD.index(name) >= _UPWARD.index(_LOWEST_FREE_OF_PELVIS)]
    return 0.0 if free[0] == 0 else places[free[0] - 1]


def _middles_and_widths(drawn: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of the bodies in each row, in columns; nan and 0 where there is none."""
    first, last = drawn.argmax(1), drawn.shape[1] - drawn[:, ::-1].argmax(1)
    seen = drawn.any(1)
    return np.where(seen, (first + last) / 2, np.nan), np.where(seen, last - first, 0)
