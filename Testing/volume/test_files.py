"""Files are written whole or not at all."""

import errno
import os

import pytest

from SegmentL3Lib import files
from SegmentL3Lib.errors import InputError
from SegmentL3Lib.files import atomic_path, check_writable_folder
from volume.geometries import forbidden_folder


def test_what_was_written_to_the_temporary_name_is_at_the_path(tmp_path):
    with atomic_path(tmp_path / "result.json") as temporary:
        temporary.write_text("new")
    assert (tmp_path / "result.json").read_text() == "new"
    assert len(list(tmp_path.iterdir())) == 1


def test_temporary_name_ends_in_both_suffixes(tmp_path):
    with atomic_path(tmp_path / "1.2.840.seg.nrrd") as temporary:
        temporary.touch()
        assert temporary.name.endswith(".seg.nrrd")
        assert temporary.parent == tmp_path


def test_error_keeps_the_old_file_and_leaves_nothing_else(tmp_path):
    path = tmp_path / "result.json"
    path.write_text("old")
    with pytest.raises(RuntimeError), atomic_path(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1


def test_missing_folder_is_said(tmp_path):
    with pytest.raises(InputError, match="folder does not exist"), atomic_path(tmp_path / "no" / "a.json") as temporary:
        temporary.write_text("x")


def test_full_disk_is_said_and_leaves_nothing(tmp_path):
    with pytest.raises(InputError, match="disk is full"), atomic_path(tmp_path / "a.json") as temporary:
        temporary.symlink_to("/dev/full")
        temporary.write_text("x")
    assert not list(tmp_path.iterdir())


def test_full_disk_that_is_noticed_late_is_said(tmp_path, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(InputError, match="disk is full"), atomic_path(tmp_path / "a.json") as temporary:
        temporary.write_text("x")
    assert not list(tmp_path.iterdir())


def test_read_only_folder_is_said():
    with forbidden_folder(0o555) as folder:
        with pytest.raises(InputError, match="not permitted"), atomic_path(folder / "a.json") as temporary:
            temporary.write_text("x")
        with pytest.raises(InputError, match="not permitted"):
            check_writable_folder(folder)


def test_too_long_name_is_said(tmp_path):
    with pytest.raises(InputError, match="too long"):
        check_writable_folder(tmp_path / ("x" * 300))


def test_writable_folder_is_made_and_left_empty(tmp_path):
    folder = check_writable_folder(tmp_path / "Łódź" / "名")
    assert folder.is_dir()
    assert not list(folder.iterdir())


def test_file_in_place_of_a_folder_is_said(tmp_path):
    (tmp_path / "out").touch()
    with pytest.raises(InputError, match="in the way"):
        check_writable_folder(tmp_path / "out")
