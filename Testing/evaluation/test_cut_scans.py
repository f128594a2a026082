"""Scans that end near L3 are made of scans that show more, and their truth moves along."""

import numpy as np
import pytest

from DomainAdaptLib.evaluation.cut_scans import L3_CUT_OFF, L3_LOWEST, L4_IN_SCAN, LEAST_MM, cut_scans
from DomainAdaptLib.evaluation.levels import LevelScan
from SegmentL3Lib.volume import Geometry, Volume


def scan(middle=20.0, ends=(14.0, 26.0), slices=80, slice_mm=2.5) -> LevelScan:
    heights = np.arange(slices, dtype=np.int16)[:, None, None] + np.zeros((1, 4, 4), np.int16)
    volume = Volume(heights, Geometry(spacing=(1.0, 1.0, slice_mm)), modality="CT")
    return LevelScan("case", "group", volume, middle, ends)


def test_the_slice_in_the_middle_of_l3_stays_the_same():
    for cut in cut_scans(scan()):
        if cut.middle is not None:
            assert cut.volume.array[int(cut.middle), 0, 0] == 20
            assert cut.ends[1] - cut.ends[0] == 12


def test_what_is_left_below_makes_the_groups_in_their_order():
    groups = [cut.group for cut in cut_scans(scan())]
    assert list(dict.fromkeys(groups)) == [L4_IN_SCAN, L3_LOWEST, L3_CUT_OFF]
    assert [cut.middle is None for cut in cut_scans(scan())] == [group == L3_CUT_OFF for group in groups]


def test_the_first_is_the_scan_itself_and_each_ends_a_view_pixel_higher():
    lowest = [int(cut.volume.array[0, 0, 0]) for cut in cut_scans(scan())]
    assert lowest[0] == 0
    assert set(np.diff(lowest)) == {2}


@pytest.mark.parametrize("slices", [30, 49, 55])
def test_enough_of_the_spine_is_left(slices):
    assert all(len(cut.volume.array) * 2.5 >= LEAST_MM for cut in cut_scans(scan(slices=slices)))


def test_nothing_is_made_of_a_scan_without_l3():
    assert list(cut_scans(scan(None, None))) == []
