"""Masks that are ruined on purpose."""

import numpy as np
import pytest

from DomainAdaptLib.experiments.ruin import RUINS
from SegmentL3Lib.slice_alignment import GRID


def muscle():
    """A ring of wall muscle with two back muscles."""
    rows, columns = np.indices(GRID)
    body = ((columns - 39.5) / 30) ** 2 + ((rows - 33) / 20) ** 2
    back = [((columns - middle) / 6) ** 2 + ((rows - 46) / 4) ** 2 <= 1 for middle in (31, 48)]
    return ((body <= 1) & (body > 0.85)) | back[0] | back[1]


@pytest.mark.parametrize("name", RUINS)
def test_a_ruined_mask_differs_a_lot_and_is_the_same_for_the_same_chance(name):
    mask = muscle()
    ruined = RUINS[name](mask, np.random.default_rng(1))
    assert ruined.shape == mask.shape and ruined.dtype == bool
    assert (ruined & mask).sum() / (ruined | mask).sum() < 0.95
    assert np.array_equal(ruined, RUINS[name](mask, np.random.default_rng(1)))


def test_what_is_missing_was_there_and_what_is_added_was_not():
    mask, rng = muscle(), np.random.default_rng(2)
    assert not (RUINS["a part of 40 to 70 mm radius missing"](mask, rng) & ~mask).any()
    assert not (mask & ~RUINS["an organ of 25 to 45 mm radius added"](mask, rng)).any()
    one_side = RUINS["one side missing"](mask, rng)
    assert sorted([one_side[:, :40].any(), one_side[:, 40:].any()]) == [False, True]
