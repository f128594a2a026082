"""Connected parts of a mask."""

import numpy as np
import pytest

from SegmentL3Lib.connected import largest_part


@pytest.mark.parametrize("dimensions", [2, 3])
def test_the_largest_part_is_kept_alone(dimensions):
    mask = np.zeros((9,) * dimensions, bool)
    mask[(slice(0, 2),) * dimensions] = mask[(slice(3, 7),) * dimensions] = mask[(slice(8, 9),) * dimensions] = True
    expected = np.zeros_like(mask)
    expected[(slice(3, 7),) * dimensions] = True
    np.testing.assert_array_equal(largest_part(mask), expected)


def test_parts_that_share_a_corner_only_are_two():
    mask = np.zeros((6, 6), bool)
    mask[:3, :3] = mask[3:5, 3:5] = True
    assert largest_part(mask).sum() == 9


def test_an_empty_mask_stays_empty():
    assert not largest_part(np.zeros((4, 4), bool)).any()
