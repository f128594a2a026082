"""The body is found without the table, also where the image cuts it."""

import numpy as np

from pipeline.phantoms import rings
from SegmentL3Lib.body import body_mask, depth_mm

SPACING = (1.0, 1.0)


def test_the_body_is_the_whole_patient():
    hu, regions = rings()
    assert np.count_nonzero(body_mask(hu, SPACING) ^ (regions > 0)) < 60


def test_the_table_is_no_part_of_the_body():
    hu, regions = rings()
    hu[232:236] = -200
    body = body_mask(hu, SPACING)
    assert not body[230:].any()
    assert body[regions > 0].mean() > 0.99


def test_gas_inside_belongs_to_the_body():
    hu, _ = rings()
    hu[100:140, 100:140] = -1000
    assert body_mask(hu, SPACING)[120, 120]


def test_an_image_of_air_holds_no_body():
    assert not body_mask(np.full((32, 32), -1000), SPACING).any()


def test_depth_is_measured_in_millimeters_along_both_axes():
    body = np.zeros((41, 41), bool)
    body[10:31, 10:31] = True
    depth = depth_mm(body, (0.5, 2.0))
    assert depth[10, 20] == 0.5
    assert depth[20, 10] == 2.0
    assert depth[0, 0] == 0


def test_a_cut_by_the_image_is_no_outside():
    body = np.zeros((20, 20), bool)
    body[:, 5:] = True
    depth = depth_mm(body, SPACING)
    np.testing.assert_array_equal(depth[0], depth[10])
    assert depth[0, 19] == 15
