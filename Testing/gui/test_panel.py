"""The panel from Apply to the numbers, and everything that can come between."""

import sys
import time
import warnings

import psutil
import pytest
import slicer

from gui.torso import LEVEL_SLICE, SPACING, torso
from host import pump_for, pump_until
from SegmentL3Lib.gui.requirements import PackageState, Requirement
from SegmentL3Lib.mrml import segmentations
from SegmentL3Lib.mrml.volumes import add_volume_node

MUSCLE_ROW = 3


def is_shown(widget):
    return not widget.isHidden()


def muscle_area_cm2(labels):
    return (labels.array == 3).sum() * SPACING[0] * SPACING[1] / 100


def test_apply_shows_the_measured_tissues(panel, scan):
    panel.run()
    assert is_shown(panel.ui.resultsSection)
    assert panel.ui.tissueTable.item(MUSCLE_ROW, 0).text() == "Skeletal muscle"
    assert panel.area(MUSCLE_ROW) == pytest.approx(muscle_area_cm2(scan[1]), abs=0.06)
    assert panel.ui.statusLabel.text.startswith("Done")


def test_result_names_level_slice_and_certainty(panel):
    panel.run()
    assert panel.ui.placeLabel.text == "<b>L3</b>: CT, slice 5 of 9 (S 120.0 mm), certainty 93 %"


def test_result_goes_into_a_new_segmentation_named_after_the_scan(panel):
    panel.run()
    segmentation = panel.ui.outputSelector.currentNode()
    assert segmentation.GetName() == "CT L3 segmentation"
    assert segmentation.GetSegmentation().GetSegment("skeletal_muscle").GetName() == "Skeletal muscle"


def test_second_run_writes_into_the_same_segmentation(panel):
    panel.run()
    first = panel.parameters.outputSegmentation
    panel.run()
    assert panel.parameters.outputSegmentation is first
    assert first.GetSegmentation().GetNumberOfSegments() == 6


def test_apply_becomes_cancel_while_running(panel):
    panel.behave("hang")
    panel.apply()
    assert panel.ui.applyButton.text == "Cancel"
    assert is_shown(panel.ui.progressBar)
    assert not panel.ui.inputsSection.enabled
    pump_until(lambda: panel.ui.progressBar.value == 20, message="progress")
    assert panel.ui.statusLabel.text == "Finding L3..."
    panel.apply()
    assert panel.ui.applyButton.text == "Apply"
    assert panel.ui.applyButton.enabled
    assert panel.ui.inputsSection.enabled


def process_ids(panel):
    """Worker and child, once both run."""
    text = pump_until(lambda: panel.ui.logText.toPlainText() if "child" in panel.ui.logText.toPlainText() else "")
    words = text.split()
    return int(words[words.index("child") + 1]), int(words[words.index("of") + 1])


def test_cancel_ends_the_process_tree_within_two_seconds(panel):
    panel.behave("hang")
    panel.apply()
    pids = process_ids(panel)
    start = time.monotonic()
    panel.apply()
    pump_until(lambda: not any(is_alive(pid) for pid in pids), 5, "the end of the processes")
    assert time.monotonic() - start < 2


