"""The samples of the fetal tasks."""

import json

import numpy as np
import pytest
import SimpleITK as sitk

from SegmentL3Lib import cli
from SegmentL3Lib.reading import read_volume


def test_sample_is_written_with_its_truth(tmp_path, capsys):
    out = tmp_path / "sample"
    assert cli.main(["phantom", "--task", "fetal_brain_3d", "--seed", "4", "--out", str(out)]) == 0
    names = ["t2.nii.gz", "truth.seg.nrrd", "truth.json"]
    assert [path.rpartition("/")[2] for path in capsys.readouterr().out.split()] == names
    image, labels = read_volume(out / "t2.nii.gz"), sitk.ReadImage(str(out / "truth.seg.nrrd"))
    assert image.geometry.spacing == pytest.approx((1.0, 1.0, 3.0))
    array = sitk.GetArrayFromImage(labels)
    assert array.shape == image.array.shape and set(np.unique(array)) == set(range(9))
    volumes = json.loads((out / "truth.json").read_text(encoding="utf-8"))["volumes_ml"]
    assert volumes["cerebellum"] == pytest.approx((array == 3).sum() * 3 / 1000)
    y_of_cerebellum, y_of_all = (np.argwhere(mask).mean(0)[1] for mask in (array == 3, array > 0))
    assert (y_of_cerebellum - y_of_all) * labels.GetDirection()[4] > 0  # towards the back in LPS


def test_sample_of_the_organs_has_its_slices_along_the_last_axis(tmp_path, monkeypatch):
    monkeypatch.setattr("SegmentL3Lib.cli.fetal_phantom.WOMB_PIXEL_MM", 5.0)
    assert cli.main(["phantom", "--task", "fetal_organs_3d", "--seed", "3", "--out", str(tmp_path)]) == 0
    image, labels = read_volume(tmp_path / "t2.nii.gz"), sitk.ReadImage(str(tmp_path / "truth.seg.nrrd"))
    facts = json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))
    assert image.geometry.spacing[:2] == pytest.approx((5.0, 5.0)) and 3 <= image.geometry.spacing[2] <= 5
    array = sitk.GetArrayFromImage(labels)
    assert array.shape == image.array.shape and set(np.unique(array)) == set(range(5))
    assert facts["volumes_ml"]["placenta"] == pytest.approx((array == 2).sum() * np.prod(labels.GetSpacing()) / 1000)
    assert 20 <= facts["weeks"] <= 36
