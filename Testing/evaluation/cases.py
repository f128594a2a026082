"""Small cases for the tests of the evaluation: a drawn slice, a scan and what a level finder says of it."""

import numpy as np

from DomainAdaptLib.evaluation.levels import LevelAnswer, LevelScan
from DomainAdaptLib.evaluation.slices import MeasuredSlice
from SegmentL3Lib.results import LevelResult
from SegmentL3Lib.volume import Geometry, Volume

MUSCLE, FAT = 3, 1


def measured_slice(case="a", place="4", group="drawn", shift=0):
    """A square of muscle in fat; the muscle is predicted ``shift`` pixels further down."""
    hu = np.full((60, 60), -1000, np.int16)
    hu[5:55, 5:55] = -100
    drawn = np.where(hu > -500, FAT, 0).astype(np.uint8)
    predicted = drawn.copy()
    drawn[20:30, 20:40] = MUSCLE
    predicted[20 + shift : 30 + shift, 20:40] = MUSCLE
    hu[20:30, 20:40] = 50
    return MeasuredSlice(case, place, group, hu, drawn, 2.0, predicted=predicted)


def level_answer(found_at=None, *, middle=20.0, certainty=0.9, reason="", transitional=False, group="usual"):
    """A scan of slices of 2 mm; ``found_at``: slice that is named, None for a refusal; ``middle``: None for no L3."""
    volume = Volume(np.full((40, 30, 30), 40, np.int16), Geometry(spacing=(4.0, 4.0, 2.0)))
    scan = LevelScan("a", group, volume, middle, None if middle is None else (middle - 7, middle + 7))
    if found_at is None:
        return LevelAnswer(scan, LevelResult("L3", False, None, None, certainty, "not in this scan"))
    places = {"L3": found_at, "L4": found_at - 16}
    index = round(found_at)
    found = LevelResult("L3", True, index, (0.0, 0.0, index * 2.0), certainty, reason, places, transitional)
    return LevelAnswer(scan, found)
