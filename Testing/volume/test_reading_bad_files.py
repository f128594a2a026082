"""What cannot be read is said in plain words, and nothing else is printed."""

import gzip

import numpy as np
import pytest
import SimpleITK as sitk

from SegmentL3Lib.errors import InputError, UsageError
from SegmentL3Lib.reading import read_segmentation, read_volume
from volume.geometries import forbidden_folder
from volume.nifti_files import nifti, pixdim, values
from volume.test_reading_images import nrrd, sitk_file


@pytest.fixture(autouse=True)
def nothing_printed(capfd):
    yield
    assert capfd.readouterr() == ("", "")


def refused(path, match, **options):
    with pytest.raises(InputError, match=match) as caught:
        read_volume(path, **options)
    text = str(caught.value)
    assert text.endswith(".")
    assert len(text.replace("i.e. ", "").split(". ")) <= 2
    assert not any(word in text for word in ("ITK", "Error", "Traceback", "Exception"))


def test_missing_file(tmp_path):
    refused(tmp_path / "no.nii", "There is no file or folder")


def test_too_long_path(tmp_path):
    refused(tmp_path / ("x" * 5000), "too long")


def test_empty_file(tmp_path):
    (tmp_path / "ct.nii").touch()
    refused(tmp_path / "ct.nii", "empty")


def test_empty_folder(tmp_path):
    refused(tmp_path, "no DICOM images")


def test_folder_without_permission():
    with forbidden_folder(0o000) as folder:
        refused(folder, "cannot be read: permission denied|not permitted")


def test_file_without_permission():
    with forbidden_folder(0o555) as folder:
        refused(folder / "file.nii", "not permitted")


