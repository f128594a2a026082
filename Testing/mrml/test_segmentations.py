"""Labels go into segments and come back, on every orientation, and leave other segments alone."""

from dataclasses import replace

import numpy as np
import pytest
import slicer

from SegmentL3Lib.labels import load_labels
from SegmentL3Lib.orientation import axial_order
from SegmentL3Lib.volume import Geometry, LabelMap, Volume

SHAPE = (5, 12, 14)
OBLIQUE = (0.96, -0.28, 0.0, 0.28, 0.96, 0.0, 0.0, 0.0, 1.0)
GEOMETRIES = {
    "plain": Geometry(spacing=(0.8, 0.9, 5.0)),
    "flipped": Geometry((5.0, 6.0, 7.0), (0.8, 0.9, 5.0), (-1.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0, 1.0)),
    "left-handed": Geometry((5.0, 6.0, 7.0), (0.8, 0.9, 5.0), (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, -1.0)),
    "oblique": Geometry((-5.0, 6.0, 7.0), (0.8, 0.9, 5.0), OBLIQUE),
    "sagittal": Geometry((5.0, 6.0, 7.0), (0.8, 0.9, 5.0), (0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, -1.0, 0.0)),
}


@pytest.fixture(params=GEOMETRIES)
def scan(request, scene_host):
    from SegmentL3Lib.mrml.volumes import add_volume_node

    array = np.random.default_rng(0).integers(-200, 200, SHAPE).astype(np.int16)
    return add_volume_node(Volume(array, GEOMETRIES[request.param]), "scan")


@pytest.fixture
def segmentation(scene_host):
    return slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "segmentation")


def some_labels(seed=0, without=()):
    array = np.random.default_rng(seed).integers(0, 7, SHAPE).astype(np.uint8)
    array[np.isin(array, without)] = 0
    return array


def write(array, scan, segmentation):
    from SegmentL3Lib.mrml.segmentations import write_labels
    from SegmentL3Lib.mrml.volumes import geometry_of

    write_labels(LabelMap(array, geometry_of(scan)), load_labels(), scan, segmentation)


def segment_array(segmentation, label, scan):
    return slicer.util.arrayFromSegmentBinaryLabelmap(segmentation, label.id, scan)


def test_each_segment_holds_its_label(scan, segmentation):
    array = some_labels()
    write(array, scan, segmentation)
    for label in load_labels():
        assert np.array_equal(segment_array(segmentation, label, scan) > 0, array == label.value)


def test_labels_that_do_not_occur_give_empty_segments(scan, segmentation):
    array = some_labels(without=(2, 5))
    write(array, scan, segmentation)
    for label in load_labels():
        assert np.array_equal(segment_array(segmentation, label, scan) > 0, array == label.value)


def test_a_second_run_replaces_all_of_the_first(scan, segmentation):
    write(some_labels(1), scan, segmentation)
    second = some_labels(2, without=(3,))
    write(second, scan, segmentation)
    for label in load_labels():
        assert np.array_equal(segment_array(segmentation, label, scan) > 0, second == label.value)


