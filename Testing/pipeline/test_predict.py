"""Any model's result becomes files: structures with names, colors and codes, their volumes, and how they were made."""

import csv
import json
from dataclasses import replace

import numpy as np
import pytest
import SimpleITK as sitk

from models.nnunet_packages import write_result
from models.packages import write_segmenter
from SegmentL3Lib import predict as module
from SegmentL3Lib.errors import InputError, ModelError, UsageError
from SegmentL3Lib.inference import Box, Prediction
from SegmentL3Lib.model_jobs import FILE_NAMES, PredictJob, do_predict, result_paths
from SegmentL3Lib.models.shipped import LEVEL_MODEL, TISSUE_MODEL
from SegmentL3Lib.prediction_files import write_prediction
from SegmentL3Lib.resources import resource_path
from SegmentL3Lib.structure_volumes import structure_volumes
from SegmentL3Lib.volume import Geometry, LabelMap, Volume
from SegmentL3Lib.writing import write_volume

GEOMETRY = Geometry(origin=(-20.0, 30.0, 5.0), spacing=(2.0, 2.5, 5.0))
VOXEL_ML = 0.025


def scan(shape=(6, 12, 10)) -> Volume:
    """Air with a block of 60 voxels of 50 HU and one of 12 voxels of 400 HU in it."""
    array = np.full(shape, -1000, np.int16)
    array[1:4, 2:6, 1:6] = 50
    array[4, 2:5, 1:5] = 400
    return Volume(array, GEOMETRY, modality="CT")


class Engine:
    """In the place of ``inference.predict``: labels by HU; remembers what it was asked."""

    def __init__(self):
        self.asked = None
        self.notes = ()

    def __call__(self, model, images, **options):
        self.asked = {"model": model, "images": images, **options}
        options["progress"](0.5, "halfway")
        array = images[0].array
        labels = np.where(array > 300, 2, np.where(array > 0, 1, 0)).astype(np.uint8)
        seconds = {"network": 1.0, "total": 1.25}
        return Prediction(LabelMap(labels, images[0].geometry), seconds, "cpu", "fp32", None, self.notes)


@pytest.fixture
def engine(monkeypatch):
    engine = Engine()
    monkeypatch.setattr(module, "predict", engine)
    return engine


@pytest.fixture
def package(tmp_path):
    return write_segmenter(tmp_path / "tiny")


@pytest.fixture
def image(tmp_path):
    path = tmp_path / "DOE_JOHN.nrrd"
    write_volume(scan(), path)
    return str(path)


@pytest.fixture
def out(tmp_path):
    return tmp_path / "results"


@pytest.fixture
def job(package, image, out):
    return PredictJob(inputs=[image], model=str(package), output=str(out))


def table(path) -> list[dict]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_all_files_are_written(engine, job, out):
    outcome = do_predict(job)
    assert {path.name for path in out.iterdir()} == set(FILE_NAMES.values())
    assert dict(outcome.files) == {key: out / name for key, name in FILE_NAMES.items()}
    assert json.loads((out / "prediction.json").read_text(encoding="utf-8")) == outcome.document


def test_volumes_are_those_of_the_label_map(engine, job, out):
    document = do_predict(job).document
    assert document["volumes_ml"] == pytest.approx({"Liver": 60 * VOXEL_ML, "Left kidney": 12 * VOXEL_ML})
    labels = sitk.GetArrayFromImage(sitk.ReadImage(str(out / "segmentation.seg.nrrd")))
    for row in table(out / "volumes.csv"):
        assert int(row["voxels"]) == np.count_nonzero(labels == int(row["value"]))
        assert float(row["volume_ml"]) == pytest.approx(int(row["voxels"]) * VOXEL_ML)
    assert [row["name_in_model"] for row in table(out / "volumes.csv")] == ["liver", "kidney_left"]


