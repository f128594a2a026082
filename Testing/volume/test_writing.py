"""Written files hold what was given, and nothing half-written is left."""

import numpy as np
import pytest
import SimpleITK as sitk

from SegmentL3Lib.errors import InputError, UsageError
from SegmentL3Lib.labels import load_labels
from SegmentL3Lib.reading import read_segmentation, read_volume
from SegmentL3Lib.volume import LabelMap, Volume
from SegmentL3Lib.writing import write_segmentation, write_volume
from volume.geometries import forbidden_folder, geometry, rotation

GEOMETRIES = {
    "axial": geometry(),
    "flipped": geometry(np.diag([1.0, -1.0, -1.0])),
    "oblique": geometry(rotation((12, -7, 30))),
    "oblique and mirrored": geometry(rotation((-5, 9, 3)) @ np.diag([-1.0, 1.0, 1.0])),
    "sagittal": geometry(np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])),
}
SUFFIXES = (".nii", ".nii.gz", ".nrrd", ".mha")


def volume(place=GEOMETRIES["axial"], dtype=np.int16) -> Volume:
    return Volume(np.random.default_rng(1).integers(-1024, 2000, (4, 5, 6)).astype(dtype), place)


def label_map(place=GEOMETRIES["axial"], empty=(4,)) -> LabelMap:
    array = np.zeros((6, 7, 8), np.uint8)
    for value in {1, 2, 3, 4, 5, 6} - set(empty):
        array[2, value, 1:6] = value
    return LabelMap(array, place)


def assert_same_place(first, second):
    assert first.origin == pytest.approx(second.origin, abs=1e-4)
    assert first.spacing == pytest.approx(second.spacing, rel=1e-5)
    assert first.direction == pytest.approx(second.direction, abs=1e-5)


@pytest.fixture
def full_disk(monkeypatch):
    """Every temporary file lies on a disk without room."""

    def symlink_to_full(path):
        path.symlink_to("/dev/full")

    monkeypatch.setattr("SegmentL3Lib.writing.Path.touch", symlink_to_full)


@pytest.mark.parametrize("place", GEOMETRIES.values(), ids=GEOMETRIES.keys())
@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("dtype", [np.int16, np.float32])
def test_volume_comes_back_as_it_was(tmp_path, suffix, place, dtype):
    write_volume(volume(place, dtype), tmp_path / f"ct{suffix}")
    back = read_volume(tmp_path / f"ct{suffix}")
    assert back.array.dtype == dtype
    assert (back.array == volume(place, dtype).array).all()
    assert_same_place(back.geometry, place)
    assert back.warnings == ()
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("place", GEOMETRIES.values(), ids=GEOMETRIES.keys())
@pytest.mark.parametrize("suffix", [".seg.nrrd", ".nii.gz"])
def test_labels_come_back_as_they_were(tmp_path, suffix, place):
    write_segmentation(label_map(place), load_labels(), tmp_path / f"labels{suffix}")
    back = read_segmentation(tmp_path / f"labels{suffix}")
    assert back.array.dtype == np.uint8
    assert (back.array == label_map(place).array).all()
    assert_same_place(back.geometry, place)


def test_other_software_reads_a_segmentation_as_a_plain_label_map(tmp_path):
    write_segmentation(label_map(), load_labels(), tmp_path / "labels.seg.nrrd")
    image = sitk.ReadImage(str(tmp_path / "labels.seg.nrrd"))
    assert (sitk.GetArrayFromImage(image) == label_map().array).all()
    assert image.GetMetaData("Segment0_Name") == "Subcutaneous fat"
    assert image.GetMetaData("Segment3_LabelValue") == "4"


def test_segmentation_is_compressed(tmp_path):
    large = LabelMap(np.zeros((50, 100, 100), np.uint8))
    write_segmentation(large, load_labels(), tmp_path / "labels.seg.nrrd")
    assert (tmp_path / "labels.seg.nrrd").stat().st_size < 20_000


@pytest.mark.parametrize("suffix", ["", ".jpg", ".dcm", ".mhd", ".gz"])
def test_unknown_suffix_is_refused(tmp_path, suffix):
    with pytest.raises(UsageError, match=r"\.nii\.gz"):
        write_volume(volume(), tmp_path / f"ct{suffix}")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_full_disk_is_said_and_leaves_the_old_file(tmp_path, full_disk, suffix, capfd):
    path = tmp_path / f"ct{suffix}"
    path.write_bytes(b"old")
    with pytest.raises(InputError, match="disk full"):
        write_volume(volume(), path)
    assert path.read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1
    assert capfd.readouterr() == ("", "")


def test_full_disk_is_said_for_a_segmentation(tmp_path, full_disk):
    with pytest.raises(InputError, match="disk full"):
        write_segmentation(label_map(), load_labels(), tmp_path / "labels.seg.nrrd")
    assert not list(tmp_path.iterdir())


def test_read_only_folder_is_said():
    with forbidden_folder(0o555) as folder, pytest.raises(InputError, match="not permitted"):
        write_segmentation(label_map(), load_labels(), folder / "labels.seg.nrrd")


def test_missing_folder_is_said(tmp_path):
    with pytest.raises(InputError, match="folder does not exist"):
        write_volume(volume(), tmp_path / "no" / "ct.nrrd")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_names_in_any_script_and_long_paths_work(tmp_path, suffix):
    folder = tmp_path.joinpath(*[f"é Łódź 名 {'x' * 180}"] * 10)
    folder.mkdir(parents=True)
    path = folder / f"é Ł 名{suffix}"
    write_volume(volume(), path)
    assert (read_volume(path).array == volume().array).all()


def test_old_file_is_replaced(tmp_path):
    path = tmp_path / "ct.nrrd"
    write_volume(Volume(np.zeros((2, 2, 2), np.int16)), path)
    write_volume(volume(), path)
    assert (read_volume(path).array == volume().array).all()
