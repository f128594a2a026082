"""DICOM series as volumes."""

import numpy as np
import pytest
from pydicom.uid import DeflatedExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless

from SegmentL3Lib.errors import InputError
from SegmentL3Lib.reading import list_series, read_volume
from volume.dicom_series import INTERCEPT, enhanced, image, random_hu, save, series
from volume.geometries import rotation

HU = random_hu()


def read(images, tmp_path, **options):
    return read_volume(save(images, tmp_path / "scan"), **options)


def test_slices_are_sorted_by_position_and_rescaled(tmp_path):
    images = series(HU)
    volume = read([images[number] for number in (3, 0, 4, 1, 2)], tmp_path)
    assert (volume.array == HU).all()
    assert volume.array.dtype == np.int16
    assert volume.modality == "CT"
    assert volume.warnings == ()


def test_geometry_is_lps_with_spacing_along_x_y_z(tmp_path):
    geometry = read(series(HU), tmp_path).geometry
    assert geometry.origin == (-100.0, -90.0, -500.0)
    assert geometry.spacing == pytest.approx((0.8, 0.9, 3.0))
    assert geometry.direction == (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)


def test_slices_from_head_to_foot_are_sorted_along_the_normal(tmp_path):
    volume = read(series(HU, origin=(0, 0, 50), step=(0, 0, -3.0)), tmp_path)
    assert (volume.array == HU[::-1]).all()
    assert volume.geometry.origin == (0.0, 0.0, 38.0)


def test_oblique_series_keeps_its_rotation(tmp_path):
    matrix = rotation((10, -15, 5))
    images = series(HU, step=3.0 * matrix[:, 2], ImageOrientationPatient=matrix[:, :2].T.ravel().tolist())
    geometry = read(images, tmp_path).geometry
    assert geometry.matrix == pytest.approx(matrix, abs=1e-6)
    assert geometry.index_to_lps((0, 0, 4)) == pytest.approx(np.add((-100, -90, -500), 12.0 * matrix[:, 2]))


def test_every_slice_has_its_own_rescale(tmp_path):
    images = series(HU)
    for number, dataset in enumerate(images):
        dataset.RescaleIntercept = INTERCEPT - number
    volume = read(images, tmp_path)
    assert (volume.array == HU - np.arange(len(HU))[:, None, None]).all()
    assert volume.array.dtype == np.int16


def test_fractional_rescale_of_one_slice_makes_the_volume_float32(tmp_path):
    images = series(HU)
    images[2].RescaleSlope = "0.5"
    volume = read(images, tmp_path)
    expected = HU.astype(float)
    expected[2] = (HU[2] - INTERCEPT) * 0.5 + INTERCEPT
    assert volume.array.dtype == np.float32
    assert (volume.array == expected).all()


def test_signed_values_are_read(tmp_path):
    images = series(HU, RescaleIntercept=0, PixelRepresentation=1)
    for dataset, values in zip(images, HU, strict=True):
        dataset.PixelData = values.tobytes()
    assert (read(images, tmp_path).array == HU).all()


def test_values_that_do_not_fit_become_float32(tmp_path):
    images = series(HU)
    images[0].PixelData = np.full(HU[0].shape, 60000, np.uint16).tobytes()
    volume = read(images, tmp_path)
    assert volume.array.dtype == np.float32
    assert volume.array[0].max() == 60000 + INTERCEPT
    assert (volume.array[1:] == HU[1:]).all()


def test_acquisition_is_known_and_names_nobody(tmp_path):
    facts = {
        "KVP": 120,
        "ConvolutionKernel": ["B30f", "2"],
        "PatientPosition": "HFS",
        "ManufacturerModelName": "Definition",
        "GantryDetectorTilt": 0,
    }
    volume = read(series(HU, ContrastBolusAgent="Ultravist 300", **facts), tmp_path)
    assert volume.acquisition == {
        "slice_thickness_mm": 3.0,
        "slice_spacing_mm": 3.0,
        "kvp": 120.0,
        "convolution_kernel": "B30f 2",
        "patient_position": "HFS",
        "gantry_tilt_deg": 0.0,
        "contrast": True,
        "manufacturer_model": "Definition",
    }


@pytest.mark.parametrize("agent", [None, "", "NONE"])
def test_contrast_is_left_open_where_no_agent_is_named(tmp_path, agent):
    assert "contrast" not in read(series(HU, ContrastBolusAgent=agent), tmp_path).acquisition


