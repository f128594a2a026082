"""The panel with the worker that ships, on generated scans: from the choice of a method to Keep or Discard."""

import json
import sys
from pathlib import Path

import pytest

from adaptation import squares
from host import pump_until
from SegmentL3Lib.models.store import ModelStore

SETTINGS = {
    "adversarial": {"steps": 4, "connections": 2},
    "mean_teacher": {"steps": 4},
    "random_contrast": {"steps": 4, "contrasts": 2},
    "fine_tuning": {"steps": 12, "learning_rate": 0.01},
}


@pytest.fixture
def real_panel(panel, models_folder, tmp_path):
    """The panel with the real workers, a small model that is imported and chosen, and scans of both scanners."""
    panel.logic.workerCommand = lambda: [sys.executable, "-m", "DomainAdaptLib.worker"]
    panel.logic.modelsCommand = lambda: [sys.executable, "-m", "SegmentL3Lib.worker"]
    identifier = ModelStore(models_folder).add(squares.write_model(tmp_path / "squares")).identifier
    folders = {name: tmp_path / name for name in ("new", "new labels", "known", "known labels")}
    for folder in folders.values():
        folder.mkdir()
    for number in range(3):
        squares.write_scan(folders["new"] / f"{number}.nrrd", 100 + 5 * number, gain=0.6, offset=600.0)
        squares.write_labels(folders["new labels"] / f"{number}.nrrd", 100 + 5 * number)
        squares.write_scan(folders["known"] / f"{number}.nrrd", 5 * number)
        squares.write_labels(folders["known labels"] / f"{number}.nrrd", 5 * number)
    ui = panel.ui
    fields = (ui.validationFolderEdit, ui.validationLabelsFolderEdit, ui.sourceFolderEdit, ui.sourceLabelsFolderEdit)
    for field, folder in zip(fields, folders.values(), strict=True):
        field.currentPath = str(folder)
    panel.widget.enter()
    wait(lambda: not panel.logic.catalog.isBusy)
    panel.parameters.model = identifier
    panel.new_scans = folders["new"]
    return panel


def wait(condition):
    """Wait as long as a busy computer may take to start the worker."""
    pump_until(condition, 300, "the real worker")


def adapt(panel, method):
    """Adapt in a few steps, and check what the panel says of it."""
    panel.parameters.settings = json.dumps({method: SETTINGS[method]})
    panel.choose(panel.new_scans, method)
    panel.ui.applyButton.click()
    wait(lambda: not panel.logic.isRunning)
    assert panel.ui.statusLabel.text.startswith("Done"), panel.log()
    assert "adapted model is kept" in panel.ui.resultLabel.text
    assert panel.ui.figuresTable.rowCount > 2
    report = Path(panel.logic.runner.record.result["report"])
    assert "Before and after" in report.read_text(encoding="utf-8")
    panel.ui.compareButton.click()
    assert "%" in panel.ui.comparisonLabel.text


def test_kept_model_is_in_the_list_of_segment_l3(real_panel, models_folder):
    panel = real_panel
    adapt(panel, "fine_tuning")
    panel.ui.keepButton.click()
    wait(lambda: not panel.logic.isRunning and not panel.logic.catalog.isBusy)
    assert panel.ui.statusLabel.text.startswith("Done"), panel.log()
    assert any("adapted" in panel.ui.modelComboBox.itemText(row) for row in range(panel.ui.modelComboBox.count))
    assert [info.error for info in ModelStore(models_folder).list() if "adapted" in info.title] == [None]


@pytest.mark.parametrize("method", ["adversarial", "mean_teacher", "random_contrast"])
def test_discarded_adaptation_leaves_the_models_as_they_were(real_panel, models_folder, method):
    panel = real_panel
    before = [info.identifier for info in ModelStore(models_folder).list()]
    adapt(panel, method)
    assert panel.ui.keepButton.enabled
    panel.ui.discardButton.click()
    assert panel.jobs == []
    assert [info.identifier for info in ModelStore(models_folder).list()] == before
