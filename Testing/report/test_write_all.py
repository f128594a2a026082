"""All files of a run, together or not at all."""

import errno
from dataclasses import replace

import numpy as np
import pytest

from report.finished import finished
from SegmentL3Lib.doubt_files import read_doubt
from SegmentL3Lib.errors import InputError
from SegmentL3Lib.labels import load_labels
from SegmentL3Lib.report import FILE_NAMES, write_all
from SegmentL3Lib.report import files as report_files


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_all_files_are_written_and_nothing_else(tmp_path):
    written = write_all(*finished(), load_labels(), tmp_path / "out")
    assert names_in(tmp_path / "out") == sorted(FILE_NAMES.values())
    assert set(written) == set(FILE_NAMES)
    assert all(path.stat().st_size > 0 for path in written.values())


def test_the_agreed_names():
    assert set(FILE_NAMES.values()) == {
        "segmentation.seg.nrrd",
        "measurements.json",
        "measurements.csv",
        "report.html",
        "overview.png",
    }


def test_files_of_an_earlier_run_are_replaced_and_others_stay(tmp_path):
    (tmp_path / "measurements.json").write_text("old")
    (tmp_path / "mine.txt").write_text("mine")
    write_all(*finished(), load_labels(), tmp_path)
    assert (tmp_path / "measurements.json").read_text() != "old"
    assert (tmp_path / "mine.txt").read_text() == "mine"


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), InputError("full")])
def test_a_failure_in_the_last_file_leaves_the_folder_as_it_was(tmp_path, monkeypatch, error):
    (tmp_path / "measurements.json").write_text("old")

    def fail(*_):
        raise error

    monkeypatch.setattr(report_files, "write_report_html", fail)
    with pytest.raises(InputError, match="full"):
        write_all(*finished(), load_labels(), tmp_path)
    assert names_in(tmp_path) == ["measurements.json"]
    assert (tmp_path / "measurements.json").read_text() == "old"


def test_a_file_that_cannot_be_replaced_brings_all_earlier_ones_back(tmp_path):
    (tmp_path / "measurements.json").write_text("old")
    (tmp_path / "report.html").mkdir()
    with pytest.raises(InputError):
        write_all(*finished(), load_labels(), tmp_path)
    assert names_in(tmp_path) == ["measurements.json", "report.html"]
    assert (tmp_path / "measurements.json").read_text() == "old"


def test_a_folder_that_cannot_be_made_is_said_in_plain_words(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="Cannot write"):
        write_all(*finished(), load_labels(), tmp_path / "file" / "out")


def test_long_and_foreign_names_are_fine(tmp_path):
    folder = tmp_path / "Körperzusammensetzung 体組成" / ("x" * 100)
    assert write_all(*finished(), load_labels(), folder)["report"].is_file()


def test_maps_of_uncertainty_are_written_beside_and_go_with_the_next_run(tmp_path):
    result, volume = finished()
    entropy = replace(volume, array=np.full(volume.array[:1].shape, 0.5, np.float32))
    written = write_all(replace(result, doubt={"entropy": entropy}), volume, load_labels(), tmp_path)
    assert written["doubt_entropy"] == tmp_path / "doubt-entropy.nrrd"
    assert float(read_doubt(tmp_path)["entropy"].array.mean()) == 0.5
    write_all(result, volume, load_labels(), tmp_path)
    assert names_in(tmp_path) == sorted(FILE_NAMES.values())
