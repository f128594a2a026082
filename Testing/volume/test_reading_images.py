"""NIfTI, NRRD and MetaImage files as volumes."""

import gzip
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from SegmentL3Lib.reading import read_volume
from SegmentL3Lib.volume import Volume
from SegmentL3Lib.writing import write_volume
from volume.geometries import geometry, rotation
from volume.nifti_files import SPACING, nifti, pixdim, values


def sitk_file(path: Path, array=None, vector=False) -> Path:
    image = sitk.GetImageFromArray(values() if array is None else array, isVector=vector)
    sitk.WriteImage(image, str(path))
    return path


@pytest.mark.parametrize("name", ["ct.nii", "ct.nii.gz", "ct.nrrd", "ct.nhdr", "ct.mha", "ct.mhd"])
def test_file_is_read_in_its_own_order(tmp_path, name):
    volume = read_volume(sitk_file(tmp_path / name))
    assert (volume.array == values()).all()
    assert volume.array.dtype == np.int16
    assert volume.modality is None
    assert volume.warnings == ()


@pytest.mark.parametrize("name", ["ct.nii.gz", "ct.nrrd", "ct.mha"])
def test_geometry_is_that_of_simpleitk(tmp_path, name):
    place = geometry(rotation((8, -11, 4)) @ np.diag([-1.0, 1.0, -1.0]))
    write_volume(Volume(values(), place), tmp_path / name)
    image = sitk.ReadImage(str(tmp_path / name))
    volume = read_volume(tmp_path / name)
    assert volume.geometry.origin == pytest.approx(image.GetOrigin())
    assert volume.geometry.spacing == pytest.approx(image.GetSpacing())
    assert volume.geometry.direction == pytest.approx(image.GetDirection(), abs=1e-6)


@pytest.mark.parametrize("name", ["ct.nii", "ct.nii.gz", "ct.nrrd", "ct.mha"])
@pytest.mark.parametrize("kind", ["uint8", "int8", "uint16", "int32", "uint32"])
def test_whole_values_that_fit_are_kept_small(tmp_path, name, kind):
    array = values().clip(0, 100).astype(kind)
    volume = read_volume(sitk_file(tmp_path / name, array))
    assert volume.array.dtype == np.int16
    assert (volume.array == array).all()


@pytest.mark.parametrize("name", ["ct.nii", "ct.nrrd", "ct.mha"])
def test_values_that_do_not_fit_become_float32(tmp_path, name):
    array = values().astype(np.int32)
    array[0, 0, 0] = 70000
    volume = read_volume(sitk_file(tmp_path / name, array))
    assert volume.array.dtype == np.float32
    assert (volume.array == array).all()


@pytest.mark.parametrize("name", ["ct.nii.gz", "ct.nrrd", "ct.mha"])
@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_fractions_are_kept_as_float32(tmp_path, name, kind):
    array = values().astype(kind) + 0.25
    volume = read_volume(sitk_file(tmp_path / name, array))
    assert volume.array.dtype == np.float32
    assert (volume.array == array).all()


def test_voxels_without_a_value_are_said_and_filled(tmp_path):
    array = values().astype(np.float32)
    array[0, 0, :3] = np.nan
    volume = read_volume(sitk_file(tmp_path / "ct.nrrd", array))
    assert "3 voxels have no value" in volume.warnings[0]
    assert volume.array[0, 0, 0] == np.nanmin(array)


@pytest.mark.parametrize(
    ("slope", "intercept", "kind"),
    [(1.0, -1024.0, np.int16), (2.0, 0.0, np.int16), (0.5, -100.0, np.float32), (1.0, 0.5, np.float32)],
)
@pytest.mark.parametrize("name", ["ct.nii", "ct.nii.gz"])
def test_nifti_scale_is_applied(tmp_path, name, slope, intercept, kind):
    volume = read_volume(nifti(tmp_path / name, scale=(slope, intercept)))
    assert volume.array.dtype == kind
    assert (volume.array == values() * slope + intercept).all()


def test_nifti_scale_of_zero_means_none(tmp_path):
    assert (read_volume(nifti(tmp_path / "ct.nii", scale=(0.0, 5.0))).array == values()).all()


@pytest.mark.parametrize(("units", "factor"), [(10, 1.0), (1, 1000.0), (3, 0.001)])
def test_nifti_unit_is_turned_into_millimeters(tmp_path, units, factor):
    volume = read_volume(nifti(tmp_path / "ct.nii", units=units))
    assert volume.geometry.spacing == pytest.approx([size * factor for size in SPACING])


def test_unknown_nifti_unit_is_said(tmp_path):
    volume = read_volume(nifti(tmp_path / "ct.nii", units=0))
    assert "millimeters were assumed" in volume.warnings[0]
    assert volume.geometry.spacing == pytest.approx(SPACING)


def test_nifti_of_the_other_byte_order_is_read(tmp_path):
    content = nifti(tmp_path / "ct.nii").read_bytes()
    header = bytearray(content[:352])
    for start, end, size in [
        (0, 4, 4),
        (32, 36, 4),
        (36, 38, 2),
        (40, 56, 2),
        (56, 68, 4),
        (68, 76, 2),
        (76, 120, 4),
        (120, 122, 2),
        (124, 148, 4),
        (252, 256, 2),
        (256, 328, 4),
    ]:
        header[start:end] = np.frombuffer(bytes(header[start:end]), f"<u{size}").astype(f">u{size}").tobytes()
    voxels = np.frombuffer(content[352:], "<i2").astype(">i2").tobytes()
    (tmp_path / "swapped.nii").write_bytes(bytes(header) + voxels)
    assert (read_volume(tmp_path / "swapped.nii").array == values()).all()


