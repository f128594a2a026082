"""The panel with a task in 3D that has no lesions: volumes of its structures are listed."""

import json

import numpy as np
import pytest

from gui.conftest import Panel
from gui.torso import SPACING, torso
from SegmentL3Lib.report.lesion_files import write_task_files
from SegmentL3Lib.results import QualityReason, report_of
from SegmentL3Lib.structure_volumes import structure_volumes
from SegmentL3Lib.task_results import Consistency, TaskResult
from SegmentL3Lib.tasks import find_task
from SegmentL3Lib.volume import LabelMap
from tasks.parts import TASK, add_parts_task, parts_task

PART = np.s_[2:6, 60:80, 100:120]
REASON = QualityReason("MODEL_LIMITED", "check", "Only <synthetic> images.", "Compare every outline.")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Folder with what the worker leaves: a cerebellum where a box is, and nothing else."""
    folder = tmp_path_factory.mktemp("runs")
    volume, _ = torso()
    array = np.zeros(volume.array.shape, np.uint8)
    array[PART] = 3
    labels, task = LabelMap(array, volume.geometry), parts_task()
    result = TaskResult(
        task=TASK,
        segmentation=labels,
        volumes=structure_volumes(labels, enumerate(task.labels, 1)),
        lesions=(),
        consistency={label: Consistency(None, None) for label in task.labels},
        quality=report_of([REASON]),
        inputs={"T2": "given"},
        model={"name": TASK},
        seconds={"total": 1.0},
        device="cpu",
        precision="fp32",
    )
    write_task_files(result, task, volume, folder / "task")
    return folder


@pytest.fixture
def panel(host, scan, module_widget, files, models_folder, monkeypatch):
    add_parts_task(monkeypatch, "SegmentL3Lib.tasks", "SegmentL3Lib.gui.taskchoice")
    metadata = models_folder / TASK / "configs" / "metadata.json"
    metadata.parent.mkdir(parents=True)
    metadata.write_text("{}", encoding="utf-8")
    (models_folder / TASK / "row.json").write_text(
        json.dumps({"identifier": TASK, "title": "Model", "inputs": ["T2"], "structures": ["a"]}), encoding="utf-8"
    )
    made = Panel(module_widget("SegmentL3"), files)
    made.parameters.task = TASK
    return made


def test_form_asks_for_one_image(panel):
    assert panel.ui.inputTitle.text == "T2:"
    assert not panel.ui.heightSpinBox.isVisible()
    assert panel.ui.taskLabel.text == "Outlines parts of the brain."


@pytest.mark.parametrize("task", ["fetal_brain_3d", "fetal_organs_3d"])
def test_form_of_the_fetal_tasks_asks_for_one_image_and_says_what_they_cannot_do(panel, task):
    panel.parameters.task = task
    assert panel.ui.inputTitle.text == "T2:"
    assert panel.ui.taskLabel.text == find_task(task).description
    assert find_task(task).limits in panel.ui.taskDetailsLabel.text


def test_volumes_of_the_structures_are_listed_with_the_verdict(panel):
    panel.run()
    table = panel.ui.volumesTable
    names = [table.item(row, 0).text() for row in range(table.rowCount)]
    assert names == [label.name for label in parts_task().label_entries()]
    wanted = 4 * 20 * 20 * float(np.prod(SPACING)) / 1000
    assert float(table.item(2, 1).text()) == pytest.approx(wanted, abs=0.06)
    assert panel.ui.modelResultSection.isHidden() is False
    assert panel.ui.lesionResultSection.isHidden()
    assert "Parts of the brain (MR)" in panel.ui.modelResultLabel.text
    notes = panel.ui.modelResultNotes.text
    assert "Quality: check" in notes and "Only &lt;synthetic&gt; images. Compare every outline." in notes


def test_result_is_found_again_in_the_scene_and_the_next_run_fills_it(panel):
    panel.run()
    first = panel.parameters.outputSegmentation
    panel.run()
    assert panel.parameters.outputSegmentation is first
