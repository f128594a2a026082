"""Voxels keep their place between SimpleITK's, the library's and the application's geometry."""

import itertools

import numpy as np
import pytest
import SimpleITK as sitk
import slicer

from SegmentL3Lib.errors import InputError
from SegmentL3Lib.volume import Geometry, Volume

SHAPE = (4, 5, 6)


def directions():
    """All right-angled directions, and two oblique ones."""
    for axes in itertools.permutations(range(3)):
        for signs in itertools.product((1, -1), repeat=3):
            yield (np.eye(3)[list(axes)] * signs).ravel()
    for angles in ((0.2, -0.1, 0.3), (-0.4, 0.5, 2.0)):
        yield np.array(sitk.Euler3DTransform((0, 0, 0), *angles).GetMatrix())


def image_with(direction):
    array = np.random.default_rng(1).integers(-1000, 1000, SHAPE).astype(np.int16)
    image = sitk.GetImageFromArray(array)
    image.SetSpacing((0.7, 0.8, 3.1))
    image.SetOrigin((-11.5, 23.25, -301.0))
    image.SetDirection(tuple(direction))
    return image


def volume_from(image):
    geometry = Geometry(image.GetOrigin(), image.GetSpacing(), image.GetDirection())
    return Volume(sitk.GetArrayFromImage(image), geometry)


def test_nodes_have_the_place_that_simpleitk_says(scene_host):
    from SegmentL3Lib.mrml.volumes import add_volume_node, ijk_to_ras

    for image in map(image_with, directions()):
        node = add_volume_node(volume_from(image), "scan")
        for index in ((0, 0, 0), (5, 0, 0), (0, 4, 0), (1, 2, 3)):
            left, back, up = image.TransformIndexToPhysicalPoint(index)
            assert ijk_to_ras(node) @ [*index, 1] == pytest.approx([-left, -back, up, 1], abs=1e-9)


def test_scans_come_back_as_they_went(scene_host):
    from SegmentL3Lib.mrml.volumes import add_volume_node, volume_of

    for volume in map(volume_from, map(image_with, directions())):
        back = volume_of(add_volume_node(volume, "scan"))
        assert np.array_equal(back.array, volume.array)
        for name in ("origin", "spacing", "direction"):
            assert getattr(back.geometry, name) == pytest.approx(getattr(volume.geometry, name), abs=1e-9)


@pytest.mark.parametrize("suffix", [".nii.gz", ".nrrd", ".mha"])
def test_file_loaded_by_slicer_has_the_geometry_of_the_reader(scene_host, tmp_path, suffix):
    from SegmentL3Lib.mrml.volumes import volume_of
    from SegmentL3Lib.reading import read_volume

    path = tmp_path / f"scan{suffix}"
    sitk.WriteImage(image_with(list(directions())[-2]), str(path))
    node = slicer.util.loadVolume(str(path))
    ours, theirs = read_volume(path), volume_of(node)
    corners = [(0, 0, 0), (5, 4, 3)]
    for corner in corners:
        expected = ours.geometry.index_to_lps(corner)
        assert theirs.geometry.index_to_lps(corner) == pytest.approx(expected, abs=1e-4)


def test_scan_written_for_the_worker_lies_where_the_node_lies(scene_host, tmp_path):
    from SegmentL3Lib.mrml.exchange import write_scan
    from SegmentL3Lib.mrml.volumes import add_volume_node

    image = image_with(list(directions())[-1])
    path = tmp_path / "scan.nrrd"
    write_scan(add_volume_node(volume_from(image), "Doe^Jane"), path)
    written = sitk.ReadImage(str(path))
    assert np.array_equal(sitk.GetArrayFromImage(written), sitk.GetArrayFromImage(image))
    assert written.GetOrigin() == pytest.approx(image.GetOrigin())
    assert written.GetDirection() == pytest.approx(image.GetDirection())
    assert b"Doe" not in path.read_bytes()


@pytest.fixture
def node(scene_host):
    from SegmentL3Lib.mrml.volumes import add_volume_node

    return add_volume_node(volume_from(image_with(np.eye(3).ravel())), "scan")


def test_scan_under_a_transform_is_refused(node):
    from SegmentL3Lib.mrml.volumes import volume_of

    transform = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "registration")
    node.SetAndObserveTransformNodeID(transform.GetID())
    with pytest.raises(InputError, match='"registration"'):
        volume_of(node)


def test_sheared_scan_is_refused(node):
    from SegmentL3Lib.mrml.volumes import find_problem

    matrix = np.eye(4)
    matrix[1, 2] = 0.2
    node.SetIJKToRASMatrix(slicer.util.vtkMatrixFromArray(matrix))
    assert "right angles" in find_problem(node)


def test_node_without_an_image_is_refused(scene_host):
    from SegmentL3Lib.mrml.volumes import find_problem

    assert "no image" in find_problem(slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode"))


def test_modality_is_what_the_dicom_module_noted(node):
    from SegmentL3Lib.mrml.volumes import modality_of

    assert modality_of(node) is None
    hierarchy = slicer.mrmlScene.GetSubjectHierarchyNode()
    hierarchy.SetItemAttribute(hierarchy.GetItemByDataNode(node), "DICOM.Modality", "MR")
    assert modality_of(node) == "MR"
