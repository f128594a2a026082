"""Slices are turned upright and laid with the vertebra on one spot."""

import numpy as np
import pytest
from scipy import ndimage

from DomainAdaptLib.synthesis.structures import TISSUES
from DomainAdaptLib.training.material import read_drawn_slices
from quality.torso import SPACING_MM, VALUE, torso_slice
from SegmentL3Lib.slice_alignment import GRID, SPINE, align_slice, scale_hu
from SegmentL3Lib.slice_alignment import PIXEL_MM as GRID_MM

PIXEL_MM = SPACING_MM[0]
BONE = VALUE["bone"]


def turned(array, degrees, fill):
    return ndimage.rotate(array, degrees, reshape=False, order=0, cval=fill)


def overlap(first, second):
    return 2 * (first & second).sum() / (first.sum() + second.sum())


def grid_of(labels, hu):
    return align_slice(hu, PIXEL_MM).to_grid(labels == BONE) > 0.5


def test_the_vertebra_comes_to_lie_on_its_spot():
    labels, hu = torso_slice(shift_mm=(-12.0, 20.0))
    assert np.allclose(ndimage.center_of_mass(grid_of(labels, hu)), SPINE, atol=1.0)


@pytest.mark.parametrize("degrees", [-20, -7, 12])
def test_a_turned_body_is_laid_upright(degrees):
    labels, hu = torso_slice()
    upright = grid_of(labels, hu)
    again = grid_of(turned(labels, degrees, 0), turned(hu, degrees, -1000))
    assert overlap(upright, again) > 0.9


def test_the_grid_keeps_areas():
    labels, hu = torso_slice()
    on_grid = align_slice(hu, PIXEL_MM).to_grid(labels == VALUE["skeletal_muscle"])
    assert on_grid.shape == GRID and on_grid.dtype == np.float32
    area_mm2 = (labels == VALUE["skeletal_muscle"]).sum() * PIXEL_MM**2
    assert on_grid.sum() * GRID_MM**2 == pytest.approx(area_mm2, rel=0.03)


def test_a_slice_without_a_body_is_refused():
    with pytest.raises(ValueError, match="no body"):
        align_slice(np.full((64, 64), -1000, np.int16), PIXEL_MM)


def test_ct_numbers_are_scaled_to_values_from_0_to_1():
    assert scale_hu(np.array([-1000, -200, 50, 300, 2000])).tolist() == [0, 0, 0.5, 1, 1]


@pytest.mark.parametrize("case", ["crlm1006", "hcc006", "hcc008", "totalseg-example"])
def test_the_vertebra_of_drawn_slices_is_found(case, shared_data, tmp_path):
    """Among them a rotated patient and one with scoliosis, whose spine lies off the axis of the body."""
    (tmp_path / case).symlink_to(shared_data / "ct" / case)
    for item in read_drawn_slices(tmp_path):
        bone = align_slice(item.hu, item.pixel_mm).to_grid(item.drawn == TISSUES.index("bone"))
        places = np.argwhere(bone > 0.3) - SPINE
        ribs_left_out = places[np.hypot(*places.T) < 65 / GRID_MM]
        assert np.hypot(*np.median(ribs_left_out, axis=0)) < 27 / GRID_MM, f"slice {item.slice_index}"