def is_alive(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_cancel_leaves_the_scene_as_it_was(panel):
    panel.behave("hang")
    before = slicer.mrmlScene.GetNumberOfNodes()
    panel.apply()
    folder = panel.logic.run.folder
    process_ids(panel)
    panel.apply()
    assert slicer.mrmlScene.GetNumberOfNodes() == before
    assert not folder.exists()
    assert not is_shown(panel.ui.resultsSection)


def test_error_of_the_worker_is_shown_in_its_own_words(panel):
    panel.behave("refuse")
    panel.run()
    assert "L3 is not in this scan." in panel.ui.statusLabel.text
    assert not panel.ui.logSection.collapsed
    assert panel.ui.applyButton.enabled


def test_result_of_another_patient_is_never_replaced(panel, scan):
    panel.run()
    first = panel.parameters.outputSegmentation
    other = add_volume_node(torso()[0], "other")
    panel.ui.inputSelector.setCurrentNode(other)
    assert panel.parameters.outputSegmentation is None
    panel.run()
    assert panel.parameters.outputSegmentation.GetName() == "other L3 segmentation"
    panel.ui.inputSelector.setCurrentNode(scan[0])
    assert panel.parameters.outputSegmentation is first
    pump_until(lambda: "CT, slice" in panel.ui.placeLabel.text, 5)
    panel.ui.inputSelector.setCurrentNode(other)
    panel.parameters.outputSegmentation = first
    assert panel.ui.applyButton.toolTip.startswith('The segmentation holds the result of "CT".')


def test_turning_to_a_scan_shows_the_result_it_has(panel, scan):
    panel.run()
    first = panel.parameters.outputSegmentation
    panel.parameters.outputSegmentation = None
    assert not is_shown(panel.ui.resultsSection)
    panel.ui.inputSelector.setCurrentNode(add_volume_node(torso()[0], "other"))
    panel.ui.inputSelector.setCurrentNode(scan[0])
    assert panel.parameters.outputSegmentation is first


def test_crash_without_a_word_is_explained_and_logged(panel):
    panel.behave("crash")
    panel.run()
    assert "exit code 139" in panel.ui.statusLabel.text
    assert "Segmentation fault <here>" in panel.ui.logText.toPlainText()
    assert panel.parameters.outputSegmentation is None


def test_success_without_files_is_not_taken_for_a_result(panel, host):
    panel.behave("lie")
    panel.run()
    assert panel.parameters.outputSegmentation is None
    assert "could not be shown" in panel.ui.statusLabel.text


def test_much_output_is_read_and_the_log_is_capped(panel):
    panel.behave("chatter")
    panel.run()
    assert is_shown(panel.ui.resultsSection)
    assert panel.ui.logText.blockCount == panel.ui.logText.maximumBlockCount


def test_missing_worker_program_is_said_and_leaves_nothing_running(panel):
    panel.logic.workerCommand = lambda: ["/nonexistent/PythonSlicer"]
    panel.apply()
    assert not panel.logic.isRunning
    assert panel.ui.applyButton.text == "Apply"


def test_closing_the_scene_during_a_run_cancels_it(panel):
    panel.behave("hang")
    panel.apply()
    pids = process_ids(panel)
    slicer.mrmlScene.Clear(0)
    pump_until(lambda: not any(is_alive(pid) for pid in pids), 5)
    assert panel.ui.applyButton.text == "Apply"
    assert not panel.ui.applyButton.enabled
    assert slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode") == 0


def test_closing_the_scene_clears_the_result_and_a_new_scan_can_be_measured(panel):
    panel.run()
    slicer.mrmlScene.Clear(0)
    assert not is_shown(panel.ui.resultsSection)
    panel.ui.inputSelector.setCurrentNode(add_volume_node(torso()[0], "another"))
    panel.run()
    assert is_shown(panel.ui.resultsSection)


def test_deleting_the_scan_during_a_run_cancels_it(panel, scan):
    panel.behave("hang")
    panel.apply()
    process_ids(panel)
    slicer.mrmlScene.RemoveNode(scan[0])
    assert not panel.logic.isRunning
    assert "deleted" in panel.ui.statusLabel.text


def test_deleting_the_result_clears_it(panel):
    panel.run()
    slicer.mrmlScene.RemoveNode(panel.parameters.outputSegmentation)
    assert not is_shown(panel.ui.resultsSection)


def test_unloading_the_module_during_a_run_cancels_it(panel, host):
    panel.behave("hang")
    panel.apply()
    pids = process_ids(panel)
    host.unload()
    pump_until(lambda: not any(is_alive(pid) for pid in pids), 5)


def test_a_run_goes_on_while_another_module_is_open(panel):
    panel.apply()
    panel.loaded.panel.exit()
    panel.wait()
    panel.loaded.panel.enter()
    assert is_shown(panel.ui.resultsSection)
    assert panel.ui.outputSelector.currentNode() is not None


def test_entering_and_leaving_leaves_no_observer_behind(panel):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(3):
            panel.loaded.panel.exit()
            panel.loaded.panel.enter()


def test_foreign_segments_are_kept(panel, scan):
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "mine")
    node.GetSegmentation().AddEmptySegment("lesion", "Lesion", (1, 0, 1))
    panel.parameters.outputSegmentation = node
    panel.run()
    assert panel.parameters.outputSegmentation is node
    assert node.GetSegmentation().GetSegment("lesion").GetName() == "Lesion"
    assert node.GetSegmentation().GetNumberOfSegments() == 7


def test_editing_a_segment_updates_the_numbers(panel, scan):
    panel.run()
    before = panel.area(MUSCLE_ROW)
    assert not is_shown(panel.ui.editedLabel)
    halve_muscle(panel.parameters.outputSegmentation, scan[0])
    pump_until(lambda: panel.area(MUSCLE_ROW) != before, 5, "new numbers")
    assert panel.area(MUSCLE_ROW) == pytest.approx(before / 2, rel=0.1)
    assert is_shown(panel.ui.editedLabel)


