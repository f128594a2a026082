"""The command line: files, table, exit codes, and messages in plain sentences."""

import csv
import json
import os
import subprocess
import sys

import numpy as np
import pytest
import SimpleITK as sitk

from cli.scans import FOUND, OUTPUTS, replace_models, small_phantom, write_scan
from SegmentL3Lib import cli, pipeline
from SegmentL3Lib.errors import ModelError

AREAS = {
    "subcutaneous_fat",
    "visceral_fat_150_50",
    "visceral_fat_190_30",
    "skeletal_muscle",
    "intermuscular_fat",
    "bowel",
    "bone",
}
# domain-adapt with a command that prints a line.
DOMAIN_ADAPT = """
import sys
from types import SimpleNamespace
from DomainAdaptLib import cli
prints = SimpleNamespace(command=lambda _: ["a line"])
cli._parser = lambda: SimpleNamespace(parse_args=lambda _: prints)
sys.exit(cli.main())
"""


@pytest.fixture(autouse=True)
def models(tmp_path, monkeypatch):
    replace_models(monkeypatch, tmp_path)


@pytest.fixture
def scan(tmp_path):
    return write_scan(tmp_path / "ct.nii.gz")


@pytest.fixture
def out(tmp_path):
    return tmp_path / "results"


def run(*arguments):
    return cli.main(["run", *map(str, arguments)])


def assert_refused(capsys, *fragments):
    """The message is one or two sentences on stderr, without a traceback, and stdout is empty."""
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "Traceback" not in printed.err
    assert 1 <= len(printed.err.strip().splitlines()) <= 2
    for fragment in fragments:
        assert fragment in printed.err


def test_run_writes_all_files_and_prints_the_table(scan, out, capsys):
    assert run(scan, "--out", out, "--sex", "female", "--height-cm", "165", "--weight-kg", "70") == 0
    assert {path.name for path in out.iterdir()} == OUTPUTS
    printed = capsys.readouterr()
    assert printed.err == ""
    assert f"L3 at slice {FOUND}" in printed.out
    assert "Skeletal muscle" in printed.out
    assert "Quality: " in printed.out
    assert str(out / "report.html") in printed.out


def test_run_writes_the_agreed_json(scan, out):
    assert run(scan, "--out", out, "--sex", "male", "--height-cm", "180", "--weight-kg", "80") == 0
    content = json.loads((out / "measurements.json").read_text(encoding="utf-8"))
    assert content["level"] == "L3"
    assert content["slice_index"] == FOUND
    assert len(content["slice_position_lps_mm"]) == 3
    assert set(content["area_cm2"]) >= AREAS
    assert set(content["mean_hu"]) >= AREAS
    assert content["indices"]["smi_cm2_per_m2"] > 0
    assert isinstance(content["cutoffs"], list)
    assert content["quality"]["verdict"] in ("good", "check", "unusable")
    assert isinstance(content["quality"]["reasons"], list)
    assert content["software"]["SegmentL3"]
    assert len(content["models"]) == 2


def test_all_files_tell_the_same_area(scan, out):
    assert run(scan, "--out", out) == 0
    content = json.loads((out / "measurements.json").read_text(encoding="utf-8"))
    with (out / "measurements.csv").open(encoding="utf-8", newline="") as file:
        row = next(csv.DictReader(file))
    bone_cm2 = content["area_cm2"]["bone"]
    assert float(row["bone_area_cm2"]) == pytest.approx(bone_cm2)
    labels = sitk.GetArrayFromImage(sitk.ReadImage(str(out / "segmentation.seg.nrrd")))
    assert np.count_nonzero(labels[FOUND] == 5) * 16 / 100 == pytest.approx(bone_cm2)
    assert not np.delete(labels, FOUND, axis=0).any()


def test_a_slice_can_be_chosen(scan, out, capsys):
    assert run(scan, "--out", out, "--slice-index", "4") == 0
    content = json.loads((out / "measurements.json").read_text(encoding="utf-8"))
    assert content["slice_index"] == 4
    assert content["level"] is None
    assert capsys.readouterr().out.startswith("Slice 4")


def test_a_second_run_replaces_the_first(scan, out):
    assert run(scan, "--out", out) == 0
    assert run(scan, "--out", out, "--slice-index", "1") == 0
    assert json.loads((out / "measurements.json").read_text(encoding="utf-8"))["slice_index"] == 1


def test_a_single_slice_is_measured(tmp_path, out, capsys):
    assert run(write_scan(tmp_path / "one.nrrd", 1), "--out", out) == 0
    assert "single slice" in capsys.readouterr().out


