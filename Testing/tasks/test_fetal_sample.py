"""The sample of the fetal brain task."""

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
