"""Two linked slice views, one segmentation in each."""

import numpy as np
import pytest
import slicer

from SegmentL3Lib.mrml import paired_views, volumes
from SegmentL3Lib.mrml.label_files import SegmentEntry
from SegmentL3Lib.mrml.segmentations import write_labels
from SegmentL3Lib.volume import Geometry, LabelMap, Volume

SHAPE = (4, 30, 30)


def node_of(tag, kind="vtkMRMLSliceNode"):
    return slicer.mrmlScene.GetSingletonNode(tag, kind)


@pytest.fixture
def pair(host):
    volume = volumes.add_volume_node(Volume(np.zeros(SHAPE, np.int16), Geometry()), "scan")
    return volume, segmentation(volume, 5), segmentation(volume, 15)


def segmentation(volume, start):
    array = np.zeros(SHAPE, np.uint8)
    array[1, start : start + 10, 5:15] = 1
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    entry = SegmentEntry(1, "liver", "Liver", (200.0, 0.0, 0.0), "")
    write_labels(LabelMap(array, Geometry()), [entry], volume, node)
    return node


def test_each_segmentation_is_shown_in_its_view_only(pair):
    volume, before, after = pair
    paired_views.show_pair(volume, before, after)
    left, right = node_of(paired_views.BEFORE_VIEW), node_of(paired_views.AFTER_VIEW)
    assert before.GetDisplayNode().IsDisplayableInView(left.GetID())
    assert not before.GetDisplayNode().IsDisplayableInView(right.GetID())
    assert after.GetDisplayNode().IsDisplayableInView(right.GetID())
    assert not after.GetDisplayNode().IsDisplayableInView(node_of("Red").GetID())


def test_views_show_the_scan_and_are_linked_with_each_other_only(pair):
    paired_views.show_pair(*pair)
    for tag in (paired_views.BEFORE_VIEW, paired_views.AFTER_VIEW):
        composite = slicer.app.layoutManager().sliceWidget(tag).mrmlSliceCompositeNode()
        assert composite.GetBackgroundVolumeID() == pair[0].GetID()
        assert composite.GetLinkedControl()
        assert node_of(tag).GetOrientation() == "Axial"
        assert node_of(tag).GetViewGroup() != node_of("Red").GetViewGroup()


def test_showing_twice_is_as_showing_once(pair):
    paired_views.show_pair(*pair)
    count = slicer.mrmlScene.GetNumberOfNodes()
    paired_views.show_pair(*pair)
    assert slicer.mrmlScene.GetNumberOfNodes() == count
    assert pair[1].GetDisplayNode().GetNumberOfViewNodeIDs() == 1


def test_nothing_happens_without_a_main_window(headless_host):
    volume = volumes.add_volume_node(Volume(np.zeros(SHAPE, np.int16), Geometry()), "scan")
    paired_views.show_pair(volume, segmentation(volume, 5), segmentation(volume, 15))
    assert node_of(paired_views.BEFORE_VIEW) is None
