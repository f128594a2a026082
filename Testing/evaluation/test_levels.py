"""Answers of the level finder against the truth."""

import inspect
import math

import pytest

from DomainAdaptLib.evaluation.levels import (
    ASKS,
    answer_row,
    calibration_of,
    calibration_text,
    summary_rows,
)
from evaluation.cases import level_answer
from SegmentL3Lib import locate

UNCERTAIN = f"L3 found, but {ASKS}."


def test_a_warning_is_known_by_words_that_the_level_finder_uses():
    assert ASKS in inspect.getsource(locate)


def test_errors_are_millimeters_towards_the_head():
    assert level_answer(22.5).error_mm == pytest.approx(5.0)
    assert level_answer(18.0).error_mm == pytest.approx(-4.0)
    assert math.isnan(level_answer(None).error_mm) and math.isnan(level_answer(20, middle=None).error_mm)


@pytest.mark.parametrize(
    ("item", "outcome"),
    [
        (level_answer(25.0), "right"),
        (level_answer(25.5), "wrong"),
        (level_answer(36.0, reason=UNCERTAIN), "warned"),
        (level_answer(36.0, transitional=True), "warned"),
        (level_answer(20.0, transitional=True), "right"),
        (level_answer(None), "refused"),
        (level_answer(None, middle=None), "right"),
        (level_answer(20.0, middle=None), "wrong"),
        (level_answer(20.0, middle=None, reason=UNCERTAIN), "warned"),
    ],
)
def test_outcomes(item, outcome):
    assert item.outcome == outcome


def test_a_silent_error_is_worse_than_any_other():
    items = [level_answer(36.0), level_answer(38.0, reason=UNCERTAIN), level_answer(None), level_answer(24.0)]
    badness = [item.badness for item in items]
    assert badness == sorted(badness, reverse=True) and len(set(badness)) == 4


def test_groups_are_summed_up_in_their_own_rows():
    rows = [
        answer_row(level_answer(21.0)),
        answer_row(level_answer(23.0, reason=UNCERTAIN)),
        answer_row(level_answer(36.0)),
        answer_row(level_answer(None)),
        answer_row(level_answer(None, middle=None, group="absent")),
    ]
    usual, absent = summary_rows(rows)
    assert (usual["scans"], usual["right"], usual["warned"], usual["refused"], usual["wrong"]) == (4, 2, 1, 1, 1)
    assert usual["right_percent"] == 50 and usual["safe_percent"] == 75
    assert usual["median_error_mm"] == pytest.approx(6.0) and usual["largest_error_mm"] == pytest.approx(32.0)
    assert absent["right_percent"] == 100 and absent["refused"] == 1 and math.isnan(absent["median_error_mm"])


def test_groups_can_be_summed_up_together_too():
    rows = [answer_row(level_answer(21.0, group="L6")), answer_row(level_answer(36.0, group="T13"))]
    assert [row["group"] for row in summary_rows(rows, {"any": ("L6", "T13"), "none": ("other",)})] == [
        "L6",
        "T13",
        "any",
    ]
    assert summary_rows(rows, {"any": ("L6", "T13")})[-1]["right_percent"] == 50


def test_refusals_do_not_count_for_calibration():
    rows = [answer_row(level_answer(20.0, certainty=0.9)), answer_row(level_answer(None, certainty=0.1))]
    result = calibration_of(rows)
    assert sum(entry.count for entry in result.bins) == 1 and result.brier == pytest.approx(0.01)
    assert "Brier score 0.010" in calibration_text(result)
    assert "No slice was named" in calibration_text(calibration_of(rows[1:]))
