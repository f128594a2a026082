"""Which images a folder holds, and the record in the folder of a job."""

import json
import os

import pytest

from domainadaptgui.conftest import write_image
from SegmentL3Lib.errors import InputError, UsageError


@pytest.fixture
def folders(host):
    from DomainAdaptLib.gui import imagefolders

    return imagefolders


@pytest.fixture
def jobs(host):
    from DomainAdaptLib.gui import jobfolder

    return jobfolder


VERDICT = {"kept": True, "sentence": "It is better."}


def write_dicom(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\0" * 128 + b"DICM" + b"\0" * 20)


def names(paths):
    return [os.path.basename(path) for path in paths]


def test_images_and_dicom_folders_are_found_but_no_segmentations(folders, tmp_path):
    for name in ("b.nii.gz", "a.nrrd", "c.MHA", "a.seg.nrrd", "notes.txt", ".hidden.nrrd"):
        (tmp_path / name).write_bytes(b"")
    write_dicom(tmp_path / "patient" / "series" / "IM0001")
    (tmp_path / "empty").mkdir()
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "a.txt").write_text("no scan")
    assert names(folders.imagesIn(str(tmp_path))) == ["a.nrrd", "b.nii.gz", "c.MHA", "patient"]


def test_folder_of_one_series_is_one_scan(folders, tmp_path):
    write_dicom(tmp_path / "IM0001.dcm")
    write_dicom(tmp_path / "IM0002.dcm")
    assert folders.imagesIn(str(tmp_path)) == [str(tmp_path)]


def test_missing_and_unnamed_folders_have_no_images(folders, tmp_path):
    assert folders.imagesIn("") == []
    assert folders.imagesIn(str(tmp_path / "absent")) == []


def test_file_that_comes_later_is_seen(folders, tmp_path):
    assert folders.imagesIn(str(tmp_path)) == []
    os.utime(tmp_path, (1, 1))
    write_image(tmp_path / "new.nrrd")
    assert names(folders.imagesIn(str(tmp_path))) == ["new.nrrd"]


def test_labels_are_found_by_name(folders, tmp_path):
    for name in ("a.seg.nrrd", "b.nii"):
        (tmp_path / name).write_bytes(b"")
    assert names(folders.labelsFor(["/x/b.nii.gz", "/x/a.nrrd"], str(tmp_path))) == ["b.nii", "a.seg.nrrd"]
    with pytest.raises(UsageError, match="1 of 2 scans"):
        folders.labelsFor(["/x/a.nrrd", "/x/c.nrrd"], str(tmp_path))


def record_in(jobs, base, **job):
    folder = jobs.newJobFolder(str(base), "adapt")
    record = jobs.newRecord({"kind": "adapt", "out": str(folder), **job}, "model", "Entropy")
    jobs.writeRecord(record)
    return record


def test_open_jobs_are_those_that_nobody_has_decided_on(jobs, tmp_path):
    unfinished = record_in(jobs, tmp_path)
    undecided = jobs.ended(record_in(jobs, tmp_path), VERDICT)
    jobs.kept(jobs.ended(record_in(jobs, tmp_path), VERDICT))
    found = jobs.openRecords(str(tmp_path))
    assert {record.folder for record in found} == {unfinished.folder, undecided.folder}


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"job": {}, "model": "", "method": "", "started": ""}', "\0"])
def test_damaged_record_is_no_record(jobs, tmp_path, content):
    record = record_in(jobs, tmp_path)
    (record.folder / jobs.RECORD).write_text(content)
    assert jobs.openRecords(str(tmp_path)) == []


@pytest.mark.parametrize("entry", [{"job": 3}, {"started": None}, {"result": []}, {"result": {"kept": True}}])
def test_record_with_a_wrong_entry_is_no_record(jobs, tmp_path, entry):
    record = record_in(jobs, tmp_path)
    content = json.loads((record.folder / jobs.RECORD).read_text())
    (record.folder / jobs.RECORD).write_text(json.dumps({**content, **entry}))
    assert jobs.openRecords(str(tmp_path)) == []


def test_answer_without_a_verdict_is_no_result(jobs, tmp_path):
    record = record_in(jobs, tmp_path)
    with pytest.raises(InputError, match="without a usable result"):
        jobs.ended(record, {"kept": "yes"})
    assert jobs.openRecords(str(tmp_path)) == [record]


def test_folder_that_names_another_one_is_never_deleted(jobs, tmp_path):
    victim = tmp_path / "victim"
    victim.mkdir()
    record = record_in(jobs, tmp_path)
    content = json.loads((record.folder / jobs.RECORD).read_text())
    content["job"]["out"] = str(victim)
    (record.folder / jobs.RECORD).write_text(json.dumps(content))
    assert jobs.openRecords(str(tmp_path)) == []
    with pytest.raises(InputError, match="none that this module has made"):
        jobs.discard(jobs.JobRecord(content["job"], "", "", ""))
    assert victim.is_dir()


def test_base_that_is_missing_or_a_file_has_no_jobs(jobs, tmp_path):
    (tmp_path / "file").write_text("")
    for base in ("", str(tmp_path / "absent"), str(tmp_path / "file")):
        assert jobs.openRecords(base) == []