@pytest.mark.parametrize("count", [1, 3])
def test_few_slices_are_read(tmp_path, count):
    volume = read(series(HU[:count]), tmp_path)
    assert (volume.array == HU[:count]).all()
    assert volume.geometry.spacing[2] == pytest.approx(3.0)


def test_thousand_slices_are_read(tmp_path):
    image(HU[0], position=(0, 0, 90000), InstanceNumber=90000, SOPInstanceUID="").save_as(tmp_path / "first")
    template = (tmp_path / "first").read_bytes()
    for number in range(1, 1200):  # as bytes: pydicom would take longer to write them than we to read them
        (tmp_path / f"{number}").write_bytes(template.replace(b"90000", b"%d" % (90000 + number)))
    volume = read_volume(tmp_path)
    assert (volume.array == HU[0]).all()
    assert volume.array.shape == (1200, *HU[0].shape)
    assert volume.geometry.spacing[2] == pytest.approx(1.0)


def test_single_file_is_a_volume_of_one_slice(tmp_path):
    folder = save(series(HU), tmp_path)
    volume = read_volume(next(folder.iterdir()))
    assert volume.array.shape == (1, *HU.shape[1:])
    assert any((volume.array[0] == values).all() for values in HU)
    assert volume.geometry.spacing[2] == 3.0


def test_single_slice_without_thickness_is_said(tmp_path):
    volume = read([image(HU[0], SliceThickness=None)], tmp_path)
    assert volume.geometry.spacing[2] == 1.0
    assert "how thick its slice is" in volume.warnings[0]


def test_single_slice_without_place_is_read_and_said(tmp_path):
    dataset = image(HU[0], ImageOrientationPatient=None, ImagePositionPatient=None)
    dataset.save_as(tmp_path / "one", enforce_file_format=True)
    volume = read_volume(tmp_path / "one")
    assert (volume.array[0] == HU[0]).all()
    assert "how the scan lies" in volume.warnings[0]


@pytest.mark.parametrize("implicit", [True, False])
def test_files_without_preamble_and_meta_header_are_read(tmp_path, implicit):
    for number, dataset in enumerate(series(HU)):
        del dataset.file_meta
        dataset.preamble = None
        path = tmp_path / f"{number}"
        dataset.save_as(path, implicit_vr=implicit, little_endian=True, enforce_file_format=False)
        assert path.read_bytes()[128:132] != b"DICM"
    assert (read_volume(tmp_path).array == HU).all()


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian, RLELossless])
def test_other_transfer_syntaxes_are_read(tmp_path, syntax):
    images = series(HU)
    for dataset in images:
        if syntax == RLELossless:
            dataset.compress(RLELossless, generate_instance_uid=False)
        else:
            dataset.file_meta.TransferSyntaxUID = syntax
    assert (read(images, tmp_path).array == HU).all()


def test_files_in_folders_below_are_found_and_other_files_passed_over(tmp_path):
    images = series(HU)
    save(images[:2], tmp_path / "DICOM" / "Ł 名")
    save(images[2:], tmp_path / "DICOM" / "é")
    (tmp_path / "README.txt").write_text("hello")
    (tmp_path / "empty").touch()
    (tmp_path / ".hidden").write_bytes(b"\0" * 128 + b"DICM")
    (tmp_path / "broken link").symlink_to(tmp_path / "nowhere")
    assert (read_volume(tmp_path).array == HU).all()


def test_copies_of_a_file_count_once(tmp_path):
    images = series(HU)
    save(images, tmp_path / "a")
    save(images, tmp_path / "b")
    volume = read_volume(tmp_path)
    assert (volume.array == HU).all()
    assert volume.warnings == ()


def test_removed_uids_do_not_matter(tmp_path):
    images = series(HU)
    for dataset in images:
        dataset.SOPInstanceUID = dataset.SeriesInstanceUID = dataset.SOPClassUID = ""
    assert (read(images, tmp_path).array == HU).all()


def enhanced_file(tmp_path, **options):
    dataset = enhanced(HU, **options)
    dataset.save_as(tmp_path / "enhanced", enforce_file_format=True)
    return tmp_path / "enhanced"


def test_enhanced_multiframe_ct_is_read(tmp_path):
    volume = read_volume(enhanced_file(tmp_path))
    assert (volume.array == HU).all()
    assert volume.geometry.origin == (-100.0, -90.0, -500.0)
    assert volume.geometry.spacing == pytest.approx((0.8, 0.9, 3.0))
    assert volume.warnings == ()
    facts = {"kvp": 120.0, "convolution_kernel": "B30f", "slice_thickness_mm": 3.0}
    assert facts.items() <= volume.acquisition.items()


