"""Axial order: transposing and flipping alone, and back without loss."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from SegmentL3Lib.orientation import axial_order, to_axial
from SegmentL3Lib.volume import Volume
from volume.geometries import geometry, rotation

ORDERS = [
    np.array([[sign * (column == row) for column in range(3)] for row, sign in zip(axes, signs, strict=True)]).T
    for axes in itertools.permutations(range(3))
    for signs in itertools.product((1, -1), repeat=3)
]
SHAPE = (3, 4, 5)
small_angles = st.tuples(*[st.floats(-20, 20)] * 3)
orders = st.sampled_from(ORDERS)


def volume(matrix) -> Volume:
    array = np.arange(np.prod(SHAPE), dtype=np.int16).reshape(SHAPE)
    return Volume(array, geometry(matrix), modality="CT", warnings=("odd",))


def test_there_are_48_orders():
    assert len({matrix.tobytes() for matrix in ORDERS}) == 48


@pytest.mark.parametrize("matrix", ORDERS)
def test_every_order_is_turned_exactly(matrix):
    axial = to_axial(volume(matrix))
    assert axial.geometry.matrix == pytest.approx(np.eye(3), abs=0)
    assert axial_order(axial.geometry).is_identity


@given(orders, small_angles)
@settings(max_examples=200, deadline=None)
def test_every_voxel_keeps_value_and_place(matrix, angles):
    file = volume(rotation(angles) @ matrix)
    axial = to_axial(file)
    order = axial_order(file.geometry)
    numbers = order.apply(np.arange(file.array.size).reshape(SHAPE))
    for index in np.ndindex(axial.array.shape):
        before = np.unravel_index(numbers[index], SHAPE)
        assert axial.array[index] == file.array[before]
        assert axial.geometry.index_to_lps(index[::-1]) == pytest.approx(file.geometry.index_to_lps(before[::-1]))


@given(orders, small_angles)
@settings(max_examples=200, deadline=None)
def test_small_rotation_is_kept_and_does_not_change_the_order(matrix, angles):
    order = axial_order(geometry(rotation(angles) @ matrix))
    assert order == axial_order(geometry(matrix))
    turned = order.geometry(geometry(rotation(angles) @ matrix), SHAPE)
    assert turned.matrix == pytest.approx(rotation(angles), abs=1e-12)


@given(st.tuples(*[st.floats(-180, 180)] * 3))
@settings(max_examples=200, deadline=None)
def test_any_rotation_ends_near_axial(angles):
    turned = axial_order(geometry(rotation(angles))).geometry(geometry(rotation(angles)), SHAPE).matrix
    assert (np.diag(turned) >= 0).all()
    assert np.trace(turned) >= 1.6


@given(orders, small_angles)
@settings(max_examples=100, deadline=None)
def test_undo_is_the_inverse_of_apply(matrix, angles):
    order = axial_order(geometry(rotation(angles) @ matrix))
    array = np.arange(np.prod(SHAPE)).reshape(SHAPE)
    assert (order.undo(order.apply(array)) == array).all()


@pytest.mark.parametrize("matrix", ORDERS)
def test_slice_numbers_follow_the_slices(matrix):
    file = volume(matrix)
    order = axial_order(file.geometry)
    axial = order.apply(file.array)
    count = len(axial)
    for number in range(count):
        in_file = order.file_index(number, count)
        assert (np.sort(np.take(file.array, in_file, order.axes[0]), None) == np.sort(axial[number], None)).all()
        assert order.axial_index(in_file, count) == number


def test_axial_volume_is_not_copied():
    file = volume(np.eye(3))
    assert to_axial(file) is file


def test_turned_array_is_contiguous_and_the_rest_is_kept():
    axial = to_axial(volume(np.diag([-1.0, -1.0, 1.0])))
    assert axial.array.flags.c_contiguous
    assert (axial.modality, axial.warnings) == ("CT", ("odd",))


def test_first_voxel_is_foot_front_right():
    axial = to_axial(volume(np.diag([-1.0, -1.0, -1.0])))
    first, last = axial.geometry.index_to_lps((0, 0, 0)), axial.geometry.index_to_lps((4, 3, 2))
    assert all(low < high for low, high in zip(first, last, strict=True))