def test_names_beyond_ascii_and_long_paths_are_fine(tmp_path):
    folder = tmp_path / "Łódź 患者" / ("long " * 30).strip()
    folder.mkdir(parents=True)
    out = folder / "Ergebnis für 女性"
    assert run(write_scan(folder / "größe.nii.gz"), "--out", out) == 0
    assert {path.name for path in out.iterdir()} == OUTPUTS


def test_verbose_tells_what_is_being_done(scan, out, capsys):
    assert run(scan, "--out", out, "--verbose") == 0
    assert "Segmenting the slice" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["run"],
        ["run", "ct.nii.gz"],
        ["dance"],
        ["run", "ct.nii.gz", "--out", "x", "--sex", "other"],
        ["run", "ct.nii.gz", "--out", "x", "--slice-index", "two"],
        ["run", "ct.nii.gz", "--out", "x", "--device", "tpu"],
        ["phantom", "--out", "x"],
    ],
)
def test_wrong_usage_exits_with_2(arguments, capsys):
    assert cli.main(arguments) == 2
    assert "usage" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["level", "--help"], ["--version"]])
def test_help_exits_with_0(arguments, capsys):
    assert cli.main(arguments) == 0
    assert "segment-l3" in capsys.readouterr().out


@pytest.mark.parametrize(
    "wrong",
    [
        ["--slice-index", "6"],
        ["--slice-index=-1"],
        ["--height-cm", "1.75"],
        ["--weight-kg", "nan"],
        ["--series", "1.2.3"],
    ],
)
def test_a_value_that_cannot_be_meant_exits_with_2(scan, out, capsys, wrong):
    assert run(scan, "--out", out, *wrong) == 2
    assert_refused(capsys)
    assert not out.exists()


def test_a_missing_scan_exits_with_3(tmp_path, out, capsys):
    assert run(tmp_path / "absent.nii.gz", "--out", out) == 3
    assert_refused(capsys, "absent.nii.gz")
    assert not out.exists()


@pytest.mark.parametrize("name", ["ct.nii.gz", "ct.nii", "ct.nrrd", "ct.mha"])
@pytest.mark.parametrize("share", [0.0, 0.02, 0.5])
def test_a_truncated_scan_exits_with_3(tmp_path, out, capsys, name, share):
    scan = tmp_path / name
    write_scan(scan)
    content = scan.read_bytes()
    scan.write_bytes(content[: int(share * len(content))])
    assert run(scan, "--out", out) == 3
    assert_refused(capsys)
    assert not out.exists()


def image_of(array, vector=False):
    return sitk.GetImageFromArray(array, isVector=vector)


@pytest.mark.parametrize(
    ("image", "fragment"),
    [
        (image_of(np.full((4, 32, 32), 300, np.int16)), "not Hounsfield units"),
        (image_of(np.zeros((4, 32, 32, 3), np.uint8), vector=True), ""),
        (image_of(np.zeros((2, 3, 32, 32), np.int16)), ""),
    ],
)
def test_what_is_no_ct_volume_exits_with_3(tmp_path, out, capsys, image, fragment):
    sitk.WriteImage(image, str(tmp_path / "other.nii.gz"))
    assert run(tmp_path / "other.nii.gz", "--out", out) == 3
    assert_refused(capsys, fragment)
    assert not out.exists()


def test_an_empty_folder_exits_with_3(tmp_path, out, capsys):
    (tmp_path / "empty").mkdir()
    assert run(tmp_path / "empty", "--out", out) == 3
    assert_refused(capsys)


def test_text_exits_with_3(tmp_path, out, capsys):
    (tmp_path / "notes.txt").write_text("not a scan")
    assert run(tmp_path / "notes.txt", "--out", out) == 3
    assert_refused(capsys)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a path that cannot be written")
def test_an_output_that_cannot_be_made_exits_with_3_before_the_long_work(scan, capsys, monkeypatch):
    monkeypatch.setattr(pipeline, "run", None)
    assert run(scan, "--out", "/dev/full/results") == 3
    assert_refused(capsys, "Cannot write")


def test_a_file_in_the_place_of_the_output_folder_exits_with_3(scan, tmp_path, capsys):
    (tmp_path / "results").write_text("mine")
    assert run(scan, "--out", tmp_path / "results") == 3
    assert_refused(capsys)
    assert (tmp_path / "results").read_text() == "mine"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_output_folder_exits_with_3(scan, out, capsys):
    out.mkdir(mode=0o500)
    assert run(scan, "--out", out) == 3
    assert_refused(capsys, "not permitted")


def test_a_level_that_is_not_there_exits_with_4(scan, out, capsys, tmp_path, monkeypatch):
    replace_models(monkeypatch, tmp_path, found=False)
    assert run(scan, "--out", out) == 4
    assert_refused(capsys, "L3 is not in this scan")
    assert not out.exists()


