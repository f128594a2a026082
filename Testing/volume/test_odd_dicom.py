"""Odd DICOM series: what can be lived with is warned of in figures, what cannot is refused."""

import numpy as np
import pytest
from pydicom.uid import MPEG2MPML

from SegmentL3Lib.checks import require_ct
from SegmentL3Lib.errors import InputError
from SegmentL3Lib.reading import read_volume
from volume.dicom_series import image, mr_series, random_hu, save, series

HU = random_hu(20)


@pytest.fixture(autouse=True)
def nothing_printed(capfd):
    yield
    assert capfd.readouterr() == ("", "")


def read(images, tmp_path):
    return read_volume(save(images, tmp_path / "scan"))


def refused(images, tmp_path, match):
    with pytest.raises(InputError, match=match):
        read(images, tmp_path)


def test_missing_slices_are_counted(tmp_path):
    images = series(HU)
    volume = read(images[:8] + images[10:], tmp_path)
    assert "2 slices seem to be missing" in volume.warnings[0]
    assert "3.00 to 9.00 mm instead of 3.00 mm" in volume.warnings[0]
    assert (volume.array == np.delete(HU, [8, 9], 0)).all()
    assert volume.geometry.index_to_lps((0, 0, 17))[2] == pytest.approx(-500 + 57)


def test_uneven_distances_are_said_in_millimeters(tmp_path):
    images = series(HU)
    images[5].ImagePositionPatient[2] = -500 + 15.9
    volume = read(images, tmp_path)
    assert volume.warnings[0].startswith("Slices are not evenly spaced: distances are 2.10 to 3.90 mm")
    assert "0.9 mm off" in volume.warnings[0]


def test_rounded_positions_are_not_odd(tmp_path):
    images = series(HU, step=(0, 0, 1.25))
    for dataset in images:
        dataset.ImagePositionPatient[2] = round(float(dataset.ImagePositionPatient[2]), 2)
    assert read(images, tmp_path).warnings == ()


def test_long_gap_is_refused(tmp_path):
    images = series(HU)
    refused(images[:6] + images[14:], tmp_path, "27 mm are missing; slices are 3.0 mm apart")


@pytest.mark.parametrize("degrees", [5, -20])
def test_gantry_tilt_is_said_in_degrees(tmp_path, degrees):
    tangent = np.tan(np.radians(degrees))
    volume = read(series(HU, step=(0, 3.0 * tangent, 3.0)), tmp_path)
    assert f"tilted by {abs(degrees):.1f} degrees" in volume.warnings[0]
    assert f"{19 * 3 * abs(tangent):.0f} mm off" in volume.warnings[0]
    assert volume.acquisition["gantry_tilt_deg"] == pytest.approx(abs(degrees))
    assert volume.geometry.spacing[2] == pytest.approx(3.0)
    assert volume.geometry.matrix == pytest.approx(np.eye(3))
    assert (volume.array == HU).all()


def test_slices_shifted_against_each_other_are_said(tmp_path):
    images = series(HU)
    images[5].ImagePositionPatient[0] = -92.0
    assert "shifted against each other by up to 8.0 mm" in read(images, tmp_path).warnings[0]


def test_few_images_at_a_place_that_is_taken_are_left_out(tmp_path):
    again = series(HU[:2] + 1, InstanceNumber=99)
    volume = read(series(HU) + again, tmp_path)
    assert (volume.array == HU).all()
    assert "2 images stand at a position" in volume.warnings[0]


def test_several_images_at_each_place_are_refused(tmp_path):
    refused(series(HU) + series(HU), tmp_path, "40 images at 20 positions: several time points")


def test_few_images_of_another_kind_are_left_out(tmp_path):
    sagittal = image(random_hu(1)[0], ImageOrientationPatient=[0, 1, 0, 0, 0, -1])
    larger = image(random_hu(1, 9, 9)[0])
    volume = read([*series(HU), sagittal, larger], tmp_path)
    assert (volume.array == HU).all()
    assert "2 images of another size or orientation" in volume.warnings[0]


@pytest.mark.parametrize(
    "elements", [{"PixelSpacing": [0.5, 0.5]}, {"ImageOrientationPatient": [0, 1, 0, 0, 0, -1]}], ids=["size", "turned"]
)
def test_mixed_kinds_are_refused(tmp_path, elements):
    refused(series(HU) + series(HU, **elements), tmp_path, "mixes 2 kinds of images")


