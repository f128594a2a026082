"""The panel and the scene: scans from the scene, before and after in linked views, an image of a drawn label map."""

import json
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
import slicer

from domainadaptgui.conftest import SHAPE, write_image
from SegmentL3Lib.mrml import paired_views, selftest, volumes
from SegmentL3Lib.volume import Geometry, Volume


def job_of(panel):
    line = next(line for line in reversed(panel.log().splitlines()) if "job {" in line)
    return json.loads(line[line.index("{") :])


def add_scan(name, value=7):
    return volumes.add_volume_node(Volume(np.full(SHAPE, value, np.int16), Geometry((1.0, 2.0, 3.0))), name)


@pytest.fixture
def scene_panel(panel):
    """The panel with volumes of the scene as new scans, the second of two ticked, and a method chosen."""
    add_scan("left out")
    add_scan("this one", 9)
    panel.parameters.targetChoice = panel.loaded.python.TargetChoice.SCENE
    tick(panel, 1)
    panel.ui.methodTable.selectRow(0)
    return panel


def tick(panel, row, isTicked=True):
    import qt

    panel.ui.volumesList.item(row).setCheckState(qt.Qt.Checked if isTicked else qt.Qt.Unchecked)


def write_labels(folder, name, columns):
    array = np.zeros(SHAPE, np.uint8)
    array[2, 10:20, columns] = 1
    return write_image(folder / f"{name}.seg.nrrd", array)


@pytest.fixture
def compared(panel, scans):
    """The panel after an adaptation with label maps; half of the voxels keep their label."""
    write_labels(scans, "before", slice(10, 20))
    write_labels(scans, "after", slice(10, 30))
    panel.adapt(scans)
    return panel


def test_volumes_of_the_scene_are_offered_and_ticked(scene_panel):
    names = [scene_panel.ui.volumesList.item(row).text() for row in range(scene_panel.ui.volumesList.count)]
    assert names == ["left out", "this one"]
    assert scene_panel.ui.targetLabel.text == "one scan"
    assert scene_panel.ui.applyButton.enabled
    tick(scene_panel, 1, False)
    assert scene_panel.ui.applyButton.toolTip == "Tick the volumes of the scene that come from the new scanner."


def test_ticked_volumes_are_written_for_the_worker_into_the_folder_of_the_job(scene_panel):
    scene_panel.ui.applyButton.click()
    scene_panel.wait()
    (path,) = job_of(scene_panel)["target"]
    assert Path(path).is_relative_to(scene_panel.jobs[0])
    image = sitk.ReadImage(path)
    assert (sitk.GetArrayFromImage(image) == 9).all()
    assert image.GetOrigin() == pytest.approx((1, 2, 3))
    assert scene_panel.ui.comparedComboBox.itemText(0) == "this one"


def test_list_follows_the_scene(scene_panel):
    node = slicer.util.getFirstNodeByName("this one")
    slicer.mrmlScene.RemoveNode(node)
    assert scene_panel.ui.volumesList.count == 1
    assert scene_panel.ui.targetLabel.text == "no scans"
    add_scan("another")
    assert scene_panel.ui.volumesList.count == 2


def test_volume_under_a_transform_is_refused_by_name(scene_panel):
    transform = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    slicer.util.getFirstNodeByName("this one").SetAndObserveTransformNodeID(transform.GetID())
    scene_panel.widget.onParametersModified()
    assert scene_panel.ui.applyButton.toolTip.startswith('"this one": The volume is moved by the transform')


def test_choice_is_saved_with_the_scene(scene_panel, tmp_path):
    scene_panel.parameters.model = "l3_tissue_2d"
    path = str(tmp_path / "scene.mrb")
    assert slicer.util.saveScene(path)
    slicer.mrmlScene.Clear(0)
    assert scene_panel.ui.targetLabel.text == "no scans"
    slicer.util.loadScene(path)
    assert scene_panel.ui.targetLabel.text == "one scan"
    assert scene_panel.parameters.method == scene_panel.logic.methods[0].name


