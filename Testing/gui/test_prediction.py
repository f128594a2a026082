"""The panel with an imported model: what the worker is asked, and what becomes of its answer."""

import json

import numpy as np
import pytest
import slicer

from gui.predictionfiles import BOXES, NAMES, NOTE
from gui.torso import SHAPE, SPACING, torso
from host import pump_until
from SegmentL3Lib.mrml import prediction
from SegmentL3Lib.mrml.volumes import add_volume_node

VOXEL_ML = float(np.prod(SPACING)) / 1000


@pytest.fixture
def with_model(panel, models_folder):
    """The panel with an imported model of one input chosen."""
    panel.use_model(models_folder)
    return panel


@pytest.fixture
def with_two_inputs(panel, models_folder):
    """The panel with an imported model of two inputs chosen."""
    panel.use_model(models_folder, identifier="brain", modality=["MR"], inputs=["T1", "FLAIR"])
    return panel


def is_shown(widget):
    return not widget.isHidden()


def volume_ml(value):
    return np.zeros(SHAPE)[BOXES[value]].size * VOXEL_ML


def job_of(panel):
    """What the worker was asked, as the fake worker tells it."""
    line = next(line for line in panel.ui.logText.toPlainText().splitlines() if "  job " in line)
    return json.loads(line.partition("  job ")[2])


def test_form_shows_what_a_model_needs_and_hides_what_it_does_not(with_model):
    ui = with_model.ui
    assert ui.inputTitle.text == "CT:"
    assert is_shown(ui.regionComboBox)
    assert is_shown(ui.precisionComboBox)
    assert not is_shown(ui.heightSpinBox)
    assert not is_shown(ui.sliceComboBox)
    with_model.parameters.task = "body_composition_l3"
    assert ui.inputTitle.text == "CT volume:"
    assert not is_shown(ui.regionComboBox)
    assert not is_shown(ui.structuresSection)
    assert not is_shown(ui.fastCheckBox)
    assert is_shown(ui.heightSpinBox)


def test_result_is_a_segmentation_with_names_colors_and_terminology(with_model, scan):
    with_model.run()
    node = with_model.parameters.outputSegmentation
    segmentation = node.GetSegmentation()
    segments = [segmentation.GetNthSegment(number) for number in range(3)]
    assert node.GetName() == "CT Abdominal organs segmentation"
    assert tuple(segment.GetName() for segment in segments) == NAMES
    assert len({segment.GetColor() for segment in segments}) == 3
    assert "10200004" in segments[0].GetTerminology()
    assert "24028007" not in segments[1].GetTerminology()
    assert node.GetNodeReference(node.GetReferenceImageGeometryReferenceRole()) is scan[0]


def test_volumes_are_listed_in_milliliters(with_model):
    with_model.run()
    table = with_model.ui.volumesTable
    shown = {table.item(row, 0).text(): float(table.item(row, 1).text()) for row in range(table.rowCount)}
    expected = {name: volume_ml(value) for name, value in zip(NAMES, BOXES, strict=True)}
    assert shown == pytest.approx(expected, abs=0.06)
    assert not is_shown(with_model.ui.resultsSection)


def test_volumes_become_a_table_node_that_can_be_shown(with_model):
    with_model.run()
    table = with_model.parameters.outputSegmentation.GetNodeReference("SegmentL3.VolumeTable")
    assert table.GetName() == "CT Abdominal organs volumes"
    assert table.GetCellText(0, 0) == "Liver"
    assert float(table.GetCellText(0, 1)) == pytest.approx(volume_ml(1))
    assert table.GetColumnUnitLabel("Volume") == "ml"
    with_model.ui.showTableButton.click()
    assert slicer.app.applicationLogic().GetSelectionNode().GetActiveTableID() == table.GetID()
    assert slicer.app.layoutManager().layout == slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpTableView


def test_views_go_to_the_largest_structure(with_model):
    with_model.run()
    red = slicer.app.layoutManager().sliceWidget("Red").mrmlSliceNode()
    first, stop = BOXES[1][0].start, BOXES[1][0].stop
    assert 100 + 5 * first <= red.GetSliceOffset() <= 100 + 5 * (stop - 1)


def test_result_says_model_scan_device_and_notes(with_model):
    with_model.run()
    text = with_model.ui.modelResultLabel.text
    assert text == "<b>Abdominal organs</b>: CT (cpu, bf16, same labels as 32 bit: 99.91 %)"
    assert NOTE in with_model.ui.modelResultNotes.text


