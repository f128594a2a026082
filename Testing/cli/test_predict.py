"""``segment-l3 predict``: arguments, table and exit codes."""

import json

import numpy as np
import pytest
import SimpleITK as sitk

from cli.scans import write_scan
from models.packages import write_segmenter
from SegmentL3Lib import cli
from SegmentL3Lib import predict as module


@pytest.fixture
def scan(tmp_path):
    return write_scan(tmp_path / "ct.nii.gz")


@pytest.fixture
def package(tmp_path):
    return write_segmenter(tmp_path / "tiny")


@pytest.fixture
def predict(scan, package, tmp_path):
    """Function that segments the scan; options replace and add to the usual ones. Returns the exit code."""

    def run(*inputs, model=package, out=tmp_path / "liver.seg.nrrd", more=()):
        arguments = ["--model", str(model), "--out", str(out), "--device", "cpu", *more]
        return cli.main(["predict", *map(str, inputs or (scan,)), *arguments])

    return run


@pytest.fixture
def asked(monkeypatch):
    """What reaches the engine."""
    options = {}
    engine = module.predict

    def noted(model, images, **given):
        options.update(given)
        return engine(model, images, **given)

    monkeypatch.setattr(module, "predict", noted)
    return options


def assert_refused(capsys, *fragments):
    printed = capsys.readouterr()
    assert printed.out == ""
    assert 1 <= len(printed.err.strip().splitlines()) <= 2
    for fragment in fragments:
        assert fragment in printed.err


def test_a_scan_is_segmented_and_volumes_are_printed(predict, tmp_path, capsys):
    assert predict() == 0
    assert {path.name for path in tmp_path.glob("liver*")} == {
        "liver.seg.nrrd",
        "liver.volumes.csv",
        "liver.prediction.json",
    }
    printed = capsys.readouterr()
    assert printed.err == ""
    for fragment in ("Structure", "Volume, ml", "Left kidney", "Ran on cpu", str(tmp_path / "liver.volumes.csv")):
        assert fragment in printed.out


def test_an_imported_model_is_used_by_its_name(predict, package, tmp_path):
    store = ["--models-dir", str(tmp_path / "store")]
    assert cli.main(["models", "import", str(package), *store]) == 0
    assert predict(model="Tiny-segmenter", more=store) == 0
    document = json.loads((tmp_path / "liver.prediction.json").read_text(encoding="utf-8"))
    assert document["model"]["version"] == "1.2.3"


def test_the_label_map_lies_on_the_scan(predict, scan, tmp_path):
    assert predict(out=tmp_path / "liver.nii.gz") == 0
    ct, labels = sitk.ReadImage(scan), sitk.ReadImage(str(tmp_path / "liver.nii.gz"))
    assert labels.GetSize() == ct.GetSize()
    np.testing.assert_allclose(labels.GetOrigin(), ct.GetOrigin())


def test_only_the_named_slices_are_segmented(predict, tmp_path):
    assert predict(out=tmp_path / "liver.nii.gz", more=["--slices", "2-3"]) == 0
    labels = sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / "liver.nii.gz")))
    assert labels[2:4].any()
    assert not labels[[0, 1, 4, 5]].any()


def test_options_reach_the_engine(predict, asked):
    options = [
        "--no-mirror",
        "--precision",
        "fp32",
        "--structures",
        "kidney_left, liver",
        "--box",
        "-50,60,-30,40,0,12",
    ]
    assert predict(more=options) == 0
    assert (asked["mirror"], asked["precision"], asked["device"]) == (False, "fp32", "cpu")
    assert set(asked["structures"]) == {"kidney_left", "liver"}
    assert asked["region"] is not None


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("body", {"body": True}),
        ("T11-L5", {"vertebrae": ["T11", "L5"]}),
        ("l3", {"vertebrae": ["L3", "L3"]}),
    ],
)
def test_anatomy_can_bound_the_region(predict, monkeypatch, text, region):
    jobs = []
    monkeypatch.setattr("SegmentL3Lib.cli.predict.do_predict", lambda job, _: jobs.append(job) or 1 / 0)
    predict(more=["--region", text, "--folds", "0,2", "--checkpoint", "checkpoint_best.pth"])
    assert jobs[0].region == region
    assert (jobs[0].folds, jobs[0].checkpoint) == ([0, 2], "checkpoint_best.pth")


def test_without_options_the_model_decides(predict, asked):
    assert predict() == 0
    assert (asked["mirror"], asked["precision"], asked["structures"], asked["region"]) == (None, "auto", None, None)


@pytest.mark.parametrize(
    "more",
    [
        ["--slices", "two"],
        ["--slices", "1-2-3"],
        ["--slices=-1-2"],
        ["--box", "1,2,3"],
        ["--region", "legs"],
        ["--region", "L3-C1"],
        ["--region", "body", "--slices", "1-2"],
        ["--folds", "all,1"],
        ["--box", "a,b,c,d,e,f"],
        ["--slices", "1-2", "--box", "1,2,3,4,5,6"],
        ["--device", "tpu"],
        ["--precision", "int8"],
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_with_2(predict, more, capsys):
    assert predict(more=more) == 2
    assert "usage" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "fragment"),
    [
        (["--slices", "3-1"], ""),
        (["--slices", "0-6"], ""),
        (["--structures", "spleen"], "liver, kidney_left"),
        (["--box", "9000,9001,0,1,0,1"], ""),
        (["--box", "nan,1,0,1,0,1"], ""),
        (["--series", "1.2.3"], "series"),
    ],
    ids=str,
)
def test_what_cannot_be_meant_exits_with_2_and_writes_nothing(predict, more, fragment, tmp_path, capsys):
    assert predict(more=more) == 2
    assert_refused(capsys, fragment)
    assert list(tmp_path.glob("liver*")) == []


def test_a_second_image_too_many_exits_with_2(predict, scan, capsys):
    assert predict(scan, scan) == 2
    assert_refused(capsys, "needs 1 image", "CT")


@pytest.mark.parametrize("name", ["liver", "liver.jpg", "liver.dcm"])
def test_a_result_of_unknown_format_exits_with_2(predict, tmp_path, capsys, name):
    assert predict(out=tmp_path / name) == 2
    assert_refused(capsys, ".seg.nrrd")


def test_a_model_that_is_not_there_exits_with_2(predict, tmp_path, capsys):
    assert predict(model="absent", more=["--models-dir", str(tmp_path / "store")]) == 2
    assert_refused(capsys, '"absent"')


def test_a_folder_that_is_no_model_exits_with_5(predict, tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    assert predict(model=tmp_path / "empty") == 5
    assert_refused(capsys, "no model package")


def test_a_missing_scan_exits_with_3(predict, tmp_path, capsys):
    assert predict(tmp_path / "absent.nii.gz") == 3
    assert_refused(capsys, "absent.nii.gz")


def test_an_output_that_cannot_be_written_exits_with_3(predict, capsys):
    assert predict(out="/dev/null/liver.nii.gz") == 3
    assert_refused(capsys, "Cannot write")


def test_the_unforeseen_tells_no_path(predict, monkeypatch, capsys):
    def fail(*_arguments, **_options):
        raise ValueError("/data/DOE^JOHN")

    monkeypatch.setattr(module, "predict", fail)
    assert predict() == 1
    assert "DOE" not in capsys.readouterr().err