def test_structures_have_names_colors_and_codes(engine, job, out):
    liver, kidney = do_predict(job).document["structures"]
    assert (liver["name"], liver["name_in_model"], liver["code"]["value"]) == ("Liver", "liver", "10200004")
    assert kidney["code_of_side"]["meaning"] == "Left"
    header = sitk.ReadImage(str(out / "segmentation.seg.nrrd"))
    assert header.GetMetaData("Segment1_Name") == "Left kidney"
    assert "SCT^64033007^Kidney~SCT^7771000^Left" in header.GetMetaData("Segment1_Tags")
    np.testing.assert_allclose(header.GetOrigin(), GEOMETRY.origin)


def test_the_account_says_how_it_was_made(engine, job):
    engine.notes = ("The second image was resampled.",)
    document = do_predict(job).document
    assert document["model"]["kind"] == "MONAI bundle"
    assert len(document["model"]["weights_sha256"]) == 64
    assert "The second image was resampled." in document["notes"]
    assert document["seconds"] == {"network": 1.0, "total": 1.25}
    assert (document["device"], document["precision"], document["region"]) == ("cpu", "fp32", None)
    assert document["geometry"]["size_xyz"] == [10, 12, 6]
    assert document["software"]["SegmentL3"]


def test_no_file_holds_a_name_or_path_of_the_scan(engine, job, out):
    do_predict(job)
    for path in out.iterdir():
        assert b"DOE" not in path.read_bytes()


def test_progress_rises_to_the_end(engine, job):
    seen = []
    do_predict(job, lambda fraction, text: seen.append((fraction, text)))
    fractions = [fraction for fraction, _ in seen]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert "halfway" in {text for _, text in seen}


@pytest.mark.parametrize("suffix", [".seg.nrrd", ".nii.gz", ".nii", ".nrrd", ".mha"])
def test_the_result_can_be_one_file_with_the_others_beside_it(engine, job, tmp_path, suffix):
    do_predict(replace(job, output=str(tmp_path / "made" / f"case.1{suffix}")))
    assert {path.name for path in (tmp_path / "made").iterdir()} == {
        f"case.1{suffix}",
        "case.1.volumes.csv",
        "case.1.prediction.json",
    }
    labels = sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / "made" / f"case.1{suffix}")))
    assert np.bincount(labels.ravel()).tolist()[1:] == [60, 12]


def test_a_folder_whose_name_ends_like_a_file_is_still_a_folder(tmp_path):
    (tmp_path / "scans.nii").mkdir()
    assert result_paths(str(tmp_path / "scans.nii"))["volumes"] == tmp_path / "scans.nii" / "volumes.csv"


def test_options_reach_the_engine(engine, job):
    do_predict(replace(job, device="cpu", precision="fp32", mirror=False, structures=["Left kidney"]))
    asked = engine.asked
    assert (asked["device"], asked["precision"], asked["mirror"]) == ("cpu", "fp32", False)
    assert set(asked["structures"]) == {"kidney_left"}
    assert asked["region"] is None


@pytest.mark.parametrize("name", ["kidney_left", "Left kidney", "KIDNEY_LEFT"])
def test_only_the_wanted_structures_are_written(engine, job, out, name):
    document = do_predict(replace(job, structures=[name])).document
    assert list(document["volumes_ml"]) == ["Left kidney"]
    assert [row["value"] for row in table(out / "volumes.csv")] == ["2"]
    assert "Segment1_ID" not in sitk.ReadImage(str(out / "segmentation.seg.nrrd")).GetMetaDataKeys()


@pytest.mark.parametrize("names", [["spleen"], ["liver", "spleen"], []])
def test_a_structure_that_the_model_lacks_is_refused_with_those_it_has(engine, job, out, names):
    with pytest.raises(UsageError, match="liver, kidney_left"):
        do_predict(replace(job, structures=names))
    assert engine.asked is None
    assert not out.exists()


