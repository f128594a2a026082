"""The panel with the real worker and the shipped models, on a phantom."""

import json

import pytest

from host import pump_until
from SegmentL3Lib.cli import main
from SegmentL3Lib.gui.tasks import loadTasks
from SegmentL3Lib.mrml.volumes import add_volume_node
from SegmentL3Lib.reading import read_volume
from SegmentL3Lib.resources import resource_path


def missing_models():
    return [model for model in loadTasks()[0].models if not resource_path("Models", model).is_dir()]


@pytest.mark.skipif(bool(missing_models()), reason=f"not in Resources/Models: {', '.join(missing_models())}")
def test_phantom_is_measured_at_l3_by_the_real_worker(host, module_widget, tmp_path):
    assert main(["phantom", "--seed", "1", "--out", str(tmp_path)]) == 0
    truth = json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))
    add_volume_node(read_volume(tmp_path / "ct.nii.gz"), "phantom")
    loaded = module_widget("SegmentL3")
    loaded.ui.applyButton.click()
    pump_until(lambda: not loaded.widget.logic.isRunning, 300, "the real worker")
    assert loaded.ui.statusLabel.text.startswith("Done"), loaded.ui.logText.toPlainText()
    result = loaded.widget._measured.result
    assert result.level.level == truth["level"]
    found, expected = (numbers["skeletal_muscle"] for numbers in (result.measurements.area_cm2, truth["area_cm2"]))
    assert found == pytest.approx(expected, rel=0.2)
