"""The result of an imported model goes into the scene, and its volumes follow the segments."""

import numpy as np
import pytest
import slicer

from gui.predictionfiles import BOXES, NOTE, prediction_labels, write_prediction_files
from gui.torso import SPACING, torso
from SegmentL3Lib.errors import InputError

VOXEL_ML = float(np.prod(SPACING)) / 1000


@pytest.fixture
def folder(tmp_path):
    """Output folder of the worker."""
    write_prediction_files(tmp_path / "output")
    return tmp_path / "output"


@pytest.fixture
def scan(scene_host):
    from SegmentL3Lib.mrml.volumes import add_volume_node

    return add_volume_node(torso()[0], "CT")


@pytest.fixture
def segmentation(folder, scan):
    from SegmentL3Lib.mrml.prediction import publish_prediction, read_prediction

    return publish_prediction(read_prediction(folder, scan, "abdomen", "Organs"), scan)


def test_every_voxel_arrives_in_its_segment(segmentation, scan):
    labels = prediction_labels().array
    for value, segment in ((1, "liver"), (2, "kidney_left"), (3, "structure_3")):
        found = slicer.util.arrayFromSegmentBinaryLabelmap(segmentation, segment, scan)
        assert np.array_equal(found.astype(bool), labels == value)


def test_colors_and_terminology_are_those_of_the_file(segmentation):
    liver = segmentation.GetSegmentation().GetSegment("liver")
    assert liver.GetColor() == pytest.approx((221 / 255, 130 / 255, 101 / 255), abs=1e-3)
    assert liver.GetTerminology().split("~")[2] == "SCT^10200004^Liver"


def test_unknown_structure_gets_no_code(segmentation, folder):
    text = (folder / "segmentation.seg.nrrd").read_bytes().partition(b"\n\n")[0].decode()
    assert "Segment0_Tags" in text
    assert "Segment2_Tags" not in text
    assert segmentation.GetSegmentation().GetSegment("structure_3").GetName() == "Gizmo <3>"


def test_record_is_kept_with_the_node(segmentation):
    from SegmentL3Lib.mrml.prediction_record import PredictionRecord, read_prediction_record

    assert read_prediction_record(segmentation) == PredictionRecord(
        model="abdomen",
        title="Organs",
        segments=("liver", "kidney_left", "structure_3"),
        device="cpu",
        precision="bf16",
        agreement=0.9991,
        notes=(NOTE,),
        description={"name": "abdomen", "license": "Apache-2.0"},
    )


def test_node_without_a_record_has_none(scene_host):
    from SegmentL3Lib.mrml.prediction_record import read_prediction_record

    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    assert read_prediction_record(node) is None


def test_volumes_are_those_of_the_boxes(segmentation, scan):
    from SegmentL3Lib.mrml.prediction import measure_prediction

    rows = measure_prediction(segmentation, scan)
    expected = [prediction_labels().array[box].size * VOXEL_ML for box in BOXES.values()]
    assert [row.volume_ml for row in rows] == pytest.approx(expected)


def test_volumes_follow_edits_that_overlap(segmentation, scan):
    """Painting over another segment gives the segments label maps of their own."""
    from SegmentL3Lib.mrml.prediction import measure_prediction

    everywhere = np.ones(prediction_labels().array.shape, np.uint8)
    slicer.util.updateSegmentBinaryLabelmapFromArray(everywhere, segmentation, "kidney_left", scan)
    rows = {row.segment: row.volume_ml for row in measure_prediction(segmentation, scan)}
    assert rows["kidney_left"] == pytest.approx(everywhere.size * VOXEL_ML)
    assert rows["liver"] == pytest.approx(prediction_labels().array[BOXES[1]].size * VOXEL_ML)


def test_deleted_segments_leave_the_table_and_emptied_ones_are_zero(segmentation, scan):
    from SegmentL3Lib.mrml.prediction import measure_prediction

    segmentation.GetSegmentation().RemoveSegment("liver")
    nothing = np.zeros(prediction_labels().array.shape, np.uint8)
    slicer.util.updateSegmentBinaryLabelmapFromArray(nothing, segmentation, "structure_3", scan)
    rows = {row.segment: row.volume_ml for row in measure_prediction(segmentation, scan)}
    assert set(rows) == {"kidney_left", "structure_3"}
    assert rows["structure_3"] == 0


def test_many_voxels_are_counted_piece_by_piece(segmentation, monkeypatch):
    from SegmentL3Lib.mrml import segment_volumes

    before = segment_volumes.segment_volumes(segmentation, ["liver", "kidney_left"])
    monkeypatch.setattr(segment_volumes, "VOXELS_AT_ONCE", 1000)
    assert segment_volumes.segment_volumes(segmentation, ["liver", "kidney_left"]) == before


def test_second_run_keeps_foreign_segments_and_its_own_table(segmentation, scan, folder):
    from SegmentL3Lib.mrml.prediction import measure_prediction, publish_prediction, read_prediction

    segmentation.GetSegmentation().AddEmptySegment("lesion", "Lesion", (1, 0, 1))
    measure_prediction(segmentation, scan)
    again = publish_prediction(read_prediction(folder, scan, "abdomen", "Organs"), scan, segmentation)
    measure_prediction(segmentation, scan)
    assert again is segmentation
    assert segmentation.GetSegmentation().GetNumberOfSegments() == 4
    assert slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLTableNode") == 1


@pytest.mark.parametrize("name", ["segmentation.seg.nrrd", "prediction.json"])
@pytest.mark.parametrize("content", [None, b"", b"no such thing"])
def test_missing_and_damaged_files_are_refused(folder, scan, name, content):
    from SegmentL3Lib.mrml.prediction import read_prediction

    path = folder / name
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    with pytest.raises(InputError, match="without a usable result"):
        read_prediction(folder, scan, "abdomen", "Organs")


def test_plain_label_map_is_no_segmentation(folder, scan):
    import SimpleITK as sitk

    from SegmentL3Lib.mrml.prediction import read_prediction

    image = sitk.GetImageFromArray(prediction_labels().array)
    sitk.WriteImage(image, str(folder / "segmentation.seg.nrrd"))
    with pytest.raises(InputError, match="without a usable result"):
        read_prediction(folder, scan, "abdomen", "Organs")


def test_result_of_another_grid_is_refused(folder, scan):
    from SegmentL3Lib.mrml.prediction import read_prediction

    slicer.util.updateVolumeFromArray(scan, np.zeros((2, 3, 4), np.int16))
    with pytest.raises(InputError, match="does not fit the scan"):
        read_prediction(folder, scan, "abdomen", "Organs")
