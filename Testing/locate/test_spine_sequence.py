"""The sequence of vertebrae that explains what the rows of the views show."""

import itertools

import numpy as np
import pytest

from SegmentL3Lib.spine_sequence import VERTEBRAE, read_spine

BODY, DISC = 7, 2  # rows
CHEST = ("T12", "T11", "T10_and_above")
CLASSES = ("sacrum", *VERTEBRAE, "T10_and_above", "rib", "hip_bone")


def spine(names, first_row=4, rows=90):
    """Evidence of a clean spine of the given vertebrae, foot to head."""
    evidence = {name: np.zeros(rows, np.float32) for name in CLASSES}
    row = first_row
    for name in names:
        evidence[name][row : row + BODY] = 0.95
        row += BODY + DISC
    return evidence


def middle(names, name, first_row=4):
    return first_row + names.index(name) * (BODY + DISC) + (BODY - 1) / 2


def test_a_clean_spine_is_read_row_by_row():
    names = list(VERTEBRAE)
    reading = read_spine(spine(names))
    assert list(reading.middles) == names
    for name in names:
        assert reading.middles[name] == pytest.approx(middle(names, name), abs=0.01)
        assert reading.certainty[name] > 0.9
        assert reading.visible_share[name] == pytest.approx(1.0)


def test_a_vertebra_that_looks_like_its_neighbor_is_outvoted():
    names = list(VERTEBRAE)
    evidence = spine(names)
    evidence["L4"], evidence["L3"] = evidence["L4"] + 0.8 * evidence["L3"], 0.2 * evidence["L3"]
    reading = read_spine(evidence)
    assert reading.middles["L3"] == pytest.approx(middle(names, "L3"), abs=0.6)


def test_a_spine_that_could_be_one_level_higher_is_not_certain():
    names = ["L4", "L3", "L2", "L1"]
    evidence = spine(names)
    for lower, upper in zip(["L5", *names], names, strict=False):
        rows = spine(names)[upper] > 0
        evidence[upper][rows], evidence[lower][rows] = 0.5, 0.45
    certain = read_spine(spine([*names, *CHEST])).certainty["L3"]
    assert read_spine(evidence).certainty["L3"] < 0.7 and certain > 0.9


def test_the_lowest_vertebra_of_a_scan_is_not_certain_unless_the_sacrum_is_seen():
    names = ["L3", "L2", "L1", *CHEST]
    lowest = read_spine(spine(names)).certainty
    assert 0.5 < lowest["L3"] < 0.8
    assert min(lowest[name] for name in names[1:-1]) > 0.9
    assert read_spine(spine(["L4", *names])).certainty["L3"] > 0.9
    assert read_spine(spine(["sacrum", *VERTEBRAE])).certainty["S1"] > 0.9


def test_the_highest_vertebra_of_a_scan_is_not_certain_unless_the_chest_is_seen():
    names = ["sacrum", "S1", "L5", "L4", "L3"]
    highest = read_spine(spine(names)).certainty
    assert 0.5 < highest["L3"] < 0.8 and highest["L4"] > 0.9
    assert read_spine(spine([*names, "L2"])).certainty["L3"] > 0.9
    assert read_spine(spine(["sacrum", *VERTEBRAE])).certainty["T11"] > 0.9


def test_the_lowest_ribs_alone_do_not_make_a_count_certain():
    names = ["L5", "L4", "L3", "L2", "L1", "T12", "T11"]
    from_ribs = read_spine(spine(names)).certainty
    assert all(0.5 < own < 0.8 for own in from_ribs.values())
    for more in (["S1", *names], [*names, "T10_and_above"]):
        assert read_spine(spine(more)).certainty["L3"] > 0.9


@pytest.mark.parametrize("slope", [1e-4, 1e-3, 1e-2])
def test_bodies_without_discs_between_them_lie_inside_the_scan(slope):
    evidence = {name: np.zeros(46, np.float32) for name in CLASSES}
    for number, name in enumerate(["L2", "L1", "T12", "T11", "T10_and_above"]):
        evidence[name][number * 9 : (number + 1) * 9] = 1.0
    fading = (1 - slope * np.arange(46) ** 1.01).astype(np.float32)
    middles = read_spine({name: rows * fading for name, rows in evidence.items()}).middles
    assert middles and all(0 <= row < 46 for row in middles.values())


def test_a_scan_that_ends_above_l3_shows_no_l3():
    reading = read_spine(spine(["L2", "L1", "T12", "T11", "T10_and_above"], first_row=0))
    assert "L3" not in reading.middles
    assert reading.middles["L2"] == pytest.approx((BODY - 1) / 2, abs=0.01)


