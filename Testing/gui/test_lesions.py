"""The panel with a task of the catalog that takes several images: form, job, lesions that are listed and gone to."""

import csv
import json

import numpy as np
import pytest
import slicer

from gui.lesionfiles import LARGE, REASON, SMALL, TASK, lesion_labels
from gui.torso import GEOMETRY, SPACING, torso
from host import pump_for, pump_until
from SegmentL3Lib.measure.lesions import measure_lesions
from SegmentL3Lib.mrml import lesions
from SegmentL3Lib.mrml.task_record import read_task_record
from SegmentL3Lib.mrml.volumes import add_volume_node

VOXEL_ML = float(np.prod(SPACING)) / 1000


@pytest.fixture
def installed(models_folder):
    """The model of the task, as far as the panel looks at it."""
    metadata = models_folder / TASK / "configs" / "metadata.json"
    metadata.parent.mkdir(parents=True)
    metadata.write_text("{}", encoding="utf-8")
    (models_folder / TASK / "row.json").write_text(
        json.dumps({"identifier": TASK, "title": "Model of the task", "inputs": ["FLAIR"], "structures": ["lesion"]}),
        encoding="utf-8",
    )


@pytest.fixture
def with_task(panel, scan, installed):
    """The panel with the task chosen, and images of it in the scene."""
    scan[0].SetName("Patient FLAIR")
    add_volume_node(torso()[0], "Patient T2")
    panel.parameters.task = TASK
    return panel


def is_shown(widget):
    return not widget.isHidden()


def job_of(panel):
    line = next(line for line in panel.ui.logText.toPlainText().splitlines() if "  task " in line)
    return json.loads(line.partition("  task ")[2])


def cell(panel, row, column):
    return panel.ui.lesionsTable.item(row, column).text()


def shown_position():
    """Where the slice views are, RAS, mm."""
    nodes = [slicer.app.layoutManager().sliceWidget(name).mrmlSliceNode() for name in ("Yellow", "Green", "Red")]
    return [node.GetSliceToRAS().GetElement(axis, 3) for axis, node in enumerate(nodes)]


def test_form_offers_a_selector_for_each_image_and_says_which_may_be_missing(with_task):
    ui = with_task.ui
    assert ui.inputTitle.text == "FLAIR:"
    assert "suppressed fluid" in ui.inputTitle.toolTip
    assert ui.inputsSection.text == "Images"
    selectors = [with_task.widget.form.inputs.selector(number) for number in (1, 2, 3)]
    assert all(is_shown(selector) for selector in selectors)
    assert {selector.noneDisplay for selector in selectors} == {"None (optional)"}
    for name in ("heightSpinBox", "sliceComboBox", "regionComboBox", "precisionComboBox", "structuresSection"):
        assert not is_shown(getattr(ui, name)), name


def test_images_are_proposed_by_the_names_of_the_volumes(with_task):
    inputs = with_task.python.inputNodes(with_task.parameters, 4)
    assert [node.GetName() if node else None for node in inputs] == ["Patient FLAIR", None, None, "Patient T2"]


def test_first_image_with_another_name_gives_way_to_the_right_one(panel, scan, installed):
    scan[0].SetName("T1 sagittal")
    add_volume_node(torso()[0], "FLAIR sagittal")
    panel.parameters.task = TASK
    inputs = panel.python.inputNodes(panel.parameters, 2)
    assert [node.GetName() for node in inputs] == ["FLAIR sagittal", "T1 sagittal"]


def test_worker_is_asked_for_the_task_with_the_images_that_are_there(with_task, models_folder):
    with_task.run()
    job = job_of(with_task)
    assert {name: path.rpartition("/")[2] for name, path in job["inputs"].items()} == {
        "FLAIR": "input0.nrrd",
        "T2": "input3.nrrd",
    }
    assert job["names"] == {"FLAIR": "Patient FLAIR", "T2": "Patient T2"}
    assert (job["task"], job["models_dir"]) == (TASK, str(models_folder))


def test_lesions_are_listed_largest_first_with_their_measures(with_task):
    with_task.run()
    expected = measure_lesions(lesion_labels(SMALL, LARGE), {"brain_lesion": 1})
    assert with_task.ui.lesionsTable.rowCount == 2
    assert cell(with_task, 0, 0) == "1"
    for row, lesion in enumerate(expected):
        assert float(cell(with_task, row, 1)) == pytest.approx(lesion.volume_ml, abs=6e-4)
        assert float(cell(with_task, row, 2)) == pytest.approx(lesion.longest_diameter_mm, abs=0.06)
        assert float(cell(with_task, row, 3)) == pytest.approx(lesion.axial_diameter_mm, abs=0.06)
        left, back, up = lesion.centroid_lps_mm
        shown = [float(part) for part in cell(with_task, row, 4).split(",")]
        assert shown == pytest.approx([-left, -back, up], abs=0.51)
    assert "2 lesions, together" in with_task.ui.lesionResultLabel.text
    assert is_shown(with_task.ui.lesionResultSection)
    assert not is_shown(with_task.ui.resultsSection)
    assert not is_shown(with_task.ui.modelResultSection)


def test_reasons_are_shown_with_advice_and_without_markup_of_others(with_task):
    with_task.run()
    text = with_task.ui.lesionQualityLabel.text
    assert "T1 was not given &lt;here&gt;." in text
    assert REASON.advice in text