def test_slices_are_both_included(engine, job):
    do_predict(replace(job, region={"slices": [1, 3]}))
    box = engine.asked["region"]
    assert (tuple(box.low), tuple(box.high)) == ((1, 0, 0), (4, 12, 10))


def test_bounds_are_in_millimeters(engine, job):
    document = do_predict(replace(job, region={"bounds_lps_mm": [-18.5, -11.5, 29, 36, 9, 16]})).document
    box = engine.asked["region"]
    # Voxels whose extent reaches into the box: x from -19 to -11, y from 28.75 to 36.25, z from 7.5 to 17.5.
    assert (tuple(box.low), tuple(box.high)) == ((1, 0, 1), (3, 3, 5))
    assert document["region"] == {"bounds_lps_mm": [-18.5, -11.5, 29, 36, 9, 16]}


@pytest.mark.parametrize(
    "region",
    [
        {},
        {"slices": [1]},
        {"slices": ["1", "2"]},
        {"slices": [3, 1]},
        {"slices": [0, 6]},
        {"slices": [-1, 2]},
        {"slices": [1, 2], "bounds_lps_mm": [0, 1, 0, 1, 0, 1]},
        {"bounds_lps_mm": [0, 1, 0, 1]},
        {"bounds_lps_mm": [0, 1, 0, 1, 0, None]},
        {"bounds_lps_mm": [900, 901, 0, 1, 0, 1]},
        {"bounds_lps_mm": [float("nan"), 1, 0, 1, 0, 1]},
        {"sphere": 3},
        {"body": False},
        {"vertebrae": ["L3"]},
        {"vertebrae": ["C1", "L3"]},
    ],
    ids=str,
)
def test_a_region_that_cannot_be_meant_is_refused(engine, job, out, region):
    with pytest.raises(UsageError):
        do_predict(replace(job, region=region))
    assert engine.asked is None
    assert not out.exists()


def test_anatomy_bounds_the_region(engine, job, monkeypatch):
    boxes = {"body": Box((0, 1, 1), (6, 9, 8)), "vertebrae": Box((2, 0, 0), (4, 12, 10))}
    monkeypatch.setattr(module, "body_box", lambda image: boxes["body"])
    monkeypatch.setattr(module, "vertebrae_box", lambda image, names: boxes["vertebrae"] if "L5" in names else None)
    for region in ({"body": True}, {"vertebrae": ["T11", "L5"]}):
        outcome = do_predict(replace(job, region=region))
        assert engine.asked["region"] == boxes[next(iter(region))]
        assert outcome.document["region"] == region


def test_folds_of_an_nnunet_model_can_be_chosen(engine, job, tmp_path):
    package = write_result(tmp_path / "nnunet", folds=(0, 1, 2))
    do_predict(replace(job, model=str(package), folds=[0, 2]))
    assert len(engine.asked["model"].stages[0].networks) == 2
    with pytest.raises(ModelError, match="fold_3"):
        do_predict(replace(job, model=str(package), folds=[3]))
    with pytest.raises(ModelError, match="checkpoint_best.pth"):
        do_predict(replace(job, model=str(package), checkpoint="checkpoint_best.pth"))


@pytest.mark.parametrize("choice", [{"folds": [0]}, {"checkpoint": "checkpoint_best.pth"}])
def test_folds_of_a_bundle_cannot_be_chosen(engine, job, choice):
    with pytest.raises(UsageError, match="only nnU-Net models"):
        do_predict(replace(job, **choice))


@pytest.mark.parametrize("name", [TISSUE_MODEL, LEVEL_MODEL])
def test_models_of_the_task_at_l3_say_that_they_are_no_models_by_themselves(engine, job, name):
    with pytest.raises(ModelError, match="segment-l3 run"):
        do_predict(replace(job, model=str(resource_path("Models", name))))


def test_the_number_of_images_has_to_be_that_of_the_model(engine, job, image):
    for inputs in ([], [image, image]):
        with pytest.raises(UsageError, match="needs 1 image"):
            do_predict(replace(job, inputs=inputs))


