"""Fixtures of the panel of DomainAdapt: scans in folders and in the scene, and a worker whose behavior is chosen."""

import sys
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from host import pump_until

FOLDER = Path(__file__).parent
MODELS_WORKER = FOLDER.parent / "gui" / "fakeworker.py"
SHAPE = (4, 40, 40)


@pytest.fixture(autouse=True)
def models_folder(tmp_path, monkeypatch):
    """The default models folder, which does not exist yet."""
    folder = tmp_path / "home" / "models"
    monkeypatch.setenv("SEGMENTL3_MODELS", str(folder))
    return folder


def write_image(path, array=None, spacing=(0.8, 0.8, 5.0)):
    image = sitk.GetImageFromArray(np.zeros(SHAPE, np.int16) if array is None else array)
    image.SetSpacing(spacing)
    path.parent.mkdir(parents=True, exist_ok=True)
    sitk.WriteImage(image, str(path))
    return path


@pytest.fixture
def scans(tmp_path):
    """Folder with two scans of the new scanner."""
    folder = tmp_path / "new scans \u00e9"
    for name in ("one.nii.gz", "two.nrrd"):
        write_image(folder / name)
    return folder


class Panel:
    """The panel with a fake worker, driven as a user would."""

    def __init__(self, loaded):
        self.loaded = loaded
        self.widget = loaded.widget
        self.ui = loaded.ui
        self.logic = loaded.widget.logic
        self.logic.modelsCommand = lambda: [sys.executable, str(MODELS_WORKER), "good", "-"]
        self.behave("good")

    @property
    def parameters(self):
        return self.widget._parameterNode

    @property
    def base(self):
        """Folder in which each job has its own."""
        return Path(self.ui.outputFolderEdit.currentPath)

    @property
    def jobs(self):
        return sorted(self.base.iterdir()) if self.base.is_dir() else []

    def behave(self, behavior):
        self.logic.workerCommand = lambda: [sys.executable, str(FOLDER / "fakeworker.py"), behavior]

    def wait(self):
        pump_until(lambda: not self.logic.isRunning, 60, "the end of the run")

    def wait_for_models(self):
        pump_until(lambda: not self.logic.catalog.isBusy, 60, "the list of models")

    def choose(self, scans, method="entropy"):
        """Choose a folder of new scans and a method."""
        self.ui.targetFolderEdit.currentPath = str(scans)
        row = [each.name for each in self.logic.methods].index(method)
        self.ui.methodTable.selectRow(row)

    def adapt(self, scans, method="entropy"):
        self.choose(scans, method)
        self.ui.applyButton.click()
        self.wait()

    def log(self):
        return self.ui.logText.toPlainText()


@pytest.fixture
def panel(host, module_widget):
    """The panel of DomainAdapt; questions are answered with OK."""
    host.app.testing = False
    return Panel(module_widget("DomainAdapt"))