def test_views_go_to_the_largest_lesion_and_to_the_one_that_is_clicked(with_task):
    with_task.run()
    first, second = measure_lesions(lesion_labels(SMALL, LARGE), {"brain_lesion": 1})
    assert shown_position() == pytest.approx(lesions.place_ras(first))
    with_task.ui.lesionsTable.cellClicked.emit(1, 0)
    assert shown_position() == pytest.approx(lesions.place_ras(second))


def test_segment_has_name_terminology_and_surface(with_task, scan):
    with_task.run()
    node = with_task.parameters.outputSegmentation
    segment = node.GetSegmentation().GetSegment("brain_lesion")
    assert node.GetName() == "Patient FLAIR Brain lesions (MR) segmentation"
    assert segment.GetName() == "Brain lesion"
    assert "52988006" in segment.GetTerminology()
    assert node.GetSegmentation().ContainsRepresentation("Closed surface")
    assert node.GetNodeReference(node.GetReferenceImageGeometryReferenceRole()) is scan[0]
    assert read_task_record(node).quality.reasons == (REASON,)


def test_edited_segments_are_measured_again(with_task, scan):
    with_task.run()
    node = with_task.parameters.outputSegmentation
    slicer.util.updateSegmentBinaryLabelmapFromArray(lesion_labels(SMALL).array, node, "brain_lesion", scan[0])
    pump_until(lambda: with_task.ui.lesionsTable.rowCount == 1, 10, "the new measures")
    assert float(cell(with_task, 0, 1)) == pytest.approx(48 * VOXEL_ML, abs=6e-4)
    slicer.util.updateSegmentBinaryLabelmapFromArray(lesion_labels().array, node, "brain_lesion", scan[0])
    pump_until(lambda: not with_task.widget.results.lesions.lesions, 10, "the new measures")
    assert "no lesion was found" in with_task.ui.lesionResultLabel.text
    assert not is_shown(with_task.ui.lesionsTable)


def test_lesions_become_a_table_node_with_units(with_task):
    with_task.run()
    table = with_task.parameters.outputSegmentation.GetNodeReference(lesions.LESION_TABLE_ROLE)
    assert table.GetName() == "Patient FLAIR Brain lesions (MR) lesions"
    assert table.GetColumnUnitLabel("Longest diameter") == "mm"
    assert float(table.GetCellText(0, 2)) == pytest.approx(1600 * VOXEL_ML)
    with_task.ui.showLesionTableButton.click()
    assert slicer.app.applicationLogic().GetSelectionNode().GetActiveTableID() == table.GetID()


def test_lesions_are_exported(with_task, tmp_path):
    with_task.run()
    with_task.widget.results.askForFile = lambda *_: str(tmp_path / "lesions.csv")
    with_task.ui.exportLesionsButton.click()
    with (tmp_path / "lesions.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["voxels"]) for row in rows] == [1600, 48]
    assert "Saved" in with_task.ui.statusLabel.text


def test_editor_opens_on_the_lesions(with_task, monkeypatch):
    opened = []
    monkeypatch.setattr("SegmentL3Lib.gui.lesionresults.openSegmentEditor", lambda *arguments: opened.append(arguments))
    with_task.run()
    with_task.ui.editLesionsButton.click()
    parameters = with_task.parameters
    assert opened == [(parameters.outputSegmentation, parameters.inputVolume, "brain_lesion")]


def test_saved_scene_shows_the_lesions_again(with_task):
    with_task.run()
    with_task.parameters.task = "body_composition_l3"
    pump_for(0.5)
    assert not is_shown(with_task.ui.lesionResultSection)
    with_task.parameters.task = TASK
    pump_for(0.5)
    assert with_task.ui.lesionsTable.rowCount == 2


def choose_nothing(panel):
    panel.parameters.inputVolume = None


def choose_twice(panel):
    panel.widget.form.inputs.selector(1).setCurrentNode(panel.parameters.inputVolume)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (choose_nothing, 'select it for the input "FLAIR"'),
        (choose_twice, "more than once"),
    ],
)
def test_run_waits_for_what_is_missing_or_wrong(with_task, change, text):
    change(with_task)
    assert not with_task.ui.applyButton.enabled
    assert text in with_task.ui.applyButton.toolTip


def test_ct_is_refused(with_task, scan):
    hierarchy = slicer.mrmlScene.GetSubjectHierarchyNode()
    attribute = slicer.vtkMRMLSubjectHierarchyConstants.GetDICOMSeriesModalityAttributeName()
    hierarchy.SetItemAttribute(hierarchy.GetItemByDataNode(scan[0]), attribute, "CT")
    with_task.widget.onParametersModified()
    assert '"Patient FLAIR" is CT; this task understands MR only.' in with_task.ui.applyButton.toolTip


def test_task_whose_model_is_not_installed_says_so(panel, monkeypatch):
    monkeypatch.setattr("SegmentL3Lib.gui.taskchoice.why_unavailable", lambda *_: "The model is not installed.")
    panel.parameters.task = TASK
    assert not panel.ui.applyButton.enabled
    assert panel.ui.applyButton.toolTip == "The model is not installed."
    assert "not installed" in panel.ui.taskDetailsLabel.text


def test_script_gets_segmentation_and_lesions(with_task):
    segmentation, found = with_task.logic.process(with_task.parameters)
    assert [lesion.voxels for lesion in found] == [1600, 48]
    assert segmentation.GetSegmentation().GetSegment("brain_lesion") is not None
    assert found[0].place_lps_mm[2] > GEOMETRY.origin[2]
