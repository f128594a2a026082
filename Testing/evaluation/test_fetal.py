"""Measuring the fetal brain model on atlases that were left out."""

import csv

import numpy as np
import pytest

from DomainAdaptLib.evaluation import fetal
from DomainAdaptLib.evaluation.fetal_scans import AS_IT_IS, STRIPPED, SURROUNDED, left_out_scans
from SegmentL3Lib.inference import Prediction
from SegmentL3Lib.volume import LabelMap
from synthesis.tiny_atlas import tiny_atlas, write_atlas

NAME = "fetal_SB_atlas_GA23_x"


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    for name in (NAME, "fetal_SB_atlas_GA21_x"):
        write_atlas(folder / "fetal" / name, tiny_atlas())
    return folder


@pytest.fixture(scope="module")
def scans(data):
    return list(left_out_scans(data, [NAME]))


def test_scans_are_those_of_the_atlases_left_out_in_three_ways(scans):
    assert {scan.case for scan in scans} == {"GA23_x"}
    assert [scan.group for scan in scans] == [AS_IT_IS, *[STRIPPED] * 3, *[SURROUNDED] * 3]
    assert [scan.plane for scan in scans][1:4] == ["sagittal", "coronal", "axial"]
    for scan in scans:
        assert scan.image.array.shape == scan.tissues.shape
        assert scan.image.modality == "MR"
    for axis, scan in enumerate(scans[1:4]):
        assert np.argmax(scan.image.geometry.spacing) == axis
    outside = [(scan.image.array[scan.tissues == 0] == 0).mean() for scan in scans]
    assert min(outside[:4]) > 0.7 and max(outside[4:]) < 0.2


def test_scans_are_the_same_each_time(data, scans):
    again = next(scan for scan in left_out_scans(data, [NAME]) if scan.group == SURROUNDED)
    assert np.array_equal(again.image.array, scans[4].image.array)


def test_figures_of_a_perfect_and_of_a_poor_result(scans, tmp_path, monkeypatch):
    truths = {id(scan.image): scan.tissues for scan in scans}

    def predict(_model, images, device):
        array = truths[id(images[0])].copy()
        if images[0] is scans[1].image:
            array[array == 3] = 0
        return Prediction(LabelMap(array, images[0].geometry), {}, "cpu", "fp32", None, ())

    monkeypatch.setattr(fetal, "predict", predict)
    text = fetal.evaluate_fetal(scans[:2], None, tmp_path / "out")
    with (tmp_path / "out" / "fetal.csv").open(encoding="utf-8", newline="") as file:
        first, second = csv.DictReader(file)
    assert float(first["mean"]) == 1 and float(first["volume_error_percent"]) == 0
    assert float(second["cerebellum"]) == 0 and float(second["brain_stem"]) == 1
    assert float(second["cerebellum_error_percent"]) == -100
    assert float(second["mean"]) == pytest.approx(7 / 8)
    assert "other data" in text
    assert len(list((tmp_path / "out" / "pictures").glob("*.png"))) == 2
