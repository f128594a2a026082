"""Is the slice at the level?"""

from quality.torso import level_at, subject
from SegmentL3Lib.quality.level import level_not_confirmed, near_end_of_scan, slice_off_level

VOLUME = subject().volume


def test_a_level_found_with_certainty_passes():
    for check in (level_not_confirmed, slice_off_level, near_end_of_scan):
        assert check(subject()) is None


def test_a_slice_chosen_by_hand_is_noted():
    finding = level_not_confirmed(subject(level=None))
    assert finding.effect == "note" and "by hand" in finding.text
    assert slice_off_level(subject(level=None)) is None


def test_a_level_not_found_or_uncertain_asks_for_a_check_with_the_finders_reason():
    for level in (level_at(VOLUME, 10, found=False), level_at(VOLUME, 10, certainty=0.3)):
        finding = level_not_confirmed(subject(level=level))
        assert finding.effect == "check" and "Counted from T12." in finding.text
    assert "30 %" in finding.text


def test_distance_from_the_level_is_measured_in_millimeters():
    assert slice_off_level(subject(level=level_at(VOLUME, 12))) is None
    assert "15 mm" in slice_off_level(subject(level=level_at(VOLUME, 13))).text


def test_ends_of_the_scan_hide_the_neighbors():
    assert near_end_of_scan(subject(index=2)) is None
    assert "5 mm below" in near_end_of_scan(subject(index=1)).text
    assert "0 mm above" in near_end_of_scan(subject(index=20)).text


def test_a_single_slice_confirms_no_level():
    assert "single slice" in near_end_of_scan(subject(slices=1, index=0)).text
