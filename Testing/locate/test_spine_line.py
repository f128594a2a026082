"""The line along the spine in a coarse scan."""

import numpy as np
import pytest

from SegmentL3Lib.spine_line import find_spine

SLICES, SPINE_X, SPINE_Y = 80, 50, 58


def torso(course=(0,) * SLICES, contrast_hu=None):
    """Coarse body of water with a bony column that bends to the side, a table, and contrast in the colon if wanted."""
    volume = np.full((SLICES, 84, 104), -1000, np.float32)
    volume[:, 15:70, 20:84] = 40
    volume[:, 78:80, 5:99] = 200
    for plane, bend in zip(volume, course, strict=True):
        x = SPINE_X + int(bend)
        plane[SPINE_Y - 5 : SPINE_Y + 5, x - 5 : x + 6] = 220
    if contrast_hu is not None:
        volume[:40, 35:58, 70:82] = contrast_hu
    return volume


def distances(line, course=0):
    return np.abs(line.x - SPINE_X - np.asarray(course)), np.abs(line.y - SPINE_Y)


def test_a_straight_spine_is_followed_and_not_the_table():
    off_x, off_y = distances(find_spine(torso()))
    assert off_x.max() <= 1 and off_y.max() <= 2


def test_the_line_follows_scoliosis():
    course = 6 * np.sin(np.linspace(0, 2 * np.pi, SLICES))
    off_x, _ = distances(find_spine(torso(course)), course)
    assert off_x.mean() < 1.5 and off_x.max() <= 3


@pytest.mark.parametrize("hu", [300, 600, 1500])
def test_contrast_in_the_colon_does_not_attract_it(hu):
    off_x, off_y = distances(find_spine(torso(contrast_hu=hu)))
    assert off_x.max() <= 2 and off_y.max() <= 2


def test_a_body_without_bone_gives_its_back_half_and_air_the_middle_of_the_scan():
    soft = torso()
    soft[soft > 100] = 40
    line = find_spine(soft)
    assert len(line.x) == len(line.y) == SLICES
    assert (np.abs(line.x - 51.5) <= 1).all()
    assert ((line.y > 42) & (line.y < 70)).all()
    line = find_spine(np.full((5, 20, 30), -1000, np.float32))
    assert set(line.y) == {10} and set(line.x) == {15}


def test_one_slice_is_enough():
    line = find_spine(torso()[:1])
    assert line.x.shape == line.y.shape == (1,)