def test_every_slice_along_every_axis_reads_back(scan, segmentation):
    from SegmentL3Lib.mrml.segmentations import labels_at
    from SegmentL3Lib.mrml.volumes import geometry_of

    array = some_labels()
    write(array, scan, segmentation)
    for axis, count in enumerate(SHAPE):
        for index in (0, count // 2, count - 1):
            found = labels_at(segmentation, load_labels(), geometry_of(scan), SHAPE, axis, index)
            assert np.array_equal(found, array.take(index, axis))


def test_segments_have_names_colors_and_terminology(scan, segmentation):
    write(some_labels(), scan, segmentation)
    for label in load_labels():
        segment = segmentation.GetSegmentation().GetSegment(label.id)
        assert segment.GetName() == label.name
        assert [round(255 * channel) for channel in segment.GetColor()] == list(label.color)
        assert segment.GetTerminology() == label.terminology_entry


def test_foreign_segments_and_their_voxels_are_kept(scan, segmentation):
    segmentation.SetReferenceImageGeometryParameterFromVolumeNode(scan)
    segmentation.GetSegmentation().AddEmptySegment("lesion", "Lesion", (1, 0, 1))
    lesion = np.zeros(SHAPE, np.uint8)
    lesion[1:3, 2:9, 3:11] = 1
    slicer.util.updateSegmentBinaryLabelmapFromArray(lesion, segmentation, "lesion", scan)
    write(some_labels(), scan, segmentation)
    assert np.array_equal(slicer.util.arrayFromSegmentBinaryLabelmap(segmentation, "lesion", scan) > 0, lesion > 0)


def test_name_and_color_that_the_user_gave_are_kept(scan, segmentation):
    write(some_labels(), scan, segmentation)
    segment = segmentation.GetSegmentation().GetSegment("bone")
    segment.SetName("L3")
    segment.SetColor(0, 0, 1)
    write(some_labels(2), scan, segmentation)
    assert segment.GetName() == "L3"
    assert segment.GetColor() == (0, 0, 1)


def test_reference_geometry_is_that_of_the_scan(scan, segmentation):
    write(some_labels(), scan, segmentation)
    role = segmentation.GetReferenceImageGeometryReferenceRole()
    assert segmentation.GetNodeReference(role) is scan


def test_a_shown_surface_is_made_again(scan, segmentation):
    write(some_labels(1), scan, segmentation)
    segmentation.CreateClosedSurfaceRepresentation()
    write(some_labels(2), scan, segmentation)
    assert segmentation.GetSegmentation().ContainsRepresentation("Closed surface")


def test_no_helper_node_is_left(scan, segmentation):
    write(some_labels(), scan, segmentation)
    assert slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLLabelMapVolumeNode") == 0


def test_labels_of_another_size_are_refused(scan, segmentation):
    from SegmentL3Lib.mrml.segmentations import write_labels

    wrong = LabelMap(np.zeros((2, 2, 2), np.uint8))
    with pytest.raises(ValueError, match="size"):
        write_labels(wrong, load_labels(), scan, segmentation)


def test_segments_drawn_on_another_grid_are_read_on_the_scan(scan, segmentation):
    from SegmentL3Lib.mrml.segmentations import labels_at
    from SegmentL3Lib.mrml.volumes import add_volume_node, geometry_of

    fine = replace(geometry_of(scan), spacing=tuple(value / 2 for value in geometry_of(scan).spacing))
    array = np.full([2 * size for size in SHAPE], 3, np.uint8)
    write(array, add_volume_node(Volume(array, fine), "fine"), segmentation)
    found = labels_at(segmentation, load_labels(), geometry_of(scan), SHAPE, 0, 2)
    assert (found == 3).mean() > 0.9


def test_numbers_do_not_depend_on_how_the_file_is_stored(scan, segmentation):
    """The same patient, stored in axial order and as it is here, gives the same areas and mean HU."""
    from SegmentL3Lib.measure import measure_slice
    from SegmentL3Lib.mrml.measure_node import measure_node, slice_axis
    from SegmentL3Lib.mrml.record import RunRecord
    from SegmentL3Lib.mrml.volumes import geometry_of, volume_of
    from SegmentL3Lib.results import Patient

    array = some_labels()
    write(array, scan, segmentation)
    volume, axis = volume_of(scan), slice_axis(scan)
    record = RunRecord(None, 1, (0.0, 0.0, 0.0))
    measured = measure_node(scan, segmentation, record, Patient()).result
    order = axial_order(geometry_of(scan))
    index = order.axial_index(1, SHAPE[axis])
    axial = order.geometry(volume.geometry, SHAPE)
    labels, hu = order.apply(array)[index], order.apply(volume.array)[index]
    expected = measure_slice(labels, hu, axial.pixel_area_mm2, Patient(), {})
    # The body fills this small image, so the field of view cuts it, and areas are refused.
    assert measured.measurements.mean_hu == pytest.approx(expected.mean_hu)
    assert set(measured.measurements.area_cm2.values()) == {None}
    assert np.array_equal(np.unique(np.nonzero(measured.segmentation.array)[axis]), [1])