def test_surfaces_are_shown(with_model):
    with_model.run()
    segmentation = with_model.parameters.outputSegmentation.GetSegmentation()
    assert segmentation.ContainsRepresentation("Closed surface")
    assert with_model.ui.showModelResult3DButton.checked


def test_surfaces_of_a_large_result_wait_for_the_user(with_model, monkeypatch):
    monkeypatch.setattr(prediction, "LARGEST_FOR_3D_VOXELS", 10)
    with_model.run()
    assert not with_model.parameters.outputSegmentation.GetSegmentation().ContainsRepresentation("Closed surface")
    assert with_model.ui.showModelResult3DButton.enabled


def test_worker_is_asked_for_everything_by_default(with_model, models_folder):
    with_model.run()
    assert job_of(with_model) == {
        "kind": "predict",
        "model": "abdomen",
        "models_dir": str(models_folder),
        "device": "auto",
        "precision": "auto",
        "region": None,
        "structures": None,
        "mirror": None,
    }


def test_settings_of_the_panel_reach_the_worker(with_model):
    import qt

    with_model.ui.precisionComboBox.currentIndex = 1
    with_model.ui.fastCheckBox.checked = True
    with_model.run()
    job = job_of(with_model)
    assert (job["precision"], job["mirror"]) == ("fp32", False)
    assert qt.QSettings().value("SegmentL3/precision") == "fp32"


def test_only_ticked_structures_are_asked_for(with_model):
    tick(with_model, "Left kidney", False)
    assert with_model.ui.structuresSection.text == "Structures: 2 of 3"
    with_model.run()
    assert job_of(with_model)["structures"] == ["liver", "gizmo <3>"]


def items(panel):
    return [panel.ui.structuresList.item(row) for row in range(panel.ui.structuresList.count)]


def tick(panel, name, isTicked):
    import qt

    item = next(item for item in items(panel) if item.text() == name)
    item.setCheckState(qt.Qt.Checked if isTicked else qt.Qt.Unchecked)


def test_without_a_ticked_structure_there_is_nothing_to_do(with_model):
    with_model.ui.noStructuresButton.click()
    assert not with_model.ui.applyButton.enabled
    assert with_model.ui.applyButton.toolTip == "No structure is ticked. Tick at least one under Structures."
    with_model.ui.allStructuresButton.click()
    assert with_model.ui.applyButton.enabled


def test_buttons_tick_what_the_filter_shows(with_model):
    with_model.ui.structuresFilter.text = "KID"
    assert [item.text() for item in items(with_model) if not item.isHidden()] == ["Left kidney"]
    with_model.ui.noStructuresButton.click()
    assert list(with_model.parameters.leftOut) == ["left_kidney"]


def test_box_is_made_in_the_middle_of_the_scan_and_reaches_the_worker_in_lps(with_model, scan):
    with_model.parameters.region = with_model.python.RegionChoice.ROI
    assert is_shown(with_model.ui.roiSelector)
    assert "Choose the box" in with_model.ui.applyButton.toolTip
    node = with_model.ui.roiSelector.addNode()
    assert with_model.parameters.roi is node
    with_model.run()
    low, high = np.array(scan[1].geometry.origin) - np.array(SPACING) / 2, None
    size = np.array(SPACING) * SHAPE[::-1]
    high = low + size
    expected = np.stack([low + size / 4, high - size / 4], axis=1).ravel()
    assert job_of(with_model)["region"]["bounds_lps_mm"] == pytest.approx(expected.tolist())


def test_box_outside_the_scan_is_refused(with_model):
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsROINode", "far away")
    node.SetCenter(5000, 0, 0)
    node.SetSize(10, 10, 10)
    with_model.parameters.roi = node
    with_model.parameters.region = with_model.python.RegionChoice.ROI
    assert with_model.ui.applyButton.toolTip.startswith('The box "far away" lies outside the scan "CT".')


def test_slices_count_from_one_for_the_user_and_from_zero_for_the_worker(with_model):
    with_model.parameters.region = with_model.python.RegionChoice.SLICES
    assert with_model.ui.lastSliceSpinBox.text == "9 of 9"
    with_model.ui.firstSliceSpinBox.value = 3
    with_model.ui.lastSliceSpinBox.value = 6
    red = slicer.app.layoutManager().sliceWidget("Red").mrmlSliceNode()
    assert red.GetSliceOffset() == pytest.approx(100 + 5 * 5, abs=1e-3)
    with_model.run()
    assert job_of(with_model)["region"] == {"slices": [2, 5]}


