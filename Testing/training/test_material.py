"""Training material: drawn slices, zones, coarse references."""

import numpy as np
import pytest

from DomainAdaptLib.synthesis.structures import TISSUES
from DomainAdaptLib.training.level_material import LEVEL_CLASSES, LOOKS_LIKE, phantom_classes
from DomainAdaptLib.training.material import (
    DrawnSlice,
    drawn_zones,
    load_drawn,
    read_drawn_slices,
    save_drawn,
    variant_of,
    with_true_rim,
)
from SegmentL3Lib.spine_sequence import VERTEBRAE


def drawn():
    labels = np.zeros((60, 60), np.uint8)
    labels[5:55, 5:55] = 1
    labels[15:45, 15:45] = 3
    labels[30, 30] = 7  # a pixel that failed the gate
    labels[20:40, 48:53] = 7  # an organ
    return labels


def test_pixels_that_failed_a_gate_go_back_to_the_tissue_around_them():
    zones = drawn_zones(drawn(), np.zeros((60, 60), bool), pixel_mm=1.0)
    assert zones[30, 30] == 3
    assert (zones[20:40, 48:53] == 7).all()


def test_a_rim_that_was_drawn_too_wide_becomes_fat_within_2_mm():
    body = np.zeros((60, 60), np.uint8)
    body[10:50, 10:50] = 7
    body[12:48, 12:48] = 1  # below a rim of two pixels of 1.4 mm
    hu = np.where(body > 0, -100, -1000).astype(np.int16)
    hu[11, 30] = 40
    rimmed = with_true_rim(body, hu, pixel_mm=1.4)
    assert (rimmed[10, 10:50] == 7).all() and (rimmed[11, 12:30] == 1).all()
    assert rimmed[11, 30] == 0 and np.array_equal(rimmed[12:48, 12:48], body[12:48, 12:48])


def test_visceral_fat_takes_in_its_wider_window():
    wide = np.zeros((60, 60), bool)
    wide[20:40, 48:53] = True
    assert (drawn_zones(drawn(), wide, 1.0)[20:40, 48:53] == TISSUES.index("visceral_fat")).all()


def test_drawn_slices_survive_the_file(tmp_path):
    item = DrawnSlice("somebody", 7, np.full((60, 60), 30, np.int16), drawn(), drawn(), 0.81)
    save_drawn([item], tmp_path / "drawn.npz")
    (again,) = load_drawn(tmp_path / "drawn.npz")
    assert (again.case, again.slice_index, again.pixel_mm) == ("somebody", 7, 0.81)
    assert np.array_equal(again.hu, item.hu) and np.array_equal(again.drawn, item.drawn)


def test_all_drawn_slices_are_read(shared_data):
    slices = read_drawn_slices(shared_data / "ct")
    assert len(slices) == 30
    for item in slices:
        fat = np.median(item.hu[item.drawn == 1])
        assert item.hu.shape == item.drawn.shape == item.zones.shape
        assert -125 < fat < -60, item.case


def test_the_level_classes_hold_the_vertebrae_that_are_counted():
    assert set(VERTEBRAE) | {"background", "sacrum", "rib", "hip_bone", "T10_and_above"} == set(LEVEL_CLASSES)


def test_phantom_vertebrae_become_level_classes():
    from DomainAdaptLib.synthesis.spine import VERTEBRAE as PHANTOM_VERTEBRAE

    bodies = np.arange(len(PHANTOM_VERTEBRAE) + 1, dtype=np.uint8).reshape(1, 1, -1)
    classes = phantom_classes(np.zeros_like(bodies), bodies)[0, 0]
    for value, name in enumerate(PHANTOM_VERTEBRAE, start=1):
        name = LOOKS_LIKE.get(name, name)
        expected = name if name in LEVEL_CLASSES else "sacrum" if name.startswith("S") else "T10_and_above"
        assert LEVEL_CLASSES[classes[value]] == expected


@pytest.mark.parametrize("empty", [np.zeros((40, 40), np.uint8)])
def test_an_empty_drawing_stays_empty(empty):
    assert not drawn_zones(empty, empty > 0, 1.0).any()


def test_variants_of_the_spine_come_in_turn():
    from DomainAdaptLib.synthesis.spine import VARIANTS

    assert [variant_of(seed, 0) for seed in range(9)] == [None] * 9
    every_fourth = [variant_of(seed, 4) for seed in range(12)]
    assert every_fourth[::4] == list(VARIANTS) and every_fourth.count(None) == 9
