"""Parts of a scan in the directions of the patient, whichever way the voxels lie."""

import numpy as np
import pytest
import slicer

from SegmentL3Lib.errors import UsageError
from SegmentL3Lib.volume import Geometry, Volume

SHAPE = (6, 8, 10)
SPACING = (2.0, 3.0, 5.0)
GEOMETRIES = {
    "plain": Geometry((-10.0, 20.0, 30.0), SPACING),
    "flipped": Geometry((-10.0, 20.0, 30.0), SPACING, (-1.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0, 1.0)),
    "sagittal": Geometry((-10.0, 20.0, 30.0), SPACING, (0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, -1.0, 0.0)),
}


@pytest.fixture(params=GEOMETRIES)
def scan(request, scene_host):
    from SegmentL3Lib.mrml.volumes import add_volume_node

    geometry = GEOMETRIES[request.param]
    return add_volume_node(Volume(np.zeros(SHAPE, np.int16), geometry), "scan"), geometry


def corners(geometry, margin_voxels=0.5):
    """Lowest and highest position (LPS, mm) of the voxels, the halves of the outermost ones included."""
    last = np.array(SHAPE[::-1]) - 1
    every = np.array(np.meshgrid(*([-margin_voxels, size + margin_voxels] for size in last))).reshape(3, -1).T
    positions = np.array([geometry.index_to_lps(tuple(corner)) for corner in every])
    return np.stack([positions.min(0), positions.max(0)], axis=1).ravel()


def box(center_ras, size):
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsROINode", "box")
    node.SetCenter(*center_ras)
    node.SetSize(*size)
    return node


def test_bounds_are_those_of_the_box_in_lps(scan):
    from SegmentL3Lib.mrml.regions import bounds_lps_mm

    node, geometry = scan
    left, back, up = geometry.index_to_lps((5, 4, 3))
    found = bounds_lps_mm(box((-left, -back, up), (2, 4, 6)), node)
    assert found == pytest.approx([left - 1, left + 1, back - 2, back + 2, up - 3, up + 3])


def test_box_that_reaches_beyond_the_scan_is_cut(scan):
    from SegmentL3Lib.mrml.regions import bounds_lps_mm

    node, geometry = scan
    assert bounds_lps_mm(box((0, 0, 0), (1e4, 1e4, 1e4)), node) == pytest.approx(corners(geometry).tolist())


def test_new_box_is_half_as_long_as_the_scan_and_in_its_middle(scan):
    from SegmentL3Lib.mrml.regions import bounds_lps_mm, place_box

    node, geometry = scan
    roi = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsROINode", "box")
    place_box(roi, node)
    limits = corners(geometry).reshape(3, 2)
    middle, half = limits.mean(1), np.diff(limits, axis=1)[:, 0] / 2
    expected = np.stack([middle - half / 2, middle + half / 2], axis=1).ravel()
    assert bounds_lps_mm(roi, node) == pytest.approx(expected.tolist())


def test_box_outside_the_scan_is_refused(scan):
    from SegmentL3Lib.mrml.regions import bounds_lps_mm

    with pytest.raises(UsageError, match='"box" lies outside the scan "scan"'):
        bounds_lps_mm(box((5000, 0, 0), (1, 1, 1)), scan[0])


def test_box_that_was_never_placed_is_refused(scan):
    from SegmentL3Lib.mrml.regions import bounds_lps_mm

    empty = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsROINode", "empty")
    with pytest.raises(UsageError, match='"empty" has not been placed'):
        bounds_lps_mm(empty, scan[0])


def test_slices_are_those_of_the_file(scan):
    from SegmentL3Lib.mrml.regions import file_slice_count, slice_position_ras

    node, geometry = scan
    left, back, up = geometry.index_to_lps(((SHAPE[2] - 1) / 2, (SHAPE[1] - 1) / 2, 2))
    assert file_slice_count(node) == SHAPE[0]
    assert slice_position_ras(node, 2) == pytest.approx((-left, -back, up))
