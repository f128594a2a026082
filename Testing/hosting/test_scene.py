"""Scene, logics and file reading of the stand-in host."""

import numpy as np
import pytest


def test_a_volume_keeps_its_voxels_and_geometry_through_a_file(host, volume, tmp_path):
    import slicer
    import vtk

    slicer.util.saveNode(volume, str(tmp_path / "ct.nrrd"))
    loaded = slicer.util.loadVolume(str(tmp_path / "ct.nrrd"))
    before, after = vtk.vtkMatrix4x4(), vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(before)
    loaded.GetIJKToRASMatrix(after)
    np.testing.assert_array_equal(slicer.util.arrayFromVolume(loaded), slicer.util.arrayFromVolume(volume))
    np.testing.assert_allclose(slicer.util.arrayFromVTKMatrix(after), slicer.util.arrayFromVTKMatrix(before), atol=1e-9)


def test_a_scene_comes_back_from_a_bundle(host, volume, tmp_path):
    import slicer

    assert slicer.util.saveScene(str(tmp_path / "case.mrb"))
    slicer.mrmlScene.Clear(0)
    slicer.util.loadScene(str(tmp_path / "case.mrb"))
    assert slicer.util.arrayFromVolume(slicer.util.getNode("ct*")).max() == 100


def test_a_new_data_node_has_a_subject_hierarchy_item(host, volume):
    import slicer

    assert slicer.mrmlScene.GetSubjectHierarchyNode().GetItemByDataNode(volume)


def test_shortcuts_that_the_application_lacks_are_absent(host):
    import slicer

    assert not hasattr(slicer, "arrayFromVolume")


def test_a_file_without_reader_is_refused(host, tmp_path):
    import slicer

    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(NotImplementedError, match="NoFile"):
        slicer.util.loadNodeFromFile(str(tmp_path / "notes.txt"))


def test_a_scene_without_qt_has_logics_and_an_application(scene_host):
    import slicer

    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTableNode", "numbers")
    assert slicer.modules.tables.logic() is scene_host.logics["tables"]
    assert slicer.app.layoutManager() is None
    assert node.GetScene() is scene_host.scene
