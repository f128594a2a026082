"""Boxes that reach beyond an image."""

import numpy as np

from DomainAdaptLib.training.boxes import cut


def test_a_cube_reaches_beyond_the_image():
    stack = np.arange(1, 28).reshape(1, 3, 3, 3)
    cube = cut(stack, np.array([-1, 1, 2]), 3)
    assert cube.shape == (1, 3, 3, 3)
    assert np.array_equal(cube[:, 1:, :2, :1], stack[:, :2, 1:, 2:]) and cube.sum() == stack[:, :2, 1:, 2:].sum()
    assert not cut(stack, np.array([9, 9, 9]), 2).any()


def test_a_box_reaches_beyond_the_image():
    values = np.arange(1, 28).reshape(3, 3, 3)
    box = cut(values, np.array([-1, 1, 2]), np.array([3, 4, 2]))
    assert box.shape == (3, 4, 2)
    assert np.array_equal(box[1:, :2, :1], values[:2, 1:, 2:]) and box.sum() == values[:2, 1:, 2:].sum()
