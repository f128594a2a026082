"""Lesions are counted, sized and placed as geometry says."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from SegmentL3Lib.measure.lesions import longest_diameter_mm, measure_lesions
from SegmentL3Lib.volume import Geometry, LabelMap

SPACING = (0.5, 1.0, 3.0)


def lesions_of(array, **geometry):
    return measure_lesions(LabelMap(np.asarray(array, np.uint8), Geometry(**geometry)), {"lesion": 1})


def block(shape, *parts):
    array = np.zeros(shape, np.uint8)
    for part in parts:
        array[part] = 1
    return array


def test_nothing_has_no_lesions():
    assert lesions_of(np.zeros((3, 4, 5))) == ()


def test_block_has_its_volume_place_and_diameters():
    array = block((8, 10, 12), np.s_[2:4, 3:7, 1:9])
    (lesion,) = lesions_of(array, spacing=SPACING, origin=(10.0, -20.0, 30.0))
    assert (lesion.number, lesion.label, lesion.voxels) == (1, "lesion", 64)
    assert lesion.volume_ml == pytest.approx(64 * 1.5 / 1000)
    assert lesion.centroid_lps_mm == pytest.approx((10 + 4.5 * 0.5, -20 + 4.5, 30 + 2.5 * 3))
    # The block is 4 x 4 x 6 mm; the middles of its outermost faces lie half a voxel from the edges.
    assert lesion.longest_diameter_mm == pytest.approx(np.sqrt(3.5**2 + 3.0**2 + 6.0**2))
    assert lesion.axial_diameter_mm == pytest.approx(np.sqrt(3.5**2 + 4.0**2))


def test_row_of_voxels_is_as_long_as_its_voxels():
    (lesion,) = lesions_of(block((1, 1, 7), np.s_[0, 0, 1:6]), spacing=(2.0, 1.0, 1.0))
    assert lesion.longest_diameter_mm == pytest.approx(10.0)
    assert lesion.axial_diameter_mm == pytest.approx(10.0)


def test_ball_has_the_diameter_of_a_ball():
    z, y, x = np.indices((25, 25, 25)) - 12
    (lesion,) = lesions_of(z**2 + y**2 + x**2 <= 10**2)
    assert lesion.longest_diameter_mm == pytest.approx(21.0, abs=0.6)
    assert lesion.axial_diameter_mm == pytest.approx(21.0, abs=0.6)


def test_parts_that_touch_at_a_corner_are_one_lesion_and_others_are_numbered_by_size():
    array = block((6, 9, 9), np.s_[0:2, 0:2, 0:2], np.s_[2, 2, 2], np.s_[4, 4:8, 4:8], np.s_[0, 8, 8])
    lesions = lesions_of(array)
    assert [(lesion.number, lesion.voxels) for lesion in lesions] == [(1, 16), (2, 9), (3, 1)]


def test_place_of_a_bent_lesion_lies_within_it():
    array = block((1, 9, 9), np.s_[0, 0, :], np.s_[0, :, 0], np.s_[0, 8, :])
    (lesion,) = lesions_of(array)
    x, y, z = (round(value) for value in lesion.place_lps_mm)
    assert array[z, y, x]
    x, y, z = (round(value) for value in lesion.centroid_lps_mm)
    assert not array[z, y, x]


def test_axial_diameter_lies_in_axial_slices_however_the_file_is_stored():
    tall = block((12, 5, 5), np.s_[1:11, 2, 2])
    sagittal = {"direction": (0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, -1.0, 0.0)}  # x: back, y: foot, z: left
    (axial,), (turned,) = lesions_of(tall), lesions_of(tall.transpose(2, 0, 1), **sagittal)
    assert axial.axial_diameter_mm == turned.axial_diameter_mm == 1.0
    assert axial.longest_diameter_mm == turned.longest_diameter_mm == 10.0


def test_lesions_of_several_labels_are_listed_together():
    array = np.zeros((3, 3, 9), np.uint8)
    array[0, 0, :4], array[0, 0, 4:] = 1, 2
    lesions = measure_lesions(LabelMap(array), {"edema": 1, "core": 2})
    assert [lesion.label for lesion in lesions] == ["core", "edema"]


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_diameter_is_that_of_all_pairs_of_points(data):
    shape = data.draw(st.tuples(*[st.integers(1, 4)] * 3))
    bits = data.draw(st.lists(st.booleans(), min_size=int(np.prod(shape)), max_size=int(np.prod(shape))))
    mask = np.reshape(bits, shape)
    mask.flat[0] = True
    spacing = np.array([3.0, 1.0, 0.5])
    faces = [
        index * spacing + sign * step * spacing / 2
        for index in np.argwhere(mask)
        for step in np.eye(3)
        for sign in (1, -1)
    ]
    longest = max(np.linalg.norm(a - b) for a, b in itertools.combinations(faces, 2))
    assert longest_diameter_mm(mask, tuple(spacing)) == pytest.approx(longest)
