"""``segment-l3 reference``: keep, list and remove corrected slices."""

import pytest

from SegmentL3Lib import cli
from SegmentL3Lib.labels import load_labels
from SegmentL3Lib.writing import write_segmentation, write_volume
from trust.torsos import torso_volume


@pytest.fixture
def case(tmp_path):
    volume, labels = torso_volume()
    write_volume(volume, tmp_path / "ct.nii.gz")
    write_segmentation(labels, load_labels(), tmp_path / "corrected.seg.nrrd")
    return str(tmp_path / "ct.nii.gz"), str(tmp_path / "corrected.seg.nrrd")


@pytest.fixture
def reference(tmp_path):
    """Function that runs an action on a folder; returns the exit code."""
    folder = tmp_path / "references"
    return lambda *arguments: cli.main(["reference", *arguments, "--references-dir", str(folder)])


def test_a_case_is_kept_listed_and_removed(reference, case, capsys):
    assert reference("list") == 0
    assert "segment-l3 reference add" in capsys.readouterr().out
    assert reference("add", *case, "--name", "mine") == 0
    assert reference("list") == 0
    assert capsys.readouterr().out.split() == ["Kept", "as", "mine.", "mine"]
    assert reference("remove", "mine") == 0
    assert reference("remove", "mine") == 2
    assert "There is no reference mine" in capsys.readouterr().err


def test_a_scan_is_no_segmentation(reference, case, capsys):
    assert reference("add", case[0], case[0]) == 3
    assert "no label map" in capsys.readouterr().err


def test_the_folder_of_the_variable_is_used(case, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SEGMENTL3_REFERENCES", str(tmp_path / "elsewhere"))
    assert cli.main(["reference", "add", *case]) == 0
    assert (tmp_path / "elsewhere" / "case-1.npz").is_file()
