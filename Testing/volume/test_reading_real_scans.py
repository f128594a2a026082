"""Real scans, where they are at hand."""

import numpy as np
import pytest
import SimpleITK as sitk

from SegmentL3Lib.checks import require_ct
from SegmentL3Lib.reading import read_volume


def test_real_series_in_jpeg_2000_equals_what_gdcm_reads(shared_data):
    folder = shared_data / "ct" / "totalseg-example" / "dicom_slab"
    if not folder.is_dir():
        pytest.skip("the DICOM series is absent")
    volume = read_volume(folder)
    require_ct(volume)
    images = [sitk.ReadImage(str(path)) for path in folder.iterdir()]
    images.sort(key=lambda image: image.GetOrigin()[2])
    assert (volume.array == np.concatenate([sitk.GetArrayFromImage(image) for image in images])).all()
    assert volume.geometry.origin == pytest.approx(images[0].GetOrigin())
    assert volume.geometry.spacing == pytest.approx((0.9765625, 0.9765625, 2.0))
    assert volume.acquisition["convolution_kernel"] == "Br38f 3"
    assert volume.warnings == ()


def test_real_nifti_equals_what_simpleitk_reads(shared_data):
    path = shared_data / "ct" / "totalseg-example" / "ct.nii.gz"
    if not path.is_file():
        pytest.skip("the scan is absent")
    volume = read_volume(path)
    require_ct(volume)
    image = sitk.ReadImage(str(path))
    assert (volume.array == sitk.GetArrayFromImage(image)).all()
    assert volume.geometry.direction == pytest.approx(image.GetDirection())
    assert volume.warnings == ()