@pytest.mark.parametrize("spacing", [None, [0, 0], [0.9, 0]])
def test_pixels_without_a_size_are_refused(tmp_path, spacing):
    refused(series(HU, PixelSpacing=spacing), tmp_path, "how large their pixels are")


def test_images_without_positions_are_refused(tmp_path):
    refused(series(HU, ImagePositionPatient=None), tmp_path, "where they lie")


@pytest.mark.parametrize("orientation", [[1, 0, 0, 1, 0, 0], [0, 0, 0, 0, 0, 0], [1, 0, 0, 0, 2, 0]])
def test_impossible_orientation_is_refused(tmp_path, orientation):
    refused(series(HU, ImageOrientationPatient=orientation), tmp_path, "not possible")


def test_ct_without_rescale_is_said_and_not_taken_for_hounsfield_units(tmp_path):
    volume = read(series(random_hu(3, 40, 40), RescaleSlope=None, RescaleIntercept=None), tmp_path)
    assert "3 of 3 images do not say how their values become Hounsfield units" in volume.warnings[0]
    with pytest.raises(InputError, match="not Hounsfield units"):
        require_ct(volume)


def test_mr_is_read_but_is_no_ct(tmp_path):
    volume = read(mr_series(HU), tmp_path)
    assert volume.modality == "MR"
    assert volume.warnings == ()
    with pytest.raises(InputError, match="an MR scan"):
        require_ct(volume)


def test_lossy_compression_and_other_units_are_said(tmp_path):
    volume = read(series(HU, LossyImageCompression="01", RescaleType="Z_EFF"), tmp_path)
    assert volume.warnings == (
        "The images were compressed with loss, so CT numbers are not exact.",
        "The file says that its values are Z_EFF, not Hounsfield units.",
    )


def test_compression_that_cannot_be_unpacked_is_named(tmp_path):
    images = series(HU[:3])
    for dataset in images:
        dataset.compress("1.2.840.10008.1.2.5", generate_instance_uid=False)
        dataset.file_meta.TransferSyntaxUID = MPEG2MPML
    refused(images, tmp_path, "compressed as MPEG2")


@pytest.mark.parametrize("kept", [-1, -100])
def test_image_that_is_cut_short_is_refused(tmp_path, kept):
    folder = save(series(random_hu(5, 20, 20)), tmp_path / "scan")
    path = sorted(folder.iterdir())[2]
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(InputError, match=r"Image \d of the series is cut short or damaged"):
        read_volume(folder)
    with pytest.raises(InputError, match="cut short or damaged"):
        read_volume(path)


def test_compressed_image_that_is_cut_short_is_refused(tmp_path):
    images = series(random_hu(3, 20, 20))
    for dataset in images:
        dataset.compress("1.2.840.10008.1.2.5", generate_instance_uid=False)
    folder = save(images, tmp_path / "scan")
    path = next(folder.iterdir())
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(InputError, match="cut short or damaged|cannot be unpacked"):
        read_volume(folder)


def test_header_that_is_cut_short_is_said(tmp_path):
    folder = save(series(HU), tmp_path / "scan")
    for path in folder.iterdir():
        path.write_bytes(path.read_bytes()[:400])
    with pytest.raises(InputError, match="damaged|no DICOM images"):
        read_volume(folder)


def test_values_in_headers_that_make_no_sense_count_as_missing(tmp_path):
    images = series(HU)
    folder = save(images, tmp_path / "scan")
    for path in folder.iterdir():
        path.write_bytes(path.read_bytes().replace(b"0.9\\0.8 ", b"0,9\\0,8 "))
    with pytest.raises(InputError, match="how large their pixels are"):
        read_volume(folder)


def test_report_alone_is_said(tmp_path):
    report = image(HU[0], Modality="SR")
    del report.Rows, report.Columns, report.PixelData
    report.save_as(tmp_path / "report", enforce_file_format=True)
    with pytest.raises(InputError, match="holds no scan"):
        read_volume(tmp_path / "report")
    with pytest.raises(InputError, match="no DICOM images"):
        read_volume(tmp_path)