def test_before_and_after_are_shown_in_linked_views(compared):
    compared.ui.compareButton.click()
    nodes = slicer.util.getNodesByClass("vtkMRMLSegmentationNode")
    assert [node.GetName() for node in nodes] == ["one before", "one after"]
    left = slicer.mrmlScene.GetSingletonNode(paired_views.BEFORE_VIEW, "vtkMRMLSliceNode")
    right = slicer.mrmlScene.GetSingletonNode(paired_views.AFTER_VIEW, "vtkMRMLSliceNode")
    assert nodes[0].GetDisplayNode().IsDisplayableInView(left.GetID())
    assert not nodes[1].GetDisplayNode().IsDisplayableInView(left.GetID())
    assert left.GetSliceOffset() == right.GetSliceOffset() == pytest.approx(2 * 5.0)
    assert "50.0 % of the labeled voxels" in compared.ui.comparisonLabel.text


def test_another_scan_replaces_the_one_before(compared):
    compared.ui.compareButton.click()
    compared.ui.comparedComboBox.currentIndex = 1
    compared.ui.compareButton.click()
    names = [node.GetName() for node in slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")]
    assert names == ["two"]
    assert len(slicer.util.getNodesByClass("vtkMRMLSegmentationNode")) == 2


def test_discard_removes_what_was_compared(compared):
    compared.ui.compareButton.click()
    compared.ui.discardButton.click()
    assert slicer.util.getNodesByClass("vtkMRMLSegmentationNode") == []
    assert slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode") == []


def test_scan_of_the_scene_is_compared_where_it_is(scene_panel):
    scene_panel.ui.applyButton.click()
    scene_panel.wait()
    (path,) = (Path(path) for path in job_of(scene_panel)["target"])
    for name in ("before", "after"):
        array = np.ones(SHAPE, np.uint8)
        sitk.WriteImage(sitk.GetImageFromArray(array), str(scene_panel.jobs[0] / f"{name}-0.seg.nrrd"))
    scene_panel.ui.compareButton.click()
    assert "100.0 %" in scene_panel.ui.comparisonLabel.text
    assert len(slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")) == 2
    scene_panel.ui.discardButton.click()
    assert len(slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")) == 2


def test_missing_label_map_is_explained(panel, scans, host):
    panel.adapt(scans)
    panel.ui.compareButton.click()
    assert "cannot be read" in host.dialogs.texts[-1]
    assert slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode") != []


def test_drawn_segmentation_becomes_an_image_in_the_scene(panel):
    volume = selftest.add_scan()
    segmentation = selftest.add_prediction(volume)
    assert not panel.ui.synthesizeButton.enabled
    panel.ui.drawnSelector.setCurrentNode(segmentation)
    panel.ui.seedSpinBox.value = 5
    panel.ui.synthesizeButton.click()
    panel.wait()
    node = slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")[-1]
    assert node.GetName() == f"{segmentation.GetName()} image"
    assert sorted(np.unique(slicer.util.arrayFromVolume(node))) == [5, 105]
    assert volumes.ijk_to_ras(node) == pytest.approx(volumes.ijk_to_ras(volume))
    composite = slicer.mrmlScene.GetSingletonNode("Red", "vtkMRMLSliceCompositeNode")
    assert composite.GetBackgroundVolumeID() == node.GetID()


def test_learned_generator_is_handed_to_the_worker(panel, tmp_path):
    panel.ui.drawnSelector.setCurrentNode(selftest.add_prediction(selftest.add_scan()))
    panel.ui.generatorFolderEdit.currentPath = str(tmp_path)
    panel.ui.synthesizeButton.click()
    panel.wait()
    assert job_of(panel)["generator"] == str(tmp_path)


def test_empty_segmentation_is_refused_in_words(panel, host):
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "empty")
    panel.ui.drawnSelector.setCurrentNode(node)
    panel.ui.synthesizeButton.click()
    assert "Draw at least one segment" in host.dialogs.texts[-1]
    assert not panel.logic.isRunning


def test_segment_editor_is_one_click_away(panel, host):
    panel.ui.drawButton.click()
    assert host.selected_modules == ["SegmentEditor"]