def halve_muscle(segmentation, volume):
    array = slicer.util.arrayFromSegmentBinaryLabelmap(segmentation, "skeletal_muscle", volume)
    array[:, :, : array.shape[2] // 2] = 0
    slicer.util.updateSegmentBinaryLabelmapFromArray(array, segmentation, "skeletal_muscle", volume)


def test_editing_goes_on_being_followed_in_another_module(panel, scan):
    panel.run()
    before = panel.area(MUSCLE_ROW)
    panel.loaded.panel.exit()
    halve_muscle(panel.parameters.outputSegmentation, scan[0])
    pump_until(lambda: panel.area(MUSCLE_ROW) != before, 5, "new numbers")


def test_edited_numbers_reach_the_table_node(panel, scan):
    panel.run()
    segmentation = panel.parameters.outputSegmentation
    table = segmentation.GetNodeReference("SegmentL3.TissueTable")
    before = float(table.GetCellText(MUSCLE_ROW, 1))
    halve_muscle(segmentation, scan[0])
    pump_until(lambda: float(table.GetCellText(MUSCLE_ROW, 1)) != before, 5, "new numbers")
    assert table.GetColumnUnitLabel("Area") == "cm2"


def test_showing_3d_does_not_count_as_an_edit(panel):
    panel.run()
    panel.parameters.outputSegmentation.CreateClosedSurfaceRepresentation()
    pump_for(0.5)
    assert not is_shown(panel.ui.editedLabel)


def test_patient_data_given_after_the_run_update_the_indices(panel):
    panel.run()
    assert index_value(panel, "Skeletal muscle index (SMI)") == "\u2013"
    panel.ui.heightSpinBox.value = 170
    pump_until(lambda: index_value(panel, "Skeletal muscle index (SMI)") != "\u2013", 5, "the index")
    area = panel.area(MUSCLE_ROW)
    assert float(index_value(panel, "Skeletal muscle index (SMI)").split()[0]) == pytest.approx(area / 1.7**2, abs=0.1)


def index_value(panel, name):
    table = panel.ui.indicesTable
    return next(table.item(row, 1).text() for row in range(table.rowCount) if table.item(row, 0).text() == name)


def test_cutoffs_are_assessed_once_sex_and_size_are_known(panel):
    panel.run()
    assert {panel.ui.cutoffsTable.item(row, 1).text() for row in range(panel.ui.cutoffsTable.rowCount)} == {
        "not assessable"
    }
    assert panel.ui.cutoffsLabel.text.startswith("Not assessable: ")
    panel.parameters.sex = panel.python.Sex.FEMALE
    panel.parameters.heightCm = 165
    panel.parameters.weightKg = 60
    pump_until(lambda: panel.ui.cutoffsTable.item(0, 1).text() in ("below", "not below"), 5, "cut-offs")


def test_quality_is_shown_as_color_and_word_with_reasons(panel):
    panel.run()
    assert "Quality: <b>" in panel.ui.qualityLabel.text
    assert "#" in panel.ui.qualityLabel.text


def test_click_on_a_row_jumps_and_lets_the_tissue_stand_out(panel):
    panel.run()
    display = panel.parameters.outputSegmentation.GetDisplayNode()
    panel.ui.tissueTable.cellClicked.emit(MUSCLE_ROW, 0)
    red = slicer.app.layoutManager().sliceWidget("Red").mrmlSliceNode()
    assert red.GetSliceOffset() == pytest.approx(100 + 5 * LEVEL_SLICE, abs=1e-3)
    assert display.GetSegmentOpacity2DFill("skeletal_muscle") > display.GetSegmentOpacity2DFill("visceral_fat")
    panel.ui.tissueTable.cellClicked.emit(MUSCLE_ROW, 0)
    assert display.GetSegmentOpacity2DFill("skeletal_muscle") == display.GetSegmentOpacity2DFill("visceral_fat")


def test_go_to_slice_moves_the_views(panel):
    panel.run()
    red = slicer.app.layoutManager().sliceWidget("Red").mrmlSliceNode()
    red.SetSliceOffset(101)
    panel.ui.goToButton.click()
    assert red.GetSliceOffset() == pytest.approx(120, abs=1e-3)


def test_result_is_jumped_to_and_shown_with_the_scan(panel, scan):
    panel.run()
    red = slicer.app.layoutManager().sliceWidget("Red")
    assert red.mrmlSliceCompositeNode().GetBackgroundVolumeID() == scan[0].GetID()
    assert red.mrmlSliceNode().GetSliceOffset() == pytest.approx(120, abs=1e-3)


def test_edit_opens_the_segment_editor_on_the_result(panel, scan, host):
    editor = RecordingEditor()
    slicer.modules.segmenteditor = editor
    panel.run()
    panel.ui.editButton.click()
    assert host.selected_modules == ["SegmentEditor"]
    assert editor.calls == [
        ("setSegmentationNode", panel.parameters.outputSegmentation),
        ("setSourceVolumeNode", scan[0]),
        ("setCurrentSegmentID", "skeletal_muscle"),
    ]


class RecordingEditor:
    """The module, its panel and its editor widget in one."""

    def __init__(self):
        self.calls = []
        self.editor = self

    def widgetRepresentation(self):
        return self

    def self(self):
        return self

    def __getattr__(self, name):
        return lambda argument: self.calls.append((name, argument))


def test_slice_shown_is_measured(panel):
    slicer.app.layoutManager().sliceWidget("Red").mrmlSliceNode().SetSliceOffset(111)
    panel.parameters.sliceChoice = panel.python.SliceChoice.SHOWN
    panel.run()
    assert panel.ui.placeLabel.text == "<b>Slice chosen by hand</b>: CT, slice 3 of 9 (S 110.0 mm)"


def test_slice_shown_outside_the_scan_is_refused(panel, host):
    host.app.testing = False
    slicer.app.layoutManager().sliceWidget("Red").mrmlSliceNode().SetSliceOffset(500)
    panel.parameters.sliceChoice = panel.python.SliceChoice.SHOWN
    panel.apply()
    assert not panel.logic.isRunning
    assert "outside this scan" in host.dialogs.texts[-1]


def test_export_csv_and_report(panel, tmp_path):
    panel.run()
    panel.widget.results.askForFile = lambda _title, name, _filter: str(tmp_path / name)
    panel.ui.exportCsvButton.click()
    panel.ui.exportReportButton.click()
    assert "skeletal_muscle_area_cm2" in (tmp_path / "body-composition-l3.csv").read_text(encoding="utf-8")
    assert "Skeletal muscle" in (tmp_path / "body-composition-l3.html").read_text(encoding="utf-8")


def test_export_to_a_missing_folder_is_explained(panel, host, tmp_path):
    host.app.testing = False
    panel.run()
    panel.widget.results.askForFile = lambda *_: str(tmp_path / "missing" / "numbers.csv")
    panel.ui.exportCsvButton.click()
    assert "the folder does not exist" in host.dialogs.texts[-1]


def test_report_says_that_segments_were_edited(panel, scan, tmp_path):
    panel.run()
    halve_muscle(panel.parameters.outputSegmentation, scan[0])
    pump_until(lambda: is_shown(panel.ui.editedLabel), 5)
    panel.widget.results.askForFile = lambda *_: str(tmp_path / "report.html")
    panel.ui.exportReportButton.click()
    assert "edited by hand" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_a_corrected_slice_is_kept_as_a_reference(panel, scan, tmp_path, monkeypatch):
    from SegmentL3Lib.trust.own_references import list_references

    monkeypatch.setenv("SEGMENTL3_REFERENCES", str(tmp_path / "references"))
    panel.run()
    halve_muscle(panel.parameters.outputSegmentation, scan[0])
    pump_until(lambda: is_shown(panel.ui.editedLabel), 5)
    panel.ui.keepReferenceButton.click()
    assert list_references() == ["case-1"] and "case-1" in panel.ui.statusLabel.text


def test_apply_is_off_and_says_so_without_a_scan(panel):
    panel.parameters.inputVolume = None
    assert not panel.ui.applyButton.enabled
    assert panel.ui.applyButton.toolTip == "Load a CT and select it as CT volume."


def test_apply_is_off_for_another_modality(panel, scan):
    hierarchy = slicer.mrmlScene.GetSubjectHierarchyNode()
    hierarchy.SetItemAttribute(hierarchy.GetItemByDataNode(scan[0]), "DICOM.Modality", "MR")
    panel.widget.onParametersModified()
    assert not panel.ui.applyButton.enabled
    assert panel.ui.applyButton.toolTip == '"CT" is MR; this task understands CT only.'


def test_apply_is_off_for_a_scan_under_a_transform(panel, scan):
    transform = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "registration")
    scan[0].SetAndObserveTransformNodeID(transform.GetID())
    panel.widget.onParametersModified()
    assert not panel.ui.applyButton.enabled
    assert '"registration"' in panel.ui.applyButton.toolTip


