"""Fixtures of the panel tests: a scan in the scene, and the panel with a worker whose behavior is chosen."""

import sys
from pathlib import Path

import pytest

from gui.lesionfiles import LARGE, SMALL, write_lesion_files
from gui.predictionfiles import write_model_row, write_prediction_files
from gui.runfiles import write_run
from gui.torso import torso
from host import pump_until

WORKER = Path(__file__).with_name("fakeworker.py")
CHOSEN_SLICE = 2


@pytest.fixture(scope="session")
def run_files(tmp_path_factory):
    """Folder with the files of runs: automatic, on ``CHOSEN_SLICE``, of an imported model, and of a task in 3D."""
    folder = tmp_path_factory.mktemp("runs")
    write_run(folder / "automatic")
    write_run(folder / str(CHOSEN_SLICE), CHOSEN_SLICE)
    write_prediction_files(folder / "predict")
    write_lesion_files(folder / "task", SMALL, LARGE)
    return folder


@pytest.fixture(autouse=True)
def models_folder(tmp_path, monkeypatch):
    """The default models folder, which does not exist yet."""
    folder = tmp_path / "models"
    monkeypatch.setenv("SEGMENTL3_MODELS", str(folder))
    return folder


@pytest.fixture
def scan(host):
    """A volume node with the drawn torso, and its labels."""
    from SegmentL3Lib.mrml.volumes import add_volume_node

    volume, labels = torso()
    return add_volume_node(volume, "CT"), labels


class Panel:
    """The panel of the module with a fake worker, driven as a user would."""

    def __init__(self, loaded, run_files):
        self.loaded = loaded
        self.python = loaded.python
        self.widget = loaded.widget
        self.ui = loaded.ui
        self.logic = loaded.widget.logic
        self._run_files = run_files
        self.behave("good")

    @property
    def parameters(self):
        return self.widget._parameterNode

    def behave(self, behavior):
        self.logic.workerCommand = lambda: [sys.executable, str(WORKER), behavior, str(self._run_files)]

    def apply(self):
        self.ui.applyButton.click()

    def run(self):
        self.apply()
        self.wait()

    def import_model(self, path):
        """Import what the fake worker takes for a model package."""
        self.widget.models.askForFolder = lambda *_: str(path)
        self.widget.models.onImportFolder()
        self.wait_for_models()

    def wait_for_models(self):
        pump_until(lambda: not self.logic.catalog.isBusy, 60, "the answer of the worker")

    def use_model(self, models_folder, **changes):
        """Have a model in the models folder, and choose it as task."""
        identifier = write_model_row(models_folder, **changes)
        self.widget.models.refresh()
        self.wait_for_models()
        self.parameters.task = f"model:{identifier}"

    def wait(self):
        pump_until(lambda: not self.logic.isRunning, 60, "the end of the run")

    def area(self, row):
        return float(self.ui.tissueTable.item(row, 2).text())


@pytest.fixture
def panel(host, scan, module_widget, run_files):
    """The panel of SegmentL3 with the scan chosen."""
    return Panel(module_widget("SegmentL3"), run_files)
