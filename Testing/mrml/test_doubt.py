"""Maps of uncertainty in the scene."""

import numpy as np
import pytest
import slicer

from SegmentL3Lib.volume import Geometry, Volume


@pytest.fixture
def nodes(scene_host):
    """A scan and a segmentation."""
    from SegmentL3Lib.mrml.volumes import add_volume_node

    scan = add_volume_node(Volume(np.zeros((4, 5, 6), np.int16), Geometry(spacing=(2.0, 2.0, 5.0))), "CT")
    return scan, slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "segmentation")


def a_map(*heights):
    """Doubt of a pixel in each slice."""
    array = np.zeros((len(heights), 5, 6), np.float32)
    array[:, 2, 3] = heights
    return Volume(array, Geometry(origin=(0.0, 0.0, 10.0), spacing=(2.0, 2.0, 5.0)))


def test_maps_are_kept_with_the_segmentation_entropy_first(nodes):
    from SegmentL3Lib.mrml.doubt import doubt_nodes, publish_doubt

    publish_doubt({"mutual_information": a_map(0.2), "entropy": a_map(0.5)}, *nodes)
    found = doubt_nodes(nodes[1])
    assert list(found) == ["entropy", "mutual_information"]
    assert found["entropy"].GetName() == "CT entropy"
    assert slicer.util.arrayFromVolume(found["entropy"]).max() == pytest.approx(0.5)
    assert found["entropy"].GetDisplayNode().GetApplyThreshold()


def test_maps_of_a_later_run_replace_earlier_ones(nodes):
    from SegmentL3Lib.mrml.doubt import doubt_nodes, publish_doubt

    publish_doubt({"entropy": a_map(0.5), "mutual_information": a_map(0.2)}, *nodes)
    count = slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLScalarVolumeNode")
    publish_doubt({"entropy": a_map(0.1)}, *nodes)
    assert list(doubt_nodes(nodes[1])) == ["entropy"]
    assert slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLScalarVolumeNode") == count - 1
    publish_doubt({}, *nodes)
    assert doubt_nodes(nodes[1]) == {}


def test_slices_come_in_the_order_of_their_doubt(nodes):
    from SegmentL3Lib.mrml.doubt import centers_by_doubt, doubt_nodes, publish_doubt

    publish_doubt({"entropy": a_map(0.1, 0.0, 0.9)}, *nodes)
    centers = centers_by_doubt(doubt_nodes(nodes[1])["entropy"])
    assert centers == [pytest.approx((-5.0, -4.0, 20.0)), pytest.approx((-5.0, -4.0, 10.0))]


def test_damaged_maps_are_left_out(tmp_path, scene_host):
    from SegmentL3Lib.doubt_files import doubt_path, write_doubt
    from SegmentL3Lib.mrml.exchange import read_doubt_maps

    assert read_doubt_maps(tmp_path) == {}
    write_doubt({"entropy": a_map(0.5)}, tmp_path)
    (read,) = read_doubt_maps(tmp_path).values()
    assert np.array_equal(read.array, a_map(0.5).array) and read.geometry == a_map(0.5).geometry
    doubt_path(tmp_path, "entropy").write_bytes(b"NRRD")
    assert read_doubt_maps(tmp_path) == {}