def test_every_frame_has_its_own_rescale(tmp_path):
    volume = read_volume(enhanced_file(tmp_path, rescale=lambda number: (1, -1024 - number)))
    assert (volume.array == HU).all()


def test_enhanced_file_in_a_folder_is_read(tmp_path):
    assert (read_volume(enhanced_file(tmp_path).parent).array == HU).all()


@pytest.mark.parametrize("rescale", [None, lambda number: (1, -1024 - number)], ids=["one rescale", "own rescale"])
def test_compressed_enhanced_file_is_read(tmp_path, rescale):
    dataset = enhanced(HU, rescale)
    dataset.compress(RLELossless, generate_instance_uid=False)
    dataset.save_as(tmp_path / "enhanced", enforce_file_format=True)
    assert (read_volume(tmp_path / "enhanced").array == HU).all()


def two_series(tmp_path, **elements):
    save(series(HU), tmp_path / "a")
    other = {"SeriesInstanceUID": "1.2.9", "SeriesNumber": 12, "SeriesDescription": "Lung 1.0"} | elements
    save(series(HU[:3] + 1, **other), tmp_path / "b")
    return tmp_path


def test_several_series_are_listed_with_how_to_choose(tmp_path):
    with pytest.raises(InputError) as caught:
        read_volume(two_series(tmp_path))
    text = str(caught.value)
    assert "2 image series" in text
    assert "3 (Abdomen 3.0, CT, 5 images)" in text
    assert "12 (Lung 1.0, CT, 3 images)" in text
    assert "--series 3" in text
    assert "Nowak" not in text


@pytest.mark.parametrize("wanted", ["12", "1.2.9"])
def test_series_is_chosen_by_number_or_uid(tmp_path, wanted):
    assert (read_volume(two_series(tmp_path), series_uid=wanted).array == HU[:3] + 1).all()


def test_series_of_one_number_are_told_apart_by_uid(tmp_path):
    folder = two_series(tmp_path, SeriesNumber=3)
    with pytest.raises(InputError, match=r"--series 1\.2\.3"):
        read_volume(folder)
    with pytest.raises(InputError, match="2 series have the number"):
        read_volume(folder, series_uid="3")


def test_unknown_series_is_answered_with_those_there_are(tmp_path):
    with pytest.raises(InputError, match="No series has.*77.*Abdomen"):
        read_volume(two_series(tmp_path), series_uid="77")


def test_series_can_be_listed(tmp_path):
    listed = list_series(two_series(tmp_path))
    assert [(item.number, item.description, item.image_count) for item in listed] == [
        ("3", "Abdomen 3.0", 5),
        ("12", "Lung 1.0", 3),
    ]


def test_overview_and_color_pictures_are_no_choice(tmp_path):
    save(series(HU), tmp_path / "ct")
    save([image(HU[0], ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"], SeriesInstanceUID="1.2.1")], tmp_path / "scout")
    dose = image(HU[0, :, :6], SeriesInstanceUID="1.2.5", ImagePositionPatient=None, ImageOrientationPatient=None)
    save([dose], tmp_path / "dose sheet")
    color = image(HU[0, :, :6], SeriesInstanceUID="1.2.6")
    color.SamplesPerPixel, color.PhotometricInterpretation, color.PlanarConfiguration = 3, "RGB", 0
    color.PixelData = bytes(3 * 36)
    save([color], tmp_path / "color")
    report = image(HU[0], SeriesInstanceUID="1.2.7", Modality="SR", Rows=None)
    del report.Rows, report.Columns, report.PixelData
    save([report], tmp_path / "report")
    assert (read_volume(tmp_path).array == HU).all()
    assert len(list_series(tmp_path)) == 1


def test_overview_in_the_series_is_left_out(tmp_path):
    overview = image(random_hu(1, 9, 9)[0], ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])
    volume = read([*series(HU), overview], tmp_path)
    assert (volume.array == HU).all()
    assert volume.warnings == ()


def test_folder_with_overviews_alone_is_said(tmp_path):
    with pytest.raises(InputError, match="only overview"):
        read([image(HU[0], ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])], tmp_path)


def test_color_picture_is_refused(tmp_path):
    color = image(HU[0, :, :6], SamplesPerPixel=3, PhotometricInterpretation="RGB", PlanarConfiguration=0)
    color.PixelData = bytes(3 * 36)
    color.save_as(tmp_path / "color", enforce_file_format=True)
    with pytest.raises(InputError, match="color picture"):
        read_volume(tmp_path / "color")