def test_a_model_problem_exits_with_5(scan, out, capsys, monkeypatch):
    def damaged(name):
        raise ModelError("The weights model.pt are damaged; they cannot be read.")

    monkeypatch.setattr(pipeline, "shipped_model", damaged)
    assert run(scan, "--out", out) == 5
    assert_refused(capsys, "damaged")


@pytest.mark.parametrize(
    ("error", "fragment", "code"),
    [
        (ZeroDivisionError("/data/DOE JOHN"), "ZeroDivisionError", 1),
        (MemoryError(), "memory", 1),
        (RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 9 bytes"), "memory", 1),
        (ModuleNotFoundError("No module named 'monai'", name="monai"), "monai", 1),
        (KeyboardInterrupt(), "Stopped", 130),
    ],
)
def test_the_unforeseen_is_told_in_a_sentence(scan, out, capsys, monkeypatch, error, fragment, code):
    def fail(*_arguments, **_options):
        raise error

    monkeypatch.setattr(pipeline, "run", fail)
    assert run(scan, "--out", out) == code
    printed = capsys.readouterr()
    assert fragment in printed.err
    assert "DOE JOHN" not in printed.err
    assert len(printed.err.strip().splitlines()) == 1
    assert not out.exists()


@pytest.mark.parametrize("program", [["-m", "SegmentL3Lib.cli", "tasks"], ["-c", DOMAIN_ADAPT]])
def test_output_that_nobody_reads_any_more_is_no_error(program):
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, *program]
    try:
        done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")


def test_debug_shows_where_it_happened(scan, out, capsys, monkeypatch):
    monkeypatch.setattr(pipeline, "assess", lambda *_: 1 / 0)
    assert run(scan, "--out", out, "--debug") == 1
    assert "Traceback" in capsys.readouterr().err


def test_level_prints_json(scan, capsys):
    assert cli.main(["level", scan]) == 0
    content = json.loads(capsys.readouterr().out)
    assert list(content) == ["level", "found", "slice_index", "slice_position_lps_mm", "certainty", "reason"]
    assert content["found"] is True
    assert content["slice_index"] == FOUND


def test_level_that_is_not_found_prints_json_and_exits_with_4(scan, capsys, tmp_path, monkeypatch):
    replace_models(monkeypatch, tmp_path, found=False)
    assert cli.main(["level", scan]) == 4
    printed = capsys.readouterr()
    content = json.loads(printed.out)
    assert content["found"] is False
    assert content["slice_index"] is None
    assert "not in this scan" in printed.err


@pytest.fixture
def phantoms(monkeypatch):
    monkeypatch.setattr("DomainAdaptLib.synthesis.phantom.phantom_volume", small_phantom)
    monkeypatch.setattr("SegmentL3Lib.cli.phantom.PHANTOM_PIXEL_MM", 4.0)


def test_phantom_writes_ct_and_truth(phantoms, out, capsys):
    assert cli.main(["phantom", "--seed", "3", "--out", str(out)]) == 0
    assert {path.name for path in out.iterdir()} == {"ct.nii.gz", "truth.seg.nrrd", "truth.json"}
    ct = sitk.ReadImage(str(out / "ct.nii.gz"))
    truth = sitk.ReadImage(str(out / "truth.seg.nrrd"))
    assert ct.GetSize() == truth.GetSize()
    np.testing.assert_allclose(ct.GetSpacing(), (4.0, 4.0, 5.0))
    np.testing.assert_allclose(ct.GetOrigin(), truth.GetOrigin())
    facts = json.loads((out / "truth.json").read_text(encoding="utf-8"))
    assert facts["slice_index"] == 2
    assert facts["area_cm2"]["bone"] > 0


def test_demo_compares_with_the_truth(phantoms, out, capsys):
    assert cli.main(["demo", "--out", str(out)]) == 0
    assert {path.name for path in out.iterdir()} == OUTPUTS | {"phantom"}
    printed = capsys.readouterr().out
    assert "found at slice 2, true 2.2" in printed
    assert "Difference" in printed
    assert "segment-l3 run" in printed


def test_phantoms_without_domain_adapt_are_a_usage_error(out, capsys, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "DomainAdaptLib.synthesis.phantom", None)
    monkeypatch.setitem(__import__("sys").modules, "DomainAdaptLib", None)
    assert cli.main(["phantom", "--seed", "1", "--out", str(out)]) == 2
    assert_refused(capsys, "DomainAdapt")


def test_a_negative_seed_is_a_usage_error(out, capsys):
    assert cli.main(["phantom", "--seed=-1", "--out", str(out)]) == 2
    assert_refused(capsys, "seed")