def test_a_body_cut_by_the_end_of_the_scan_is_known_to_be_cut():
    evidence = spine(["L3", "L2", "L1", "T12"], first_row=-4)
    assert read_spine({name: rows[:40] for name, rows in evidence.items()}).visible_share.get("L3", 0) < 0.6


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_the_middle_of_a_body_that_is_cut_is_known_from_its_neighbor(cut):
    names = ["L3", "L2", "L1", "T12"]
    reading = read_spine({name: rows[cut:] for name, rows in spine(names, first_row=0).items()})
    assert reading.middles["L3"] == pytest.approx(middle(names, "L3", first_row=-cut), abs=0.01)


@pytest.mark.parametrize("cut", [4, 5, 6])
def test_a_body_whose_middle_is_not_in_the_scan_is_not_taken_for_whole(cut):
    reading = read_spine({name: rows[cut:] for name, rows in spine(["L3", "L2", "L1", "T12"], first_row=0).items()})
    assert reading.visible_share.get("L3", 0.0) < 0.6 and reading.visible_share["L2"] == pytest.approx(1.0)


def test_no_spine_gives_an_empty_reading():
    reading = read_spine({name: np.zeros(60, np.float32) for name in CLASSES})
    assert not reading.middles


def test_landmarks_are_counted_in_rows():
    evidence = spine(list(VERTEBRAE))
    evidence["rib"][40:60] = 2.0
    assert read_spine(evidence).landmark_rows == {"ribs": pytest.approx(20.0), "the sacrum": pytest.approx(0.0)}


def test_two_bodies_that_look_alike_are_two_vertebrae_because_none_is_so_tall():
    names = list(VERTEBRAE)
    evidence = spine(names)
    evidence["L3"], evidence["L2"] = evidence["L3"] + evidence["L2"], np.zeros_like(evidence["L2"])
    middles = read_spine(evidence).middles
    for name in ("L3", "L2"):
        assert middles[name] == pytest.approx(middle(names, name), abs=1.0)


def test_borders_between_vertebrae_lie_in_discs_however_faint():
    names = ["L4", "L3", "L2", "L1", "T12", "T11", "T10_and_above"]
    evidence = {name: np.zeros(90, np.float32) for name in CLASSES}
    for number, (name, above) in enumerate(itertools.pairwise(names)):
        first = 4 + number * (BODY + DISC)
        own = slice(first, first + BODY + DISC)
        presence = np.r_[np.full(BODY, 1.0), np.full(DISC, 0.9)]
        share = np.linspace(0.9, 0.1, BODY + DISC)  # the upper part looks like the next vertebra
        evidence[name][own] += share * presence
        evidence[above][own] += (1 - share) * presence
    reading = read_spine(evidence)
    for name in ("L3", "L2", "L1", "T12"):
        assert reading.middles[name] == pytest.approx(middle(names, name), abs=0.6)


def test_rows_that_all_look_alike_name_no_vertebra():
    evidence = spine(["L3"], rows=60)
    evidence["L3"][:] = 0.5
    assert "L3" not in read_spine(evidence).middles


@pytest.mark.parametrize(("name", "alike", "above"), [("L6", "L5", "S1"), ("T13", "T12", "L1")])
def test_a_vertebra_more_is_noticed_and_the_others_are_counted_from_the_ribs(name, alike, above):
    names = list(VERTEBRAE)
    names.insert(names.index(above) + 1, name)
    evidence = spine([alike if each == name else each for each in names])
    row = 4 + names.index(name) * (BODY + DISC)
    evidence[alike][row : row + BODY] = 0.95
    reading = read_spine(evidence)
    assert reading.variants[name] > 0.5
    for each in names:
        assert reading.middles[each] == pytest.approx(middle(names, each), abs=0.01)


def test_a_fifth_lumbar_vertebra_that_looks_like_the_sacrum_is_noticed():
    shown = ["sacrum", "S1", "L5", "L4", "L2", "L1", "T12", "T11"]
    called = ["sacrum", "S1", "L4", "L3", "L2", "L1", "T12", "T11"]
    reading = read_spine(spine(shown))
    assert reading.variants["sacralized L5"] > 0.5
    for name in called[2:]:
        assert reading.middles[name] == pytest.approx(middle(called, name), abs=0.01)


def test_a_usual_spine_has_no_vertebra_more_or_less():
    assert max(read_spine(spine(list(VERTEBRAE))).variants.values()) < 0.05
