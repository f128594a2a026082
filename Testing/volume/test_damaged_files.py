"""A file with wrong bytes anywhere is read or refused, but never ends in another error."""

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given, settings
from hypothesis import strategies as st

from SegmentL3Lib.errors import InputError
from SegmentL3Lib.reading import read_volume
from volume.dicom_series import enhanced, image, random_hu
from volume.nifti_files import nifti

HU = random_hu(2, 8, 8)
NAMES = ["ct.nii", "ct.nii.gz", "ct.nrrd", "ct.mha", "classic", "enhanced"]
EXAMPLES_EACH = 40

changes = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=5)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    for name in NAMES[:2]:
        nifti(folder / name, HU)
    for name in NAMES[2:4]:
        sitk.WriteImage(sitk.GetImageFromArray(HU), str(folder / name))
    image(HU[0]).save_as(folder / "classic", enforce_file_format=True)
    enhanced(HU).save_as(folder / "enhanced", enforce_file_format=True)
    return folder


@pytest.mark.parametrize("name", NAMES)
def test_damaged_file_is_read_or_refused(folder, tmp_path, name):
    whole = (folder / name).read_bytes()
    path = tmp_path / name

    @given(changes, st.one_of(st.none(), st.floats(0, 1)))
    @settings(max_examples=EXAMPLES_EACH, deadline=None, derandomize=True)
    def check(changed, kept):
        content = bytearray(whole)
        for place, value in changed:
            content[int(place * len(content))] = value
        path.write_bytes(content if kept is None else content[: int(kept * len(content))])
        try:
            volume = read_volume(path)
        except InputError:
            return
        assert volume.array.ndim == 3
        assert np.isfinite(volume.array).all()
        assert min(volume.geometry.spacing) > 0

    check()
