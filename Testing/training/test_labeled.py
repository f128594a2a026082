"""Slices that earlier weights label for later ones."""

import numpy as np
import pytest
import SimpleITK as sitk

from DomainAdaptLib.synthesis.phantom import phantom_volume
from DomainAdaptLib.synthesis.structures import TISSUES
from DomainAdaptLib.training.labeled import REACH_MM, STEP_MM, labeled_slices, near_slices
from DomainAdaptLib.training.material import DrawnSlice
from SegmentL3Lib.errors import InputError
from SegmentL3Lib.models.shipped import TISSUE_MODEL, shipped_model
from SegmentL3Lib.regions import Region

PIXEL_MM, STEP = 2.0, 5.0


@pytest.fixture(scope="module")
def scan(tmp_path_factory):
    """Folder with a CT of nine slices, and the drawn one in their middle."""
    data = tmp_path_factory.mktemp("data")
    hu, tissues, _ = phantom_volume(3, pixel_mm=PIXEL_MM, size=220, z_range_mm=(-20, 20), slice_mm=STEP)
    image = sitk.GetImageFromArray(hu)
    image.SetSpacing((PIXEL_MM, PIXEL_MM, STEP))
    (data / "somebody").mkdir()
    sitk.WriteImage(image, str(data / "somebody" / "ct.nii.gz"))
    middle = len(hu) // 2
    drawn = DrawnSlice("somebody", middle, hu[middle], tissues[middle], tissues[middle], PIXEL_MM)
    return data, drawn, tissues


@pytest.mark.parametrize("step_mm", [0.7, 1.5, 3.0, 5.0, 8.0])
def test_slices_are_near_a_drawn_one_but_show_something_else(step_mm):
    drawn = [4, 40]
    chosen = near_slices(drawn, 60, step_mm)
    places = np.sort([*drawn, *chosen]) * step_mm
    assert chosen and not set(chosen) & set(drawn)
    assert np.diff(places).min() >= STEP_MM
    assert all(min(abs(index - place) for place in drawn) * step_mm <= REACH_MM for index in chosen)


def test_slices_beside_a_drawn_one_are_labeled_as_they_are(scan):
    data, drawn, tissues = scan
    found = labeled_slices(data, [drawn], shipped_model(TISSUE_MODEL), without=())
    assert [item.slice_index for item in found] == near_slices([drawn.slice_index], len(tissues), STEP)
    for item in found:
        truth = tissues[item.slice_index]
        assert item.hu.shape == truth.shape and item.pixel_mm == PIXEL_MM
        for name in ("subcutaneous_fat", "skeletal_muscle"):
            ours, real = item.zones == TISSUES.index(name), truth == TISSUES.index(name)
            assert 2 * (ours & real).sum() / (ours.sum() + real.sum()) > 0.7
        rim = (item.zones > 0).argmax(axis=0)
        columns = np.flatnonzero((item.zones > 0).any(axis=0))
        assert (item.zones[rim[columns], columns] == Region.OTHER).mean() > 0.9


def test_patients_that_are_left_out_are_not_labeled(scan):
    data, drawn, _ = scan
    with pytest.raises(InputError, match="no slice beside the drawn ones"):
        labeled_slices(data, [drawn], shipped_model(TISSUE_MODEL), without={"somebody"})
