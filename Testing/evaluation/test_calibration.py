"""Certainty against correctness."""

import math

import pytest

from DomainAdaptLib.evaluation.calibration import EDGES, calibrate


def test_a_certainty_that_means_what_it_says_has_no_calibration_error():
    result = calibrate([0.75] * 4, [True, True, True, False])
    assert result.expected_error == pytest.approx(0)
    assert result.brier == pytest.approx(0.75 * 0.25)


def test_errors_with_full_certainty_count_whole():
    result = calibrate([1.0, 1.0, 1.0, 1.0], [True, False, False, False])
    assert result.expected_error == result.brier == pytest.approx(0.75)


def test_opposite_errors_in_different_bins_do_not_cancel():
    result = calibrate([0.6, 0.96], [True, False])
    assert result.expected_error == pytest.approx((0.4 + 0.96) / 2)


def test_every_answer_lies_in_one_bin_and_borders_belong_to_the_bin_above():
    result = calibrate([0.0, 0.5, 0.95, 1.0], [False, True, True, True])
    assert sum(entry.count for entry in result.bins) == 4
    assert [entry.low for entry in result.bins if entry.count] == [0.0, 0.5, 0.95, 0.99]
    assert [entry.high for entry in result.bins] == list(EDGES[1:])


def test_no_answer_gives_no_figure():
    result = calibrate([], [])
    assert math.isnan(result.brier) and math.isnan(result.expected_error)
    assert not any(entry.count for entry in result.bins)
