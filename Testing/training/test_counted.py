"""Views of real scans named by the discs that somebody has marked."""

import itertools

import numpy as np
import pytest

from DomainAdaptLib.training.counted import name_bodies, read_discs, read_level_truth
from DomainAdaptLib.training.level_material import LEVEL_CLASSES
from DomainAdaptLib.training.recipe import read_recipe
from SegmentL3Lib.spine_sequence import VERTEBRAE
from SegmentL3Lib.spine_views import COLUMNS, FRONTAL_COLUMNS, ROW_MM

CLASS = {name: number for number, name in enumerate(LEVEL_CLASSES)}
ROWS = 80
MIDDLE = FRONTAL_COLUMNS // 2
SIDE = (FRONTAL_COLUMNS + COLUMNS) // 2


def drawn(name="L4", rows=slice(0, ROWS)):
    """What a model draws: one long body, in both views."""
    guess = np.zeros((ROWS, COLUMNS), np.uint8)
    guess[rows, MIDDLE - 6 : MIDDLE + 6] = guess[rows, SIDE - 4 : SIDE + 4] = CLASS[name]
    return guess


def row(height_mm):
    return int(height_mm / ROW_MM)


def test_there_is_a_body_with_the_right_name_between_every_two_discs():
    named = name_bodies(drawn(), [("L3", 40.0), ("L2", 76.0), ("L1", 112.0)])
    for height, name in ((20, "L4"), (58, "L3"), (94, "L2"), (130, "L1")):
        for column in (MIDDLE, SIDE):
            assert named[row(height), column] == CLASS[name]
    assert not named[row(40), MIDDLE] and not named[row(76), SIDE]
    assert not named[:, MIDDLE + 7].any() and not named[:, SIDE + 5].any()


def test_a_body_that_was_hardly_seen_gets_the_usual_width():
    guess = drawn()
    guess[20:36] = 0
    guess[28, MIDDLE - 1 : MIDDLE + 1] = CLASS["L3"]
    named = name_bodies(guess, [("L3", 40.0), ("L2", 76.0)])
    assert (named[24, MIDDLE - 6 : MIDDLE + 6] == CLASS["L3"]).all()
    assert (named[24, SIDE - 4 : SIDE + 4] == CLASS["L3"]).all()


def test_the_chest_stays_as_it_was_drawn():
    guess = drawn("T12")
    guess[60:, MIDDLE - 6] = 0
    guess[70, 5] = CLASS["rib"]
    named = name_bodies(guess, [("T11", 40.0), ("T10_and_above", 72.0)])
    assert named[70, MIDDLE] == CLASS["T10_and_above"] and not named[70, MIDDLE - 6]
    assert named[70, 5] == CLASS["rib"]


def test_a_pelvis_above_l4_is_contrast_in_the_bowel():
    guess = drawn()
    guess[6, 5] = guess[40, 5] = CLASS["hip_bone"]
    named = name_bodies(guess, [("L3", 40.0), ("L2", 76.0)])
    assert named[6, 5] == CLASS["hip_bone"] and named[40, 5] == 0
    assert not name_bodies(guess, [("L1", 40.0)])[:, 5].any()


def test_a_view_in_which_no_body_was_drawn_stays_empty():
    guess = drawn()
    guess[:, FRONTAL_COLUMNS:] = 0
    named = name_bodies(guess, [("L3", 40.0)])
    assert named[5, MIDDLE] == CLASS["L4"] and not named[:, FRONTAL_COLUMNS:].any()


@pytest.mark.parametrize(("case", "discs"), read_discs().items())
def test_discs_are_marked_from_the_foot_without_gaps(case, discs):
    names = [name for name, _ in discs]
    upward = [*VERTEBRAE, "T10_and_above"]
    assert names == upward[upward.index(names[0]) : upward.index(names[-1]) + 1]
    heights = [height for _, height in discs]
    assert all(20 <= upper - lower <= 45 for lower, upper in itertools.pairwise(heights))


def test_every_scan_with_marked_discs_is_measured():
    measured = [case for cases in read_recipe("l3_level_2d")["measured"].values() for case in cases]
    assert set(read_discs()) <= set(measured) == {truth["case"] for truth in read_level_truth()}


@pytest.mark.parametrize("truth", read_level_truth(), ids=lambda truth: truth["case"])
def test_the_slices_of_l3_are_in_order(truth):
    if not truth["first_slice"]:
        assert "L3" not in dict(read_discs().get(truth["case"], ()))
        return
    assert int(truth["first_slice"]) <= int(truth["middle_slice"]) <= int(truth["last_slice"])
