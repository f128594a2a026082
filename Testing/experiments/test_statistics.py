"""Figures over several seeds."""

import numpy as np
import pytest

from DomainAdaptLib.experiments.statistics import auroc, paired_difference


def test_the_paired_difference_has_the_interval_of_students_t():
    found = paired_difference(np.array([3.0, 5.0, 4.0]), np.array([1.0, 2.0, 4.0]))
    assert found.mean == pytest.approx(5 / 3)
    assert found.high - found.mean == pytest.approx(4.3027 * 1.527525 / np.sqrt(3), rel=1e-4)
    assert (found.positive, found.seeds) == (2, 3)


def test_one_seed_has_no_interval():
    found = paired_difference(np.array([3.0]), np.array([1.0]))
    assert found.mean == 2 and np.isnan(found.low) and np.isnan(found.high)


@pytest.mark.parametrize(
    ("good", "bad", "expected"),
    [([2, 3], [0, 1], 1.0), ([0, 1], [2, 3], 0.0), ([1, 1], [1, 1], 0.5), ([0, 2, 4], [1, 3], 0.5)],
)
def test_auroc_is_the_share_of_pairs_in_the_right_order(good, bad, expected):
    assert auroc(np.array(good), np.array(bad)) == pytest.approx(expected)
