"""The panel from the choice of scans to Keep or Discard, and everything that can come between."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import slicer

from host import pump_until


def is_shown(widget):
    return not widget.isHidden()


def job_of(panel):
    """The job that the worker was given last."""
    line = next(line for line in reversed(panel.log().splitlines()) if "job {" in line)
    return json.loads(line[line.index("{") :])


def row_of(panel, name):
    return [method.name for method in panel.logic.methods].index(name)


def start_and_hang(panel, scans):
    """Start an adaptation that stops at its checkpoint and goes on for ever."""
    panel.behave("hang")
    panel.choose(scans)
    panel.ui.applyButton.click()
    pump_until(lambda: list(panel.base.glob("*/checkpoint.pt")), 30, "the checkpoint")
    pump_until(lambda: len(curve_of_loss()) == 5, 30, "the first points")


def curve_of_loss():
    """Steps of the points of the curve; empty where there is none."""
    curves = slicer.util.getNodesByClass("vtkMRMLPlotSeriesNode")
    if not curves:
        return []
    table = curves[0].GetTableNode().GetTable()
    return [table.GetColumn(0).GetValue(row) for row in range(table.GetNumberOfRows())]


def test_panel_offers_the_shipped_model_and_says_what_is_missing(panel):
    assert panel.ui.modelComboBox.currentText == "Body composition of an axial CT slice at the lumbar spine"
    assert not panel.ui.applyButton.enabled
    assert panel.ui.applyButton.toolTip.startswith("Choose a folder with scans")
    assert panel.ui.shiftButton.toolTip == panel.ui.applyButton.toolTip
    assert not is_shown(panel.ui.resultsSection)
    assert not is_shown(panel.ui.jobSection)


def test_method_has_to_be_chosen(panel, scans):
    panel.ui.targetFolderEdit.currentPath = str(scans)
    assert panel.ui.targetLabel.text == "2 scans"
    assert panel.ui.applyButton.toolTip == "Choose a method from the list."


def test_methods_whose_needs_are_not_met_are_gray_and_say_so(panel, scans):
    item = panel.ui.methodTable.item(row_of(panel, "adversarial"), 0)
    assert "Needs scans of the kind that the model was trained on" in item.text()
    assert not item.flags()
    panel.ui.sourceFolderEdit.currentPath = str(scans)
    item = panel.ui.methodTable.item(row_of(panel, "adversarial"), 0)
    assert "Needs" not in item.text()
    assert item.flags()


def test_random_contrast_asks_for_label_maps_of_the_known_scans(panel, scans):
    panel.ui.sourceFolderEdit.currentPath = str(scans)
    item = panel.ui.methodTable.item(row_of(panel, "random_contrast"), 0)
    assert "Needs label maps of the known scans" in item.text() and not item.flags()
    panel.ui.sourceLabelsFolderEdit.currentPath = str(scans)
    item = panel.ui.methodTable.item(row_of(panel, "random_contrast"), 0)
    assert "Needs" not in item.text() and item.flags()


def test_time_of_each_method_is_shown(panel):
    times = [panel.ui.methodTable.item(row, 1).text() for row in range(len(panel.logic.methods))]
    assert times[row_of(panel, "batch_norm")] == "30 s"
    minutes = next(method.minutes for method in panel.logic.methods if method.name == "adversarial")
    assert times[row_of(panel, "adversarial")] == f"{minutes:g} min"


def test_method_that_has_lost_what_it_needs_cannot_be_started(panel, scans):
    panel.ui.sourceFolderEdit.currentPath = str(scans)
    panel.choose(scans, "adversarial")
    assert panel.ui.applyButton.enabled
    panel.ui.sourceFolderEdit.currentPath = ""
    assert not panel.ui.applyButton.enabled
    assert "Needs scans" in panel.ui.applyButton.toolTip


def test_worker_gets_the_job_of_the_contract(panel, scans, models_folder):
    panel.adapt(scans)
    assert job_of(panel) == {
        "kind": "adapt",
        "model": "l3_tissue_2d",
        "method": "entropy",
        "settings": {},
        "target": [str(scans / "one.nii.gz"), str(scans / "two.nrrd")],
        "source": [],
        "source_labels": [],
        "validation": [],
        "validation_labels": [],
        "models_dir": str(models_folder),
        "out": str(panel.jobs[0]),
        "device": "auto",
        "resume": False,
    }


def test_result_says_in_words_and_figures_what_was_gained(panel, scans):
    panel.adapt(scans)
    assert is_shown(panel.ui.resultsSection)
    assert "The model is better on the new scans." in panel.ui.resultLabel.text
    assert panel.ui.figuresTable.rowCount == 1
    assert [panel.ui.figuresTable.item(0, column).text() for column in range(3)] == ["Agreement", "0.810", "0.912"]
    assert (panel.jobs[0] / "report.html").as_uri() in panel.ui.reportLabel.text
    assert panel.ui.statusLabel.text.startswith("Done")
    assert [panel.ui.comparedComboBox.itemText(number) for number in range(2)] == ["one.nii.gz", "two.nrrd"]


def test_curves_appear_in_the_plot_view(panel, scans):
    panel.adapt(scans)
    chart = slicer.util.getNodesByClass("vtkMRMLPlotChartNode")[0]
    names = [chart.GetNthPlotSeriesNode(number).GetName() for number in range(chart.GetNumberOfPlotSeriesNodes())]
    assert names == ["Segmentation loss", "Discriminator accuracy"]
    assert chart.GetNthPlotSeriesNode(0).GetTableNode().GetNumberOfRows() == 5
    view = slicer.mrmlScene.GetSingletonNode("PlotView1", "vtkMRMLPlotViewNode")
    assert view.GetPlotChartNodeID() == chart.GetID()


def test_curves_of_the_run_before_are_removed(panel, scans):
    panel.adapt(scans)
    count = slicer.mrmlScene.GetNumberOfNodes()
    panel.adapt(scans)
    assert slicer.mrmlScene.GetNumberOfNodes() == count


def test_keep_puts_the_model_into_the_list(panel, scans, models_folder):
    panel.adapt(scans)
    panel.ui.keepButton.click()
    panel.wait()
    panel.wait_for_models()
    assert job_of(panel) == {"kind": "keep", "out": str(panel.jobs[0]), "models_dir": str(models_folder)}
    assert panel.ui.modelComboBox.findText("Adapted model") > 0
    assert not panel.ui.keepButton.enabled
    assert is_shown(panel.ui.useButton)
    assert not is_shown(panel.ui.discardButton)


def test_model_that_the_guard_does_not_keep_cannot_be_kept(panel, scans):
    panel.behave("worse")
    panel.adapt(scans)
    assert "the original one stays" in panel.ui.resultLabel.text
    assert not panel.ui.keepButton.enabled
    assert "not better" in panel.ui.keepButton.toolTip


def test_discard_deletes_the_files_and_nothing_else(panel, scans):
    panel.adapt(scans)
    panel.ui.discardButton.click()
    assert panel.jobs == []
    assert panel.base.is_dir()
    assert not is_shown(panel.ui.resultsSection)
    assert sorted(path.name for path in scans.iterdir()) == ["one.nii.gz", "two.nrrd"]


def test_discard_asks_first(panel, scans, host):
    import qt

    panel.adapt(scans)
    host.dialogs.answers.append(qt.QMessageBox.Cancel)
    panel.ui.discardButton.click()
    assert len(panel.jobs) == 1
    assert str(panel.jobs[0]) in host.dialogs.texts[-1]


def test_pause_keeps_what_was_done_and_resume_goes_on(panel, scans):
    start_and_hang(panel, scans)
    assert is_shown(panel.ui.pauseButton)
    assert not panel.ui.inputsSection.enabled
    panel.ui.pauseButton.click()
    assert not panel.logic.isRunning
    assert not is_shown(panel.ui.pauseButton)
    assert is_shown(panel.ui.jobSection)
    panel.behave("good")
    panel.ui.resumeButton.click()
    panel.wait()
    assert job_of(panel)["resume"] is True
    assert not is_shown(panel.ui.jobSection)
    assert is_shown(panel.ui.resultsSection)
    assert curve_of_loss() == list(range(10))


def test_cancel_asks_and_deletes_what_was_done(panel, scans):
    start_and_hang(panel, scans)
    panel.ui.applyButton.click()
    assert not panel.logic.isRunning
    assert panel.jobs == []
    assert "Cancelled" in panel.ui.statusLabel.text
    assert not is_shown(panel.ui.jobSection)


def test_crash_leaves_a_job_that_can_be_resumed(panel, scans):
    panel.behave("crash")
    panel.adapt(scans)
    assert "ran out of memory" in panel.ui.statusLabel.text
    assert is_shown(panel.ui.jobSection)
    assert "Entropy" in panel.ui.jobLabel.text


def test_job_that_was_refused_leaves_nothing(panel, scans):
    panel.behave("refuse")
    panel.adapt(scans)
    assert "The scans are MR" in panel.ui.statusLabel.text
    assert panel.jobs == []
    assert not is_shown(panel.ui.jobSection)


@pytest.mark.parametrize("button", ["applyButton", "shiftButton"])
def test_answer_that_says_nothing_is_not_taken_for_a_result(panel, scans, button):
    panel.behave("lie")
    panel.ui.sourceFolderEdit.currentPath = str(scans)
    panel.choose(scans)
    getattr(panel.ui, button).click()
    panel.wait()
    assert "without a usable result" in panel.ui.statusLabel.text
    assert not is_shown(panel.ui.resultsSection)
    assert panel.ui.inputsSection.enabled


def test_folder_that_cannot_be_written_is_said(panel, scans, host, tmp_path):
    (tmp_path / "file").write_text("in the way")
    panel.ui.outputFolderEdit.currentPath = str(tmp_path / "file")
    panel.choose(scans)
    panel.ui.applyButton.click()
    assert not panel.logic.isRunning
    assert "Cannot write" in host.dialogs.texts[-1]


def test_missing_worker_program_leaves_nothing(panel, scans):
    panel.logic.workerCommand = lambda: ["/nonexistent/PythonSlicer"]
    panel.choose(scans)
    panel.ui.applyButton.click()
    assert not panel.logic.isRunning
    assert panel.jobs == []
    assert panel.ui.applyButton.text == "Adapt"


def test_interrupted_job_is_found_when_the_panel_is_opened_again(panel, scans):
    panel.behave("crash")
    panel.adapt(scans)
    panel.loaded.panel.reload()
    reopened = type(panel)(panel.loaded)
    assert is_shown(reopened.ui.jobSection)
    reopened.ui.resumeButton.click()
    reopened.wait()
    assert is_shown(reopened.ui.resultsSection)


def test_closing_the_application_leaves_a_job_that_can_be_resumed(panel, scans):
    start_and_hang(panel, scans)
    panel.loaded.panel.reload()
    assert is_shown(panel.loaded.ui.jobSection)


def test_result_that_was_not_decided_on_is_shown_again(panel, scans):
    panel.adapt(scans)
    panel.loaded.panel.reload()
    assert is_shown(panel.loaded.ui.resultsSection)
    assert not is_shown(panel.loaded.ui.jobSection)


def test_interrupted_job_can_be_discarded(panel, scans):
    panel.behave("crash")
    panel.adapt(scans)
    panel.ui.discardJobButton.click()
    assert panel.jobs == []
    assert not is_shown(panel.ui.jobSection)


def test_comparison_needs_known_scans(panel, scans):
    panel.ui.targetFolderEdit.currentPath = str(scans)
    assert not panel.ui.shiftButton.enabled
    assert panel.ui.shiftButton.toolTip.startswith("Choose scans to compare with")
    panel.ui.sourceFolderEdit.currentPath = str(scans)
    assert panel.ui.shiftButton.enabled


def test_scans_are_compared(panel, scans):
    panel.ui.sourceFolderEdit.currentPath = panel.ui.targetFolderEdit.currentPath = str(scans)
    panel.ui.shiftButton.click()
    assert panel.ui.applyButton.text == "Cancel"
    assert not is_shown(panel.ui.pauseButton)
    panel.wait()
    assert sorted(job_of(panel)) == ["kind", "model", "models_dir", "out", "source", "target"]
    assert "far from what the model knows" in panel.ui.shiftLabel.text
    assert "shift%20report.html" in panel.ui.shiftLabel.text


def test_comparison_of_scans_can_be_cancelled(panel, scans):
    panel.behave("hang")
    panel.ui.sourceFolderEdit.currentPath = panel.ui.targetFolderEdit.currentPath = str(scans)
    panel.ui.shiftButton.click()
    panel.ui.applyButton.click()
    assert not panel.logic.isRunning
    assert panel.ui.statusLabel.text == "Cancelled."


def test_settings_that_were_changed_are_sent(panel, scans):
    panel.choose(scans)
    panel.widget.methodSettings.field("entropy", "steps").value = 7
    panel.adapt(scans)
    assert job_of(panel)["settings"] == {"steps": 7}


def test_labeled_scans_are_matched_by_name(panel, scans, tmp_path):
    labels = tmp_path / "labels"
    labels.mkdir()
    for name in ("two.seg.nrrd", "one.nii"):
        (labels / name).write_bytes(b"")
    panel.ui.validationFolderEdit.currentPath = str(scans)
    panel.ui.validationLabelsFolderEdit.currentPath = str(labels)
    panel.adapt(scans, "fine_tuning")
    assert job_of(panel)["validation_labels"] == [str(labels / "one.nii"), str(labels / "two.seg.nrrd")]


def test_missing_label_map_is_said_before_anything_starts(panel, scans, tmp_path):
    labels = tmp_path / "labels"
    labels.mkdir()
    (labels / "one.nii").write_bytes(b"")
    panel.ui.validationFolderEdit.currentPath = str(scans)
    panel.ui.validationLabelsFolderEdit.currentPath = str(labels)
    panel.choose(scans, "fine_tuning")
    assert panel.ui.applyButton.toolTip.startswith("1 of 2 scans have no label map")


def test_missing_packages_are_said(panel, scans):
    from SegmentL3Lib.gui.requirements import PackageState, Requirement

    panel.choose(scans)
    panel.widget.setupSection.lookUp = lambda: [PackageState(Requirement("torch", "2.10"), None)]
    panel.widget.setupSection.update()
    assert not panel.ui.applyButton.enabled
    assert "Python packages are missing" in panel.ui.applyButton.toolTip


def test_model_that_is_gone_is_said(panel, scans):
    panel.choose(scans)
    panel.parameters.model = "gone"
    assert panel.ui.modelComboBox.currentText == "gone"
    assert 'The model "gone" is not in the models folder' in panel.ui.applyButton.toolTip


def test_model_of_several_images_cannot_be_adapted(panel, scans, models_folder):
    row = {"identifier": "brats", "title": "Tumor", "inputs": ["T1", "FLAIR"], "structures": ["edema"]}
    (models_folder / "brats").mkdir(parents=True)
    (models_folder / "brats" / "row.json").write_text(json.dumps(row), encoding="utf-8")
    panel.widget.enter()
    panel.wait_for_models()
    panel.choose(scans)
    panel.parameters.model = "brats"
    assert "reads 2 images of each patient" in panel.ui.applyButton.toolTip


@pytest.mark.parametrize("method", ["shift", "adapt"])
def test_closing_the_scene_does_not_disturb_a_run(panel, scans, method):
    panel.ui.sourceFolderEdit.currentPath = str(scans)
    panel.choose(scans)
    (panel.ui.shiftButton if method == "shift" else panel.ui.applyButton).click()
    slicer.mrmlScene.Clear(0)
    panel.wait()
    assert panel.ui.statusLabel.text.startswith("Done")


def test_script_can_adapt_and_wait(panel, scans, tmp_path):
    panel.parameters.targetFolder = str(scans)
    panel.parameters.method = "entropy"
    record = panel.logic.process(panel.parameters, str(tmp_path / "out"))
    assert record.result["kept"]
    panel.behave("refuse")
    with pytest.raises(RuntimeError, match="The scans are MR"):
        panel.logic.process(panel.parameters, str(tmp_path / "out"))


def test_panel_opens_without_a_main_window(headless_host):
    loaded = headless_host.load_module("DomainAdapt")
    assert loaded.ui.applyButton.text == "Adapt"


def test_opening_the_panel_imports_neither_torch_nor_what_may_be_missing():
    """In a fresh process, as other tests may have imported them here."""
    program = (
        "import sys\n"
        "for name in ('torch', 'monai', 'jinja2', 'psutil', 'pydicom', 'PIL'): sys.modules[name] = None\n"
        "import host\n"
        "stand_in = host.Host()\n"
        "stand_in.load_module('DomainAdapt')\n"
        "assert not stand_in.errors, stand_in.errors\n"
        "print('opened')\n"
        "stand_in.close()\n"
    )
    root = Path(__file__).resolve().parents[2]
    path = os.pathsep.join(str(root / name) for name in ("Testing", "SegmentL3", "DomainAdapt"))
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path}
    )
    assert done.stdout.endswith("opened\n"), done.stderr


def test_self_test_passes(panel):
    panel.loaded.module.runTest()