def test_the_patient_can_be_the_region(with_model):
    with_model.parameters.region = with_model.python.RegionChoice.BODY
    assert not is_shown(with_model.ui.roiSelector)
    with_model.run()
    assert job_of(with_model)["region"] == {"body": True}


def test_vertebrae_can_bound_the_region(with_model):
    assert not is_shown(with_model.ui.upperVertebraComboBox)
    with_model.parameters.region = with_model.python.RegionChoice.VERTEBRAE
    assert is_shown(with_model.ui.upperVertebraComboBox)
    with_model.ui.upperVertebraComboBox.setCurrentText("L1")
    with_model.run()
    assert job_of(with_model)["region"] == {"vertebrae": ["L1", "L5"]}


def test_slices_in_the_wrong_order_are_refused(with_model):
    with_model.parameters.region = with_model.python.RegionChoice.SLICES
    with_model.ui.firstSliceSpinBox.value = 6
    with_model.ui.lastSliceSpinBox.value = 3
    assert with_model.ui.applyButton.toolTip == "The last slice of the region lies before the first."


def test_each_input_has_a_selector_of_its_own(with_two_inputs, scan):
    panel = with_two_inputs
    other = add_volume_node(torso()[0], "other")
    assert panel.ui.inputTitle.text == "T1:"
    assert panel.ui.applyButton.toolTip == 'Load a volume and select it for the input "FLAIR".'
    panel.widget.form.inputs.selector(1).setCurrentNode(other)
    assert panel.ui.applyButton.enabled
    panel.run()
    assert "2 inputs" in panel.ui.logText.toPlainText()
    assert panel.parameters.outputSegmentation is not None


def test_the_same_volume_twice_is_refused(with_two_inputs, scan):
    with_two_inputs.widget.form.inputs.selector(1).setCurrentNode(scan[0])
    assert with_two_inputs.ui.applyButton.toolTip.startswith("The same volume is chosen more than once.")


def test_further_inputs_are_hidden_for_a_task_of_one(with_two_inputs):
    selector = with_two_inputs.widget.form.inputs.selector(1)
    assert is_shown(selector)
    with_two_inputs.parameters.task = "body_composition_l3"
    assert not is_shown(selector)


def test_chosen_inputs_are_saved_with_the_scene(with_two_inputs, scan, tmp_path):
    other = add_volume_node(torso()[0], "other")
    with_two_inputs.widget.form.inputs.selector(1).setCurrentNode(other)
    file = str(tmp_path / "scene.mrb")
    assert slicer.util.saveScene(file)
    slicer.mrmlScene.Clear(0)
    assert slicer.mrmlScene.ReadFromMRB(file)
    with_two_inputs.loaded.panel.enter()
    assert with_two_inputs.widget.form.inputs.selector(1).currentNode().GetName() == "other"


def test_deleting_an_input_during_a_run_cancels_it(with_two_inputs):
    panel = with_two_inputs
    other = add_volume_node(torso()[0], "other")
    panel.widget.form.inputs.selector(1).setCurrentNode(other)
    panel.behave("hang")
    panel.apply()
    slicer.mrmlScene.RemoveNode(other)
    assert not panel.logic.isRunning


def test_model_for_another_modality_is_refused(with_two_inputs, scan):
    hierarchy = slicer.mrmlScene.GetSubjectHierarchyNode()
    hierarchy.SetItemAttribute(hierarchy.GetItemByDataNode(scan[0]), "DICOM.Modality", "CT")
    with_two_inputs.widget.onParametersModified()
    assert with_two_inputs.ui.applyButton.toolTip == '"CT" is CT; this model understands MR only.'


def test_results_of_two_tasks_are_kept_apart(with_model):
    with_model.run()
    first = with_model.parameters.outputSegmentation
    with_model.parameters.task = "body_composition_l3"
    assert with_model.parameters.outputSegmentation is None
    with_model.run()
    assert is_shown(with_model.ui.resultsSection)
    assert not is_shown(with_model.ui.modelResultSection)
    with_model.parameters.outputSegmentation = first
    assert with_model.ui.applyButton.toolTip.startswith("The segmentation holds the result of another task.")
    with_model.parameters.task = "model:abdomen"
    assert with_model.parameters.outputSegmentation is first
    pump_until(lambda: is_shown(with_model.ui.modelResultSection), 5)
    assert not is_shown(with_model.ui.resultsSection)