def test_a_scan_of_another_modality_is_refused(engine, job, monkeypatch, out):
    monkeypatch.setattr(module, "read_volume", lambda *_: replace(scan(), modality="MR"))
    with pytest.raises(InputError, match="made for CT, but the scan is MR"):
        do_predict(job)
    assert not out.exists()


@pytest.mark.parametrize("modality", [None, "CT", "OT"])
def test_a_scan_that_does_not_say_another_modality_is_taken(engine, job, monkeypatch, modality):
    monkeypatch.setattr(module, "read_volume", lambda *_: replace(scan(), modality=modality))
    assert do_predict(job).document["volumes_ml"]["Liver"] > 0


def test_a_missing_scan_leaves_no_folder(engine, job, out, tmp_path):
    with pytest.raises(InputError, match="absent"):
        do_predict(replace(job, inputs=[str(tmp_path / "absent.nrrd")]))
    assert not out.exists()


def test_an_error_on_the_way_leaves_the_earlier_result(engine, job, out, monkeypatch):
    do_predict(job)
    before = {path.name: path.read_bytes() for path in out.iterdir()}

    def fail(*_arguments, **_options):
        raise ModelError("The network gave something else.")

    monkeypatch.setattr(module, "predict", fail)
    with pytest.raises(ModelError):
        do_predict(job)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_files_appear_together_or_not_at_all(engine, job, out, monkeypatch):
    monkeypatch.setattr("SegmentL3Lib.prediction_files.json.dumps", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        do_predict(job)
    assert not out.exists()


def test_a_name_in_the_table_is_no_formula(engine, job, out, tmp_path):
    package = write_segmenter(tmp_path / "odd", structures=("=cmd|' /C calc'!A0", "spleen"))
    do_predict(replace(job, model=str(package)))
    assert table(out / "volumes.csv")[0]["name"].startswith("'=")


def test_a_model_is_tried_on_a_small_image(package):
    assert "tried on a small image" in module.try_model(package)


def test_a_large_model_is_loaded_only(package, monkeypatch):
    monkeypatch.setattr(module, "LARGEST_TRIAL_VOXELS", 1)
    assert "not tried" in module.try_model(package)


def test_a_model_that_fails_to_run_is_said(package, monkeypatch):
    monkeypatch.setattr(module, "predict", lambda *_, **__: 1 / 0)
    with pytest.raises(ModelError, match="ZeroDivisionError"):
        module.try_model(package)


@pytest.mark.parametrize("kind", ["MONAI bundle", "nnU-Net v2 result folder"])
def test_the_whole_way_from_a_package_to_files(job, out, tmp_path, kind):
    package = job.model if kind == "MONAI bundle" else write_result(tmp_path / "Dataset001_Tiny")
    document = do_predict(replace(job, model=str(package), device="cpu")).document
    assert document["model"]["kind"] == kind
    labels = sitk.GetArrayFromImage(sitk.ReadImage(str(out / "segmentation.seg.nrrd")))
    assert labels.shape == scan().array.shape
    counted = {entry["value"]: entry["voxels"] for entry in document["structures"]}
    assert counted == {value: np.count_nonzero(labels == value) for value in counted}
    assert sum(counted.values()) > 0


def test_more_than_255_structures_are_measured_and_written(tmp_path):
    array = np.arange(300, dtype=np.uint16).reshape(3, 10, 10)
    volumes = structure_volumes(LabelMap(array, GEOMETRY), ((value, f"part {value}") for value in range(1, 301)))
    assert [volume.voxels for volume in volumes] == [1] * 299 + [0]
    assert len({volume.label.color for volume in volumes}) == 300
    write_prediction(LabelMap(array, GEOMETRY), volumes, {}, result_paths(str(tmp_path)))
    labels = sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / "segmentation.seg.nrrd")))
    assert (labels == array).all()
