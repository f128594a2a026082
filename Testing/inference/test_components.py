"""Connected parts of structures."""

import numpy as np

from SegmentL3Lib.inference.components import keep_largest


def test_only_the_largest_part_of_each_named_value_is_kept():
    labels = np.zeros((4, 6, 6), np.uint8)
    labels[:2, :3, :3] = 1
    labels[3, 5, 5] = 1
    labels[0, 5, :2] = 2
    labels[3, 0, 0] = 2
    keep_largest(labels, (1, 7))
    assert labels[0, 0, 0] == 1 and labels[3, 5, 5] == 0
    assert (labels == 2).sum() == 3


def test_parts_that_touch_at_a_corner_are_one():
    labels = np.zeros((2, 2, 2), np.uint8)
    labels[0, 0, 0] = labels[1, 1, 1] = 3
    keep_largest(labels, (3,))
    assert (labels == 3).sum() == 2
