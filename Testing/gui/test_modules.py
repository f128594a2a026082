"""The modules as the application loads them."""

import subprocess
import sys
from dataclasses import replace

import pytest
import slicer

from host import pump_until
from SegmentL3Lib.gui.requirements import PackageState, Requirement


def test_modules_describe_themselves(host, module_widget):
    for name in ("SegmentL3", "DomainAdapt"):
        module = module_widget(name).module
        assert module.parent.title
        assert module.parent.helpText
        assert module.parent.categories == ["Segmentation"]
        assert module.parent.icon is not None


def test_terminology_and_sample_data_are_registered_when_the_application_has_started(host, module_widget):
    module_widget("SegmentL3")
    host.app.startupCompleted.emit()
    assert "SegmentL3" in terminology_names()
    from SegmentL3Lib.gui import samples

    names = [entry["sampleName"] for entry in host.sample_data]
    assert names == [sample.name for sample in samples.SAMPLES]
    assert callable(host.sample_data[0]["customDownloader"])


def test_every_task_with_a_shipped_model_has_sample_data():
    from SegmentL3Lib.gui import launcher, samples
    from SegmentL3Lib.tasks import l3_task, load_tasks

    of_tasks = [sample.task for sample in samples.SAMPLES[1:]]
    assert [task.id for task in load_tasks() if task != l3_task()] == of_tasks
    for sample in samples.SAMPLES:
        assert (launcher.MODULE_FOLDER / "Resources" / "Icons" / sample.thumbnail).exists()


def terminology_names():
    import vtk

    names = vtk.vtkStringArray()
    slicer.modules.terminologies.logic().GetLoadedTerminologyNames(names)
    return [names.GetValue(number) for number in range(names.GetNumberOfValues())]


def test_module_opens_without_a_main_window(headless_host):
    loaded = headless_host.load_module("SegmentL3")
    assert loaded.ui.applyButton.toolTip == "Load a CT and select it as CT volume."


def test_opening_the_module_imports_neither_torch_nor_what_may_be_missing(host):
    """In a fresh process, as other tests may have imported them here."""
    program = (
        "import sys\n"
        "for name in ('torch', 'monai', 'jinja2', 'psutil', 'pydicom', 'PIL'): sys.modules[name] = None\n"
        "import host\n"
        "stand_in = host.Host()\n"
        "loaded = stand_in.load_module('SegmentL3')\n"
        "assert not stand_in.errors, stand_in.errors\n"
        "print('opened')\n"
        "stand_in.close()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=path_environment())
    assert done.stdout.endswith("opened\n"), done.stderr


def path_environment():
    import os
    from pathlib import Path

    root = Path(__file__).resolve().parents[2]
    folders = [str(root / name) for name in ("Testing", "SegmentL3", "DomainAdapt")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(folders)}


def test_self_test_passes_where_packages_are_missing(host, module_widget, monkeypatch):
    loaded = module_widget("SegmentL3")
    missing = [PackageState(Requirement("torch", "2.10"), None)]
    monkeypatch.setattr(loaded.python, "packageStates", lambda _file: missing)
    loaded.module.runTest()


def test_script_can_measure_and_wait(panel, scan):
    segmentation, result = panel.logic.process(panel.parameters, "cpu")
    assert result.level.level == "L3"
    assert segmentation.GetName() == "CT L3 segmentation"


def test_script_is_told_why_a_run_failed(panel):
    panel.behave("refuse")
    with pytest.raises(RuntimeError, match="L3 is not in this scan"):
        panel.logic.process(panel.parameters, "cpu")


def test_numbers_of_the_panel_are_those_of_the_worker(panel, run_files):
    import json

    _, result = panel.logic.process(panel.parameters, "cpu")
    document = json.loads((run_files / "automatic" / "measurements.json").read_text(encoding="utf-8"))
    assert result.measurements.area_cm2 == pytest.approx(document["area_cm2"])
    assert result.measurements.mean_hu == pytest.approx(document["mean_hu"])
    assert result.quality.verdict == document["quality"]["verdict"]


def test_worker_of_the_package_is_started_through_pythonslicer(panel, host):
    """The real worker answers a wrong job in its own words; models are not needed for that."""
    from SegmentL3Lib.gui import launcher

    panel.logic.workerCommand = lambda: [launcher.pythonSlicer(), "-m", "SegmentL3Lib.worker", "surplus"]
    panel.apply()
    pump_until(lambda: not panel.logic.isRunning, 60)
    assert "The worker takes the path of one job file." in panel.ui.statusLabel.text


def test_phantom_that_cannot_be_made_is_explained(host):
    from SegmentL3Lib.errors import SegmentL3Error
    from SegmentL3Lib.gui import launcher, samples

    assert launcher.pythonSlicer()
    with pytest.raises(SegmentL3Error, match="invalid int value"):
        samples.load(replace(samples.CT, seed="no number"))
