"""The slice that a view shows, in the scan's own order."""

import numpy as np
import pytest
import slicer

from SegmentL3Lib.errors import UsageError
from SegmentL3Lib.volume import Geometry, Volume

SHAPE = (20, 64, 64)


def add(geometry):
    from SegmentL3Lib.mrml.volumes import add_volume_node

    return add_volume_node(Volume(np.zeros(SHAPE, np.int16), geometry), "scan")


def rotated(degrees):
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return Geometry((-30.0, -40.0, 50.0), (1.0, 1.0, 3.0), (1.0, 0.0, 0.0, 0.0, cosine, -sine, 0.0, sine, cosine))


@pytest.fixture
def red(scene_host):
    logic = slicer.vtkMRMLSliceLogic()
    logic.SetMRMLApplicationLogic(scene_host.app_logic)
    logic.SetMRMLScene(slicer.mrmlScene)
    node = logic.AddSliceNode("Red")
    node.SetOrientationToAxial()
    node.logic = logic
    return node


def test_offset_of_the_view_gives_the_nearest_slice(red):
    from SegmentL3Lib.mrml.slices import shown_slice

    scan = add(Geometry(origin=(0.0, 0.0, 100.0), spacing=(1.0, 1.0, 3.0)))
    for offset, index in ((100, 0), (101.4, 0), (101.6, 1), (157, 19)):
        red.SetSliceOffset(offset)
        assert shown_slice(scan, 0) == index


def test_slices_that_are_stored_from_the_head_count_from_the_head(red):
    from SegmentL3Lib.mrml.slices import shown_slice

    downwards = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, -1.0)
    scan = add(Geometry((0.0, 0.0, 157.0), (1.0, 1.0, 3.0), downwards))
    red.SetSliceOffset(154)
    assert shown_slice(scan, 0) == 1


def test_view_rotated_to_an_oblique_scan_gives_its_slice(red):
    from SegmentL3Lib.mrml.measure_node import slice_axis
    from SegmentL3Lib.mrml.slices import shown_slice
    from SegmentL3Lib.mrml.volumes import geometry_of, lps_to_ras

    scan = add(rotated(12))
    red.RotateToVolumePlane(scan)
    red.JumpSliceByCentering(*lps_to_ras(geometry_of(scan).index_to_lps((32, 32, 7))))
    assert shown_slice(scan, slice_axis(scan)) == 7


def test_view_across_the_slices_is_refused_with_the_angle(red):
    from SegmentL3Lib.mrml.slices import shown_slice

    with pytest.raises(UsageError, match="at 12 degrees"):
        shown_slice(add(rotated(12)), 0)


def test_coronal_view_is_refused(red):
    from SegmentL3Lib.mrml.slices import shown_slice

    red.SetOrientationToCoronal()
    with pytest.raises(UsageError, match="at 90 degrees"):
        shown_slice(add(Geometry()), 0)


def test_place_outside_the_scan_is_refused(red):
    from SegmentL3Lib.mrml.slices import shown_slice

    red.SetSliceOffset(-500)
    with pytest.raises(UsageError, match="outside this scan"):
        shown_slice(add(Geometry()), 0)


def test_missing_view_is_said(scene_host):
    from SegmentL3Lib.mrml.slices import shown_slice

    with pytest.raises(UsageError, match="no Red view"):
        shown_slice(add(Geometry()), 0)