def test_height_in_meters_is_noticed(panel):
    panel.ui.heightSpinBox.value = 1.75
    assert not panel.ui.applyButton.enabled
    assert "Height must be between" in panel.ui.applyButton.toolTip


def test_unknown_height_is_shown_as_not_known(panel):
    assert panel.ui.heightSpinBox.value == 0
    assert panel.ui.heightSpinBox.text == "not known"


def test_missing_packages_open_the_setup_section_and_turn_apply_off(panel):
    pretend_missing(panel)
    assert not panel.ui.setupSection.collapsed
    assert "monai is not installed" in panel.ui.setupLabel.text
    assert not panel.ui.applyButton.enabled
    assert "Setup" in panel.ui.applyButton.toolTip


def pretend_missing(panel, *names):
    setup = panel.widget.setupSection
    setup.lookUp = lambda: [PackageState(Requirement(name, "1.5"), None) for name in names or ("monai",)]
    setup.update()


def test_setup_folds_away_when_all_is_installed(panel):
    assert panel.ui.setupSection.collapsed
    assert not is_shown(panel.ui.installButton)
    assert panel.ui.setupSection.text == "Setup: ready"


def test_install_asks_first_and_installs_what_is_missing(panel, host):
    host.app.testing = False
    pretend_missing(panel)
    installed = []
    panel.widget.setupSection.install = installed.extend
    panel.ui.installButton.click()
    assert "monai>=1.5" in host.dialogs.texts[0]
    assert [str(state.requirement) for state in installed] == ["monai>=1.5"]