@pytest.mark.parametrize("content", [b"hello", b"\x89PNG\r\n\x1a\n" + bytes(100), bytes(1000), b"PK\3\4" + bytes(200)])
@pytest.mark.parametrize("name", ["ct.nii", "ct.nrrd", "ct.mha", "ct.dcm", "ct"])
def test_file_of_another_kind(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    refused(tmp_path / name, "no scan in a known format")


@pytest.mark.parametrize("share", [0.001, 0.1, 0.5, 0.97])
@pytest.mark.parametrize("name", ["ct.nii", "ct.nii.gz", "ct.nrrd", "ct.mha"])
@pytest.mark.parametrize("packed", [True, False])
def test_file_that_is_cut_short(tmp_path, name, share, packed):
    path = tmp_path / name
    sitk.WriteImage(sitk.GetImageFromArray(values((20, 30, 40))), str(path), packed)
    content = path.read_bytes()
    path.write_bytes(content[: max(2, int(len(content) * share))])
    refused(path, "cut short|does not say how large|no scan in a known format")


def test_packed_nifti_that_lacks_its_last_byte(tmp_path):
    path = nifti(tmp_path / "ct.nii.gz")
    path.write_bytes(path.read_bytes()[:-1])
    refused(path, "cut short or damaged")


def test_packed_nifti_with_a_wrong_bit(tmp_path):
    path = nifti(tmp_path / "ct.nii.gz", values((20, 30, 40)))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    refused(path, "cut short or damaged")


def test_packed_nifti_that_holds_too_few_voxels(tmp_path):
    content = nifti(tmp_path / "ct.nii").read_bytes()
    (tmp_path / "ct.nii.gz").write_bytes(gzip.compress(content[:-2]))
    refused(tmp_path / "ct.nii.gz", "cut short")


def test_metaimage_whose_data_file_is_missing(tmp_path):
    path = sitk_file(tmp_path / "ct.mhd")
    next(tmp_path.glob("*raw")).unlink()
    refused(path, "a data file that belongs to it is missing")


@pytest.mark.parametrize("size", [0.0, float("nan"), float("inf")])
@pytest.mark.parametrize("axis", ["x", "y", "z"])
def test_nifti_without_voxel_size(tmp_path, size, axis):
    refused(nifti(tmp_path / "ct.nii", pixdim=pixdim(**{axis: size})), "how large its voxels are")


@pytest.mark.parametrize(
    "lines",
    [
        (),
        ("spacings: 0 1 1",),
        ("spacings: nan nan nan",),
        ("space: left-posterior-superior", "space directions: (0,0,0) (0,1,0) (0,0,3)", "space origin: (0,0,0)"),
    ],
    ids=["none", "zero", "not a number", "zero direction"],
)
def test_nrrd_without_voxel_size(tmp_path, lines):
    refused(nrrd(tmp_path / "ct.nrrd", *lines), "how large its voxels are")


@pytest.mark.parametrize("spacing", [b"", b"ElementSpacing = 0 1 1\n"])
def test_metaimage_without_voxel_size(tmp_path, spacing):
    path = sitk_file(tmp_path / "ct.mha")
    path.write_bytes(path.read_bytes().replace(b"ElementSpacing = 1 1 1\n", spacing))
    refused(path, "how large its voxels are")


def test_pixels_that_are_not_rectangular(tmp_path):
    lines = ("space: left-posterior-superior", "space directions: (1,0,0) (0.3,1,0) (0,0,3)", "space origin: (0,0,0)")
    refused(nrrd(tmp_path / "ct.nrrd", *lines), "not rectangular")


@pytest.mark.parametrize("name", ["ct.nii", "ct.nii.gz", "ct.nrrd", "ct.mha"])
def test_several_volumes(tmp_path, name):
    refused(sitk_file(tmp_path / name, values((3, 4, 5, 6))), "has 3 volumes")


@pytest.mark.parametrize("name", ["ct.nii", "ct.nrrd", "ct.mha"])
def test_color_picture(tmp_path, name):
    rgb = np.zeros((4, 5, 6, 3), np.uint8)
    refused(sitk_file(tmp_path / name, rgb, vector=True), "color picture|values for each voxel")


def test_nifti_of_type_rgb(tmp_path):
    refused(nifti(tmp_path / "ct.nii", datatype=128), "color picture")


def test_nifti_of_complex_numbers(tmp_path):
    refused(nifti(tmp_path / "ct.nii", datatype=32), "of a kind that a CT does not have")


@pytest.mark.parametrize("magic", [b"ni1\0", b"\0\0\0\0"])
def test_nifti_of_two_files_and_analyze(tmp_path, magic):
    refused(nifti(tmp_path / "ct.nii", magic=magic), "Only NIfTI-1 files of one part")


@pytest.mark.parametrize("sizes", [(0, 6, 5, 4, 1, 1, 1, 1), (3, -6, 5, 4, 1, 1, 1, 1), (3, 6, 0, 4, 1, 1, 1, 1)])
def test_nifti_with_impossible_sizes(tmp_path, sizes):
    refused(nifti(tmp_path / "ct.nii", dim=sizes), "makes no sense")


def test_file_without_any_value(tmp_path):
    refused(sitk_file(tmp_path / "ct.nrrd", np.full((2, 3, 4), np.nan, np.float32)), "holds no values")


def test_series_of_a_file_cannot_be_chosen(tmp_path):
    with pytest.raises(UsageError, match="DICOM folder only"):
        read_volume(sitk_file(tmp_path / "ct.nrrd"), series_uid="3")


@pytest.mark.parametrize("name", ["ct.nii", "ct.nii.gz"])
def test_nifti_that_claims_to_be_huge(tmp_path, name):
    refused(nifti(tmp_path / name, dim=(3, 30000, 30000, 30000, 1, 1, 1, 1)), "cut short")


@pytest.mark.parametrize("size", [30000, 10**7])
def test_nrrd_that_claims_to_be_huge(tmp_path, size):
    path = nrrd(tmp_path / "ct.nrrd", "spacings: 1 1 1")
    path.write_bytes(path.read_bytes().replace(b"sizes: 6 5 4", f"sizes: {size} {size} {size}".encode()))
    refused(path, "cut short|too large")


def test_missing_or_damaged_segmentation(tmp_path):
    with pytest.raises(InputError, match="There is no file"):
        read_segmentation(tmp_path / "no.seg.nrrd")
    (tmp_path / "bad.seg.nrrd").write_bytes(b"NRRD0004\nhello")
    with pytest.raises(InputError, match="cannot be read"):
        read_segmentation(tmp_path / "bad.seg.nrrd")


def test_scan_is_no_label_map(tmp_path):
    with pytest.raises(InputError, match="no label map"):
        read_segmentation(sitk_file(tmp_path / "ct.nii.gz"))
