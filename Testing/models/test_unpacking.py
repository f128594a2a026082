"""Packages of unknown origin are brought in without harm, or not at all."""

import io
import os
import stat
import struct
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from SegmentL3Lib.errors import InputError, ModelError, SegmentL3Error
from SegmentL3Lib.models import unpacking
from SegmentL3Lib.models.unpacking import copy_folder, unpack


@pytest.fixture
def target(tmp_path):
    """Folder to unpack into, with a neighbor that nothing may touch."""
    (tmp_path / "outside").mkdir()
    folder = tmp_path / "outside" / "inside"
    folder.mkdir()
    return folder


def write_zip(path, members, compression=zipfile.ZIP_DEFLATED):
    """Write a zip file of (name or ZipInfo, content) pairs, just as they are."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def special(name, kind):
    """Entry of another kind than a file, as programs on Unix write it."""
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (kind | 0o777) << 16
    return info


def contents(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def assert_refused(archive, target, match):
    with pytest.raises(ModelError, match=match):
        unpack(archive, target)
    assert contents(target.parent) == set()


def test_files_of_a_package_are_unpacked(tmp_path, target):
    members = [
        ("Name/", ""),
        ("Name/plans.json", "{}"),
        ("Name/fold_0/checkpoint_final.pth", "w"),
        ("Name/LICENSE", "l"),
    ]
    unpack(write_zip(tmp_path / "a.zip", members), target)
    assert contents(target) == {"Name/plans.json", "Name/fold_0/checkpoint_final.pth", "Name/LICENSE"}
    assert (target / "Name" / "plans.json").read_text() == "{}"


def test_backslashes_part_a_path(tmp_path, target):
    unpack(write_zip(tmp_path / "a.zip", [("Name\\", ""), ("Name\\models\\model.pt", "w")]), target)
    assert (target / "Name" / "models" / "model.pt").read_text() == "w"


@pytest.mark.parametrize(
    "name",
    ["scripts/net.py", "model.pkl", "x.so", "a.nii.gz", "run.exe", ".hidden.json", "__MACOSX/a.json", ".git/x.json"],
)
def test_what_no_reader_looks_at_stays_behind(tmp_path, target, name):
    unpack(write_zip(tmp_path / "a.zip", [(name, "x"), ("plans.json", "{}")]), target)
    assert contents(target) == {"plans.json"}


@pytest.mark.parametrize(
    "name",
    [
        "../evil.json",
        "a/../../evil.json",
        "..\\evil.json",
        "a\\..\\..\\evil.json",
        "/tmp/evil.json",
        "\\evil.json",
        "//server/share/evil.json",
        "C:/evil.json",
        "C:evil.json",
        "../evil.py",
    ],
)
def test_a_path_that_leads_out_is_refused(tmp_path, target, name):
    assert_refused(write_zip(tmp_path / "a.zip", [("plans.json", "{}"), (name, "x")]), target, "leads out")


@pytest.mark.parametrize(
    "name",
    [
        "con.json",
        "a/NUL",
        "stream:a.json",
        "end./x.json",
        "end /x.json",
        "a/b?.json",
        "x" * 300 + ".json",
        "a/" * 20 + "x.pt",
    ],
)
def test_a_name_that_not_every_system_can_have_is_refused(tmp_path, target, name):
    assert_refused(write_zip(tmp_path / "a.zip", [(name, "x")]), target, "cannot be the name")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK])
@pytest.mark.parametrize("name", ["models/model.pt", "folder", "x.py"])
def test_links_and_devices_in_a_zip_are_refused(tmp_path, target, kind, name):
    archive = write_zip(tmp_path / "a.zip", [("plans.json", "{}"), (special(name, kind), "/etc/passwd")])
    assert_refused(archive, target, "link or a device")


@pytest.mark.parametrize(
    "names",
    [
        ("a.json", "a.json"),
        ("a.json", "A.JSON"),
        ("d/a.json", "D\\a.json"),
        ("a.json", "./a.json"),
        ("e\u0301.json", "\u00e9.json"),
        ("LICENSE", "LICENSE/a.json"),
        ("LICENSE/a.json", "LICENSE"),
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_files_of_one_name_are_refused(tmp_path, target, names):
    assert_refused(write_zip(tmp_path / "a.zip", [(name, "x") for name in names]), target, "twice")


def test_too_many_files_are_refused(tmp_path, target, monkeypatch):
    monkeypatch.setattr(unpacking, "MOST_FILES", 5)
    assert_refused(write_zip(tmp_path / "a.zip", [(f"{number}.json", "") for number in range(6)]), target, "6 files")


def with_declared_size(archive, size):
    """The archive, whose directory and file headers claim another unpacked size for its one member."""
    content = bytearray(archive.read_bytes())
    for signature, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        start = content.index(signature) + offset
        content[start : start + 4] = struct.pack("<I", size)
    archive.write_bytes(content)
    return archive


def test_a_bomb_of_50_gb_is_refused_before_anything_is_written(tmp_path, target):
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("models/model.pt", bytes(1000))
        file.infolist()[0].file_size = 50_000_000_000  # written to the directory on closing
    assert archive.stat().st_size < 1000
    assert_refused(archive, target, "50 GB")


def test_a_bomb_that_declares_its_ratio_is_refused(tmp_path, target, monkeypatch):
    monkeypatch.setattr(unpacking, "SMALL_BYTES", 100_000)
    archive = write_zip(tmp_path / "a.zip", [("model.pt", bytes(1_000_000))])
    assert_refused(archive, target, "would unpack to")


def test_the_ratio_does_not_matter_for_small_packages(tmp_path, target):
    unpack(write_zip(tmp_path / "a.zip", [("plans.json", bytes(1_000_000))]), target)
    assert (target / "plans.json").stat().st_size == 1_000_000


def test_a_bomb_that_hides_its_size_writes_no_more_than_it_declares(tmp_path, target):
    archive = with_declared_size(write_zip(tmp_path / "a.zip", [("model.pt", bytes(10_000_000))]), 1000)
    with pytest.raises(ModelError, match="damaged"):
        unpack(archive, target)
    assert sum(path.stat().st_size for path in target.rglob("*")) <= 1000


def test_a_member_that_declares_more_than_it_holds_is_refused(tmp_path, target):
    archive = with_declared_size(write_zip(tmp_path / "a.zip", [("model.pt", bytes(1000))]), 2000)
    with pytest.raises(ModelError, match="damaged"):
        unpack(archive, target)


def test_members_that_overlap_are_refused(tmp_path, target):
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a.json", bytes(100_000))
        file.writestr("b.json", b"x")
        first, second = file.infolist()
        for attribute in ("header_offset", "CRC", "compress_size", "file_size"):
            setattr(second, attribute, getattr(first, attribute))
    with pytest.raises(ModelError):
        unpack(archive, target)


def test_an_encrypted_package_is_refused(tmp_path, target):
    archive = write_zip(tmp_path / "a.zip", [("model.pt", b"x")])
    content = bytearray(archive.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    archive.write_bytes(content)
    assert_refused(archive, target, "encrypted")


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_unusual_compression_is_refused(tmp_path, target, compression):
    assert_refused(write_zip(tmp_path / "a.zip", [("model.pt", b"x")], compression), target, "unusual")


@pytest.mark.parametrize("content", [b"", b"PK", b"not a zip", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_zip_file_or_an_empty_one_is_refused(tmp_path, target, content):
    (tmp_path / "a.zip").write_bytes(content)
    assert_refused(tmp_path / "a.zip", target, "not a zip file|no model in it")


def test_a_wrong_checksum_is_noticed(tmp_path, target):
    archive = write_zip(tmp_path / "a.zip", [("model.pt", b"abcdefgh" * 100)], zipfile.ZIP_STORED)
    archive.write_bytes(archive.read_bytes().replace(b"abcdefgh", b"abcdefgX", 1))
    with pytest.raises(ModelError, match="damaged"):
        unpack(archive, target)


def test_a_full_disk_is_said_before_anything_is_written(tmp_path, target, monkeypatch):
    monkeypatch.setattr(unpacking, "SPARE_DISK_BYTES", 10**18)
    with pytest.raises(InputError, match="Free some room"):
        unpack(write_zip(tmp_path / "a.zip", [("model.pt", b"x")]), target)
    assert contents(target) == set()


def test_a_folder_is_copied_without_what_no_reader_looks_at(tmp_path, target):
    for name in ("plans.json", "fold_0/checkpoint_final.pth", "fold_0/validation/case:1.nii.gz", "scripts/net.py"):
        path = tmp_path / "package" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    copy_folder(tmp_path / "package", target)
    assert contents(target) == {"plans.json", "fold_0/checkpoint_final.pth"}


@pytest.mark.parametrize("make", ["link to a file", "link to a folder", "pipe"])
def test_a_folder_with_links_or_devices_is_refused(tmp_path, target, make):
    package = tmp_path / "package"
    package.mkdir()
    (package / "plans.json").write_text("{}")
    odd = package / "odd"
    if make == "pipe":
        os.mkfifo(odd)
    else:
        odd.symlink_to("/etc/passwd" if make == "link to a file" else "/etc")
    with pytest.raises(ModelError, match="odd"):
        copy_folder(package, target)
    assert contents(target) == set()


def test_a_folder_without_a_model_is_said(tmp_path, target):
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "notes.docx").write_text("x")
    with pytest.raises(ModelError, match="no model in it"):
        copy_folder(tmp_path / "package", target)


def valid_zip() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Name/plans.json", '{"a": [1, 2, 3]}' * 5)
        archive.writestr("Name/fold_0/checkpoint_final.pth", bytes(range(256)))
    return content.getvalue()


VALID = valid_zip()


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(st.tuples(st.integers(0, len(VALID) - 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_a_damaged_zip_file_is_unpacked_inside_or_refused_in_plain_words(tmp_path_factory, changes):
    folder = tmp_path_factory.mktemp("zip")
    content = bytearray(VALID)
    for place, value in changes:
        content[place] = value
    (folder / "a.zip").write_bytes(content)
    (folder / "inside").mkdir()
    try:
        unpack(folder / "a.zip", folder / "inside")
    except SegmentL3Error as error:
        assert "Traceback" not in str(error)
    assert {path.name for path in folder.iterdir()} == {"a.zip", "inside"}
