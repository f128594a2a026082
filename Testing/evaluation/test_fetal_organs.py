"""Measuring the model of fetus, placenta and uterus on generated scans."""

import csv
from types import SimpleNamespace

import numpy as np
import pytest

from DomainAdaptLib.cli import main
from DomainAdaptLib.evaluation import fetal_organs
from DomainAdaptLib.evaluation.crf_choice import Patient, compare_parameters
from DomainAdaptLib.evaluation.fetal_organs import evaluate_organs, organ_scans
from SegmentL3Lib.volume import Geometry, Volume

RECIPE = {"test_first_seed": 7, "test_patients": 2}
PARAMETERS = {
    "smoothness_mm": [2.0],
    "smoothness_weight": [1.0],
    "position_mm": [4.0],
    "intensity": [0.5],
    "appearance_weight": [3.0],
    "iterations": [5],
    "least_probability": [0.05],
    "reach_mm": [6.0],
}


@pytest.fixture(scope="module")
def scans():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fetal_organs, "PIXEL_MM", 6.0)
        return list(organ_scans(RECIPE))


def test_scans_are_those_of_the_seeds_with_slices_in_each_plane_in_turn(scans):
    assert [(scan.case, scan.plane) for scan in scans] == [("7", "sagittal"), ("8", "coronal")]
    for scan in scans:
        assert scan.image.array.shape == scan.truth.array.shape
        assert scan.image.geometry.spacing[:2] == (6.0, 6.0)


def test_figures_of_a_perfect_and_of_a_poor_result(scans, tmp_path, monkeypatch):
    def run_task(_task, images, _model, device):
        scan = next(scan for scan in scans if scan.image is images["T2"])
        array = scan.truth.array.copy()
        if scan is scans[1]:
            array[array == 2] = 3
        return SimpleNamespace(segmentation=SimpleNamespace(array=array), seconds={"total": 1.5})

    monkeypatch.setattr(fetal_organs, "run_task", run_task)
    text = evaluate_organs(scans, None, tmp_path / "out")
    with (tmp_path / "out" / "fetal-organs.csv").open(encoding="utf-8", newline="") as file:
        first, second = csv.DictReader(file)
    assert float(first["mean"]) == 1 and float(first["placenta_error_percent"]) == 0
    assert float(second["placenta"]) == 0 and float(second["placenta_error_percent"]) == -100
    assert float(second["amniotic_fluid_error_percent"]) > 0 and float(second["fetus"]) == 1
    assert "no real scan was measured" in text and "| all | 2 |" in text
    assert len(list((tmp_path / "out" / "pictures").glob("*.png"))) == 2


def test_a_field_is_chosen_where_it_mends_what_the_image_shows():
    truth = np.zeros((12, 12, 12), np.uint8)
    truth[:, :, 6:] = 1
    image = Volume(50 + 100 * truth.astype(np.float32), Geometry(spacing=(2.0, 2.0, 2.0)))
    rng = np.random.default_rng(0)
    second = np.clip(0.2 + 0.6 * truth + 0.35 * rng.standard_normal(truth.shape), 0.02, 0.98).astype(np.float32)
    rows = compare_parameters([Patient("a", np.stack([1 - second, second]), [image], truth)], PARAMETERS)
    assert rows[0]["appearance_weight"] == 3.0 and rows[0]["dice"] > rows[1]["dice"] and rows[1]["none"]


def test_models_made_of_scans_are_not_learned_without_them(tmp_path, capsys):
    assert main(["train", "fetal_brain_3d", "--work", str(tmp_path)]) == 2
    assert "give --data" in capsys.readouterr().err
