"""Views of real scans named by a counted vertebra."""

import numpy as np
import pytest

from DomainAdaptLib.training.counted import read_level_truth, rename_rows
from DomainAdaptLib.training.level_material import LEVEL_CLASSES
from SegmentL3Lib.spine_sequence import VERTEBRAE, SpineReading, read_spine

CLASS = {name: number for number, name in enumerate(LEVEL_CLASSES)}


def test_bodies_take_the_names_of_the_reading():
    guess = np.zeros((40, 6), np.uint8)
    guess[2:9, 2:4] = CLASS["L4"]
    guess[11:18, 2:4] = CLASS["L3"]
    guess[20:27, 2:4] = CLASS["L2"]
    guess[22:24, 5] = CLASS["rib"]
    reading = SpineReading({"L3": 5.0, "L2": 14.0, "L1": 23.0}, {}, {}, {})
    renamed = rename_rows(guess, reading)
    assert (renamed[2:9, 2] == CLASS["L3"]).all() and (renamed[20:27, 2] == CLASS["L1"]).all()
    assert renamed[22, 5] == CLASS["rib"] and renamed[0, 0] == 0


def test_hip_bone_above_l3_is_contrast_in_the_bowel():
    guess = np.zeros((40, 4), np.uint8)
    guess[3, 0] = guess[30, 0] = CLASS["hip_bone"]
    renamed = rename_rows(guess, SpineReading({"L4": 8.0, "L3": 17.0}, {}, {}, {}))
    assert renamed[3, 0] == CLASS["hip_bone"] and renamed[30, 0] == 0


def test_a_counted_row_without_any_body_names_nothing():
    names = ("sacrum", *VERTEBRAE, "T10_and_above", "rib", "hip_bone")
    evidence = {name: np.zeros(30, np.float32) for name in names}
    evidence["T10_and_above"][:] = 0.9
    assert "L3" not in read_spine(evidence, known=("L3", 12.0)).middles


@pytest.mark.parametrize("truth", read_level_truth(), ids=lambda truth: truth["case"])
def test_the_truth_of_every_scan_is_complete(truth):
    assert truth["known_level"] in VERTEBRAE and int(truth["known_slice"]) >= 0
    if truth["first_slice"]:
        assert int(truth["first_slice"]) <= int(truth["middle_slice"]) <= int(truth["last_slice"])
