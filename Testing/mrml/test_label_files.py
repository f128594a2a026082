"""Label maps as files <-> segmentation nodes."""

import numpy as np
import pytest
import SimpleITK as sitk
import slicer

from SegmentL3Lib.errors import InputError
from SegmentL3Lib.itk_images import to_image
from SegmentL3Lib.mrml import volumes
from SegmentL3Lib.mrml.label_files import SegmentEntry, read_label_file, write_label_file
from SegmentL3Lib.mrml.segmentations import write_labels
from SegmentL3Lib.volume import Geometry, LabelMap, Volume

SHAPE = (3, 20, 30)
TILTED = (0.0, 1.0, 0.0, -1.0, 0.0, 0.0, 0.0, 0.0, 1.0)
GEOMETRY = Geometry((10.0, -20.0, 30.0), (0.8, 0.9, 5.0), TILTED)
SEGMENTS = (
    SegmentEntry(1, "liver", "Liver", (200.0, 100.0, 0.0), ""),
    SegmentEntry(2, "spleen", "Spleen", (0.0, 100.0, 200.0), ""),
)


@pytest.fixture
def volume(scene_host):
    return volumes.add_volume_node(Volume(np.zeros(SHAPE, np.int16), GEOMETRY), "scan")


@pytest.fixture
def drawn(volume):
    array = np.zeros(SHAPE, np.uint8)
    array[1, 4:9, 5:25] = 1
    array[2, 10:12, 3:6] = 2
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "drawn")
    write_labels(LabelMap(array, GEOMETRY), SEGMENTS, volume, node)
    return node, array


def test_what_is_written_lies_where_it_was_drawn(volume, drawn, tmp_path):
    node, array = drawn
    path = tmp_path / "drawn.seg.nrrd"
    write_label_file(node, path)
    image = sitk.ReadImage(str(path))
    assert (sitk.GetArrayFromImage(image) == array).all()
    assert image.GetOrigin() == pytest.approx(GEOMETRY.origin)
    assert image.GetSpacing() == pytest.approx(GEOMETRY.spacing)
    assert image.GetDirection() == pytest.approx(TILTED)


def test_what_is_written_can_be_read_with_names_and_colors(volume, drawn, tmp_path):
    node, array = drawn
    write_label_file(node, tmp_path / "drawn.seg.nrrd")
    labelmap, segments = read_label_file(tmp_path / "drawn.seg.nrrd", volume)
    assert (labelmap.array == array).all()
    assert [(each.value, each.id, each.name) for each in segments] == [(1, "liver", "Liver"), (2, "spleen", "Spleen")]
    assert segments[0].color == pytest.approx((200, 100, 0), abs=1)


def test_plain_label_map_gets_a_segment_for_each_value(volume, drawn, tmp_path):
    path = tmp_path / "plain.nii.gz"
    sitk.WriteImage(to_image(drawn[1], GEOMETRY), str(path))
    _, segments = read_label_file(path, volume)
    assert [(each.value, each.name) for each in segments] == [(1, "Label 1"), (2, "Label 2")]
    assert segments[0].color != segments[1].color


def test_empty_segmentation_is_refused(volume, tmp_path):
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "empty")
    node.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    with pytest.raises(InputError, match="Draw at least one segment"):
        write_label_file(node, tmp_path / "empty.seg.nrrd")
    node.GetSegmentation().AddEmptySegment("liver")
    with pytest.raises(InputError, match="Draw at least one segment"):
        write_label_file(node, tmp_path / "empty.seg.nrrd")


def test_label_map_of_another_scan_or_no_label_map_is_refused(volume, tmp_path):
    path = tmp_path / "other.nii.gz"
    sitk.WriteImage(to_image(np.zeros((2, 5, 5), np.uint8), GEOMETRY), str(path))
    with pytest.raises(InputError, match="does not fit"):
        read_label_file(path, volume)
    with pytest.raises(InputError, match="cannot be read"):
        read_label_file(tmp_path / "absent.nii.gz", volume)
