"""The panel with the real worker: the shipped models on a phantom, and imported models on a drawn scan."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import slicer

from gui.torso import torso
from host import pump_until
from models.nnunet_packages import configuration, dataset, plans, write_result
from models.packages import write_segmenter
from SegmentL3Lib.cli import main
from SegmentL3Lib.mrml.task_record import read_task_record
from SegmentL3Lib.mrml.volumes import add_volume_node
from SegmentL3Lib.reading import read_volume
from SegmentL3Lib.resources import resource_path
from SegmentL3Lib.tasks import l3_task
from tasks.heads import write_head_images
from tasks.threshold_bundle import write_threshold_bundle


def missing_models():
    return [model for model in l3_task().models if not resource_path("Models", model).is_dir()]


@pytest.mark.skipif(bool(missing_models()), reason=f"not in Resources/Models: {', '.join(missing_models())}")
def test_phantom_is_measured_at_l3_by_the_real_worker(host, module_widget, tmp_path):
    assert main(["phantom", "--seed", "1", "--out", str(tmp_path)]) == 0
    truth = json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))
    add_volume_node(read_volume(tmp_path / "ct.nii.gz"), "phantom")
    loaded = module_widget("SegmentL3")
    loaded.ui.applyButton.click()
    pump_until(lambda: not loaded.widget.logic.isRunning, 300, "the real worker")
    assert loaded.ui.statusLabel.text.startswith("Done"), loaded.ui.logText.toPlainText()
    result = loaded.widget.results.l3.measured.result
    assert result.level.level == truth["level"]
    found, expected = (numbers["skeletal_muscle"] for numbers in (result.measurements.area_cm2, truth["area_cm2"]))
    assert found == pytest.approx(expected, rel=0.2)


def test_head_with_lesions_is_segmented_by_the_real_worker(host, module_widget, tmp_path, models_folder):
    write_threshold_bundle(models_folder / "brain_lesions_3d", 6.0)
    for name, path in write_head_images(tmp_path).items():
        add_volume_node(read_volume(path), f"Head {name}")
    loaded = module_widget("SegmentL3")
    loaded.widget._parameterNode.task = "brain_lesions_3d"
    segmentation = segment(loaded)
    lesions = loaded.widget.results.lesions.lesions
    assert loaded.ui.lesionsTable.rowCount == len(lesions)
    assert segmentation.GetSegmentation().GetSegment("brain_lesion").GetName() == "Brain lesion"
    assert read_task_record(segmentation).inputs == dict.fromkeys(("FLAIR", "T1", "T1c", "T2"), "given")


@pytest.fixture
def loaded(host, module_widget):
    """The panel with the middle of a drawn scan in the scene: small models have small windows."""
    add_volume_node(middle_of_torso(), "CT")
    return module_widget("SegmentL3")


def middle_of_torso():
    volume, _ = torso()
    return replace(volume, array=np.ascontiguousarray(volume.array[:, 40:80, 60:110]))


def import_model(loaded, path):
    """Import a package through the panel; returns what the panel says of it."""
    models = loaded.widget.models
    models.askForFile = models.askForFolder = lambda *_: str(path)
    if path.is_dir():
        models.onImportFolder()
    else:
        models.onImportFile()
    pump_until(lambda: not loaded.widget.logic.catalog.isBusy, 300, "the import")
    return loaded.ui.modelsStatusLabel.text


def segment(loaded):
    loaded.ui.applyButton.click()
    pump_until(lambda: not loaded.widget.logic.isRunning, 300, "the real worker")
    assert loaded.ui.statusLabel.text.startswith("Done"), loaded.ui.logText.toPlainText()
    return loaded.widget._parameterNode.outputSegmentation


def voxels(segmentation):
    """Where any segment of the model is, (z, y, x)."""
    volume = slicer.util.getNode("CT")
    ids = segmentation.GetSegmentation().GetSegmentIDs()
    return np.any([slicer.util.arrayFromSegmentBinaryLabelmap(segmentation, each, volume) for each in ids], axis=0)


def test_bundle_is_imported_from_a_zip_file_and_segments_chosen_slices(loaded, tmp_path):
    bundle = write_segmenter(tmp_path / "bundle", ("liver", "kidney_left"))
    archive = shutil.make_archive(str(tmp_path / "bundle"), "zip", bundle)
    assert import_model(loaded, type(bundle)(archive)) == "Imported."
    assert "Tiny segmenter" in loaded.ui.modelLabel.text
    parameters = loaded.widget._parameterNode
    parameters.region = loaded.python.RegionChoice.SLICES
    loaded.ui.firstSliceSpinBox.value = 3
    loaded.ui.lastSliceSpinBox.value = 5
    segmentation = segment(loaded)
    names = [loaded.ui.volumesTable.item(row, 0).text() for row in range(2)]
    assert names == ["Liver", "Left kidney"]
    planes = np.flatnonzero(voxels(segmentation).any(axis=(1, 2)))
    assert set(planes) <= {2, 3, 4}
    assert len(planes) > 0


def test_nnunet_folder_with_two_inputs_is_imported_and_segments_what_is_ticked(loaded, tmp_path):
    data = dataset({"background": 0, "edema": 1, "core": 2}, ("T1", "FLAIR"))
    coarse = configuration(
        patch_size=[8, 32, 32],
        spacing=[5.0, 5.0, 5.0],
        normalization_schemes=["ZScoreNormalization"] * 2,
        use_mask_for_norm=[False] * 2,
    )
    folder = write_result(tmp_path, plans(**{"3d_fullres": coarse}), data)
    assert import_model(loaded, folder) == "Imported."
    assert loaded.ui.inputTitle.text == "T1:"
    loaded.widget.form.inputs.selector(1).setCurrentNode(add_volume_node(middle_of_torso(), "FLAIR"))
    loaded.widget._parameterNode.leftOut = ["core"]
    loaded.widget._parameterNode.isFast = True
    segmentation = segment(loaded)
    assert segmentation.GetSegmentation().GetNumberOfSegments() == 1
    assert loaded.ui.volumesTable.item(0, 0).text() == "Edema"


def test_folder_that_is_no_model_is_refused_in_words_and_leaves_nothing(loaded, tmp_path, models_folder):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.txt").write_text("meow", encoding="utf-8")
    assert "photos is no model package" in import_model(loaded, tmp_path / "photos")
    assert loaded.widget.logic.catalog.rows == ()
    assert not models_folder.exists() or not any(models_folder.iterdir())