def test_refusal_installs_nothing(panel, host):
    import qt

    host.app.testing = False
    pretend_missing(panel)
    installed = []
    panel.widget.setupSection.install = installed.extend
    host.dialogs.answers.append(qt.QMessageBox.Cancel)
    panel.ui.installButton.click()
    assert installed == []


def test_device_is_remembered_for_the_machine_not_in_the_scene(panel):
    import qt

    panel.ui.deviceComboBox.currentIndex = 1
    assert qt.QSettings().value("SegmentL3/device") == "cpu"
    panel.run()
    assert "device cpu, visible -1" in panel.ui.logText.toPlainText()


def test_a_saved_scene_shows_its_result_again(panel, scan, tmp_path):
    panel.run()
    expected = panel.area(MUSCLE_ROW)
    file = str(tmp_path / "scene.mrb")
    assert slicer.util.saveScene(file)
    slicer.mrmlScene.Clear(0)
    assert slicer.mrmlScene.ReadFromMRB(file)
    panel.loaded.panel.enter()
    pump_for(0.5)
    assert is_shown(panel.ui.resultsSection)
    assert panel.area(MUSCLE_ROW) == expected
    assert not is_shown(panel.ui.editedLabel)


def test_reloading_takes_the_library_too(panel):
    panel.run()
    before = {name: module for name, module in sys.modules.items() if name.split(".")[0] == "SegmentL3Lib"}
    try:
        panel.widget.onReload()
        assert slicer.modules.SegmentL3Widget is not panel.widget
        assert sys.modules["SegmentL3Lib.gui.rows"] is not before["SegmentL3Lib.gui.rows"]
    finally:
        sys.modules.update(before)


def test_result_lies_beside_the_scan_in_the_subject_hierarchy(panel, scan):
    hierarchy = slicer.mrmlScene.GetSubjectHierarchyNode()
    folder = hierarchy.CreateFolderItem(hierarchy.GetSceneItemID(), "study")
    hierarchy.SetItemParent(hierarchy.GetItemByDataNode(scan[0]), folder)
    panel.run()
    segmentation = panel.parameters.outputSegmentation
    table = segmentation.GetNodeReference("SegmentL3.TissueTable")
    for node in (segmentation, table):
        assert hierarchy.GetItemParent(hierarchy.GetItemByDataNode(node)) == folder


def test_segments_have_centers_and_missing_ones_none(panel):
    panel.run()
    segmentation = panel.parameters.outputSegmentation
    assert segmentations.center_of(segmentation, "bone") is not None
    assert segmentations.center_of(segmentation, "no such segment") is None
