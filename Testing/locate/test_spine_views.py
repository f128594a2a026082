"""Views of the spine from a scan."""

import numpy as np
import pytest

from SegmentL3Lib.spine_line import SpineLine, find_spine
from SegmentL3Lib.spine_views import (
    COLUMNS,
    FRONTAL_COLUMNS,
    ROW_MM,
    class_views,
    coarse_volume,
    image_views,
)


def torso(rows=30, spine_x=45, spine_y=60):
    """Coarse body of water with a bony column and a table below it."""
    volume = np.full((rows, 84, 104), -1000, np.float32)
    volume[:, 15:70, 20:84] = 40
    volume[:, spine_y - 4 : spine_y + 4, spine_x - 5 : spine_x + 6] = 300
    volume[:, 78:80, 5:99] = 200
    return volume


def test_a_bent_spine_is_straight_from_the_front():
    volume = torso()
    line = SpineLine(45 + np.arange(30) // 3, np.full(30, 60))
    bent = np.stack([np.roll(plane, shift - 45, axis=1) for plane, shift in zip(volume, line.x, strict=True)])
    straight = image_views(volume, SpineLine(np.full(30, 45), np.full(30, 60)))
    middle = np.s_[:, :, FRONTAL_COLUMNS // 2 - 12 : FRONTAL_COLUMNS // 2 + 12]
    np.testing.assert_array_equal(image_views(bent, line)[middle], straight[middle])
    np.testing.assert_array_equal(image_views(bent, line)[..., FRONTAL_COLUMNS:], straight[..., FRONTAL_COLUMNS:])


def test_bends_to_the_front_are_seen_from_the_side():
    volume = torso()
    line = SpineLine(np.full(30, 45), 60 + np.arange(30) // 10)
    bent = np.stack([np.roll(plane, shift - 60, axis=0) for plane, shift in zip(volume, line.y, strict=True)])
    side = image_views(bent, line)[1, :, FRONTAL_COLUMNS:]
    first = (side > 200).argmax(1)
    assert list(first[[0, 15, 29]] - first[0]) == [0, 1, 2]


def test_the_spine_is_in_the_middle_of_both_views():
    volume = torso()
    views = image_views(volume, find_spine(volume))
    assert views.shape == (2, 30, COLUMNS)
    for channel in views:
        assert channel[10, FRONTAL_COLUMNS // 2] > 150
        assert channel[10, FRONTAL_COLUMNS + (COLUMNS - FRONTAL_COLUMNS) // 2] > 150
        assert channel[10, 0] < -500


def test_labels_are_seen_where_the_image_shows_them():
    classes = np.zeros((30, 84, 104), np.uint8)
    classes[8:14, 52:62, 40:51] = 4
    classes[8:14, 30:34, 22:26] = 11
    volume = torso()
    seen = class_views(classes, find_spine(volume), (4,), (11,))
    assert set(np.unique(seen)) <= {0, 4, 11}
    assert (seen[10] == 4).any() and not (seen[20] == 4).any()


@pytest.mark.parametrize("spacing", [(5.0, 0.8, 0.8), (1.0, 0.7, 0.7), (3.0, 3.0, 3.0), (7.5, 4.0, 4.0)])
def test_the_coarse_volume_keeps_places_and_values(spacing):
    shape = tuple(int(96 / size) for size in spacing)
    ramp = ((np.arange(shape[0]) + 0.5) * spacing[0]).astype(np.float32)
    volume = np.broadcast_to(ramp[:, None, None], shape).astype(np.float32)
    coarse = coarse_volume(volume, spacing)
    expected = (np.arange(len(coarse)) + 0.5) * ROW_MM
    assert np.abs(coarse[2:-2, 5, 5] - expected[2:-2]).max() < 0.3


def test_a_scan_of_integers_is_averaged_without_overflow():
    volume = np.full((10, 64, 64), 3000, np.int16)
    assert coarse_volume(volume, (4.0, 0.5, 0.5)).max() == pytest.approx(3000)