def test_editing_updates_volumes_and_table(with_model, scan):
    with_model.run()
    node = with_model.parameters.outputSegmentation
    array = slicer.util.arrayFromSegmentBinaryLabelmap(node, "liver", scan[0])
    array[:3] = 0
    slicer.util.updateSegmentBinaryLabelmapFromArray(array, node, "liver", scan[0])
    expected = volume_ml(1) * 3 / 4
    pump_until(lambda: shown_volume(with_model) == pytest.approx(expected, abs=0.06), 5, "the new volume")
    table = node.GetNodeReference("SegmentL3.VolumeTable")
    assert float(table.GetCellText(0, 1)) == pytest.approx(expected)


def shown_volume(panel):
    return float(panel.ui.volumesTable.item(0, 1).text())


def test_second_run_writes_into_the_same_segmentation(with_model):
    with_model.run()
    first = with_model.parameters.outputSegmentation
    with_model.run()
    assert with_model.parameters.outputSegmentation is first
    assert first.GetSegmentation().GetNumberOfSegments() == 3


def test_click_on_a_row_jumps_to_the_structure(with_model):
    with_model.run()
    display = with_model.parameters.outputSegmentation.GetDisplayNode()
    with_model.ui.volumesTable.cellClicked.emit(1, 0)
    red = slicer.app.layoutManager().sliceWidget("Red").mrmlSliceNode()
    assert 115 <= red.GetSliceOffset() <= 120
    assert display.GetSegmentOpacity2DFill("kidney_left") > display.GetSegmentOpacity2DFill("liver")
    with_model.ui.volumesTable.cellClicked.emit(1, 0)
    assert display.GetSegmentOpacity2DFill("kidney_left") == display.GetSegmentOpacity2DFill("liver")


def test_volumes_are_exported_and_no_name_is_a_formula(with_model, tmp_path):
    with_model.run()
    with_model.parameters.outputSegmentation.GetSegmentation().GetSegment("kidney_left").SetName("=1+1")
    pump_until(lambda: with_model.ui.volumesTable.item(1, 0).text() == "=1+1", 5, "the new name")
    with_model.widget.results.askForFile = lambda _title, name, _filter: str(tmp_path / name)
    with_model.ui.exportVolumesButton.click()
    lines = (tmp_path / "volumes.csv").read_text(encoding="utf-8").splitlines()
    assert lines[:2] == ["segment,name,volume_ml", f"liver,Liver,{volume_ml(1):.3f}"]
    assert lines[2].startswith("kidney_left,'=1+1,")


def test_progress_and_remaining_time_are_shown_while_the_model_runs(with_model):
    with_model.behave("slow")
    with_model.apply()
    pump_until(lambda: with_model.ui.progressBar.value == 70, 20, "progress")
    assert with_model.ui.statusLabel.text == "Window 14 of 20, about 8 s left..."
    assert not with_model.ui.modelsSection.enabled
    with_model.apply()
    assert with_model.ui.modelsSection.enabled


def test_cancel_leaves_nothing_in_the_scene(with_model):
    with_model.behave("hang")
    before = slicer.mrmlScene.GetNumberOfNodes()
    with_model.apply()
    folder = with_model.logic.run.folder
    with_model.apply()
    assert slicer.mrmlScene.GetNumberOfNodes() == before
    assert not folder.exists()


def test_success_without_files_is_not_taken_for_a_result(with_model):
    with_model.behave("lie")
    with_model.run()
    assert with_model.parameters.outputSegmentation is None
    assert "could not be shown" in with_model.ui.statusLabel.text


def test_a_saved_scene_shows_its_volumes_again(with_model, tmp_path):
    with_model.run()
    expected = shown_volume(with_model)
    file = str(tmp_path / "scene.mrb")
    assert slicer.util.saveScene(file)
    slicer.mrmlScene.Clear(0)
    assert slicer.mrmlScene.ReadFromMRB(file)
    pump_until(lambda: is_shown(with_model.ui.modelResultSection), 5)
    assert shown_volume(with_model) == expected
    assert with_model.ui.outputSelector.currentNode().GetName() == "CT Abdominal organs segmentation"


def test_script_can_list_models_and_use_one(panel, scan, models_folder):
    from gui.predictionfiles import write_model_row

    write_model_row(models_folder)
    models = panel.logic.findModels()
    panel.parameters.task = models[0].taskId
    segmentation, volumes = panel.logic.process(panel.parameters, "cpu")
    assert segmentation.GetName() == "CT Abdominal organs segmentation"
    assert [volume.name for volume in volumes] == list(NAMES)
