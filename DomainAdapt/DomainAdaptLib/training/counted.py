"""Views of real scans whose levels somebody has counted, labeled by a model that is told one vertebra of each."""

import csv
import logging
from pathlib import Path

import numpy as np

from SegmentL3Lib.errors import ModelError
from SegmentL3Lib.locate import row_evidence, view_probabilities
from SegmentL3Lib.models import Bundle
from SegmentL3Lib.orientation import axial_order, to_axial
from SegmentL3Lib.reading import read_volume
from SegmentL3Lib.spine_sequence import SpineReading, read_spine
from SegmentL3Lib.spine_views import VIEW_MM, coarse_volume, find_spine, image_views

from ..resources import resource_path
from .level_material import LEVEL_CLASSES

logger = logging.getLogger(__name__)
_CLASS = {name: number for number, name in enumerate(LEVEL_CLASSES)}
_LOWEST_FREE_OF_PELVIS = ("L3", "L2", "L1", "T12", "T11")


def read_level_truth() -> list[dict[str, str]]:
    """What was counted by eye in each scan, from ``Resources/Recipes/level_truth.csv``."""
    with open(resource_path("Recipes", "level_truth.csv"), newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def counted_views(data: Path, model: Bundle, without: frozenset[str]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Image (2, z, columns), HU, and classes (z, columns) of each counted scan, by case.

    The model says where bodies, ribs and pelvis are; the counted vertebra says what the bodies are called.

    Args:
        without: scans that are left out.

    Raises:
        ModelError: the model finds no spine in any scan.
    """
    result = {}
    for truth in read_level_truth():
        if truth["case"] in without:
            continue
        volume = read_volume(data / truth["case"] / "ct.nii.gz")
        order, axial = axial_order(volume.geometry), to_axial(volume)
        coarse = coarse_volume(axial.array, axial.geometry.spacing[::-1])
        views = image_views(coarse, find_spine(coarse))
        probabilities = view_probabilities(views, model)
        index = order.axial_index(int(truth["known_slice"]), len(axial.array))
        row = (index + 0.5) * axial.geometry.spacing[2] / VIEW_MM - 0.5
        reading = read_spine(row_evidence(probabilities, model), known=(truth["known_level"], row))
        if truth["known_level"] not in reading.middles:
            logger.warning("no spine was found in %s; it is left out", truth["case"])
            continue
        guess = np.stack([probabilities[name] for name in LEVEL_CLASSES]).argmax(0)
        result[truth["case"]] = views, rename_rows(guess, reading)
    if not result:
        raise ModelError("The first weights find no spine in the reference scans; train the first phase longer.")
    return result


def rename_rows(guess: np.ndarray, reading: SpineReading) -> np.ndarray:
    """Classes, uint8, whose vertebral bodies bear the names of a reading.

    Args:
        guess: most probable class of each pixel, (z, columns).
    """
    names = sorted(reading.middles, key=reading.middles.get)
    middles = np.array([reading.middles[name] for name in names])
    borders = (middles[:-1] + middles[1:]) / 2
    rows = np.arange(len(guess))
    row_names = np.array([_CLASS[name] for name in names])[np.searchsorted(borders, rows)]
    height = np.diff(middles).mean() if len(middles) > 1 else 35 / VIEW_MM
    row_names[rows > middles[-1] + 0.6 * height] = _CLASS["T10_and_above"] if names[-1] == "T11" else 0
    row_names[rows < middles[0] - 0.6 * height] = _CLASS["sacrum"] if names[0] == "S1" else 0
    bodies = (guess >= 1) & (guess <= _CLASS["T10_and_above"])
    classes = np.where(bodies, row_names[:, None], guess).astype(np.uint8)
    # Contrast in the bowel can look like hip bone, which never reaches this high.
    high = [reading.middles[name] for name in _LOWEST_FREE_OF_PELVIS if name in reading.middles]
    if high:
        pelvis = np.isin(classes, (_CLASS["hip_bone"], _CLASS["sacrum"])) & (rows[:, None] > min(high))
        classes[pelvis] = 0
    return classes