def test_nifti_packed_in_several_parts_is_read(tmp_path):
    content = nifti(tmp_path / "ct.nii").read_bytes()
    packed = b"".join(gzip.compress(content[start : start + 100]) for start in range(0, len(content), 100))
    (tmp_path / "ct.nii.gz").write_bytes(packed + bytes(20))
    assert (read_volume(tmp_path / "ct.nii.gz").array == values()).all()


@pytest.mark.parametrize("name", ["ct.nii", "ct.nrrd", "ct.mha"])
def test_single_slice_is_a_volume_of_one_slice(tmp_path, name):
    volume = read_volume(sitk_file(tmp_path / name, values((1, 5, 6))))
    assert volume.array.shape == (1, 5, 6)


@pytest.mark.parametrize("name", ["ct.nii", "ct.nrrd", "ct.mha"])
def test_flat_image_is_a_volume_of_one_slice(tmp_path, name):
    volume = read_volume(sitk_file(tmp_path / name, values()[0]))
    assert (volume.array == values()[:1]).all()
    assert volume.geometry.spacing[2] == 1.0


def test_single_nifti_slice_without_thickness_is_said(tmp_path):
    volume = read_volume(nifti(tmp_path / "ct.nii", values((1, 5, 6)), pixdim=pixdim(z=0.0)))
    assert volume.geometry.spacing == pytest.approx((0.8, 0.9, 1.0))
    assert "how thick its slice is" in volume.warnings[0]


@pytest.mark.parametrize("name", ["ct.nii", "ct.nrrd", "ct.mha"])
def test_fourth_dimension_of_one_is_dropped(tmp_path, name):
    volume = read_volume(sitk_file(tmp_path / name, values((1, 4, 5, 6))))
    assert (volume.array == values((1, 4, 5, 6))[0]).all()


def test_thousand_slices_are_read(tmp_path):
    volume = read_volume(sitk_file(tmp_path / "ct.nii.gz", values((1200, 8, 8))))
    assert (volume.array == values((1200, 8, 8))).all()


def test_file_that_does_not_say_its_orientation_is_said(tmp_path):
    volume = read_volume(nifti(tmp_path / "ct.nii", form_codes=(0, 0)))
    assert "how the scan lies" in volume.warnings[0]


def nrrd(path: Path, *lines: str, array=None) -> Path:
    array = values() if array is None else array
    sizes = " ".join(str(size) for size in reversed(array.shape))
    head = ["NRRD0004", "type: short", f"dimension: {array.ndim}", f"sizes: {sizes}", "encoding: raw", "endian: little"]
    path.write_bytes("\n".join([*head, *lines]).encode() + b"\n\n" + array.astype("<i2").tobytes())
    return path


def test_nrrd_with_spacing_alone_is_read_and_said(tmp_path):
    volume = read_volume(nrrd(tmp_path / "ct.nrrd", "spacings: 0.8 0.9 3"))
    assert volume.geometry.spacing == pytest.approx(SPACING)
    assert "how the scan lies" in volume.warnings[0]


def test_nrrd_in_other_axes_is_turned_to_lps(tmp_path):
    lines = ("space: right-anterior-superior", "space directions: (1,0,0) (0,1,0) (0,0,3)", "space origin: (1,2,3)")
    volume = read_volume(nrrd(tmp_path / "ct.nrrd", *lines))
    assert volume.geometry.origin == (-1.0, -2.0, 3.0)
    assert volume.geometry.matrix == pytest.approx(np.diag([-1.0, -1.0, 1.0]))


def test_sheared_nrrd_is_made_upright_and_said(tmp_path):
    lines = ("space: left-posterior-superior", "space directions: (1,0,0) (0,1,0) (0,0.8,3)", "space origin: (0,0,0)")
    volume = read_volume(nrrd(tmp_path / "ct.nrrd", *lines))
    assert volume.geometry.spacing == pytest.approx((1.0, 1.0, 3.0))
    assert volume.geometry.matrix == pytest.approx(np.eye(3))
    assert "sheared by 14.9 degrees" in volume.warnings[0]


def test_sheared_nifti_is_made_upright_and_said(tmp_path):
    volume = read_volume(nifti(tmp_path / "ct.nii", form_codes=(0, 1), srow_x=(-0.8, 0.0, 0.5, 3.0)))
    assert "gantry tilt" in volume.warnings[0]
    assert volume.geometry.matrix @ volume.geometry.matrix.T == pytest.approx(np.eye(3), abs=1e-6)


def test_modality_of_a_metaimage_is_known(tmp_path):
    path = sitk_file(tmp_path / "mr.mha")
    path.write_bytes(path.read_bytes().replace(b"NDims", b"Modality = MET_MOD_MR\nNDims", 1))
    assert read_volume(path).modality == "MR"


def test_path_may_be_text(tmp_path):
    assert read_volume(str(sitk_file(tmp_path / "ct.nrrd"))).array.shape == (4, 5, 6)
