"""Phantom CT volumes and rendered training slices."""

import numpy as np
import pytest
import torch

from DomainAdaptLib.synthesis.phantom import phantom_levels, phantom_volume
from DomainAdaptLib.synthesis.render import GRID, random_hu, render_slice, smooth_field, soak_back
from DomainAdaptLib.synthesis.structures import TISSUES, Structure
from DomainAdaptLib.synthesis.torso import Torso

SMALL = {"slice_mm": 10.0, "pixel_mm": 3.0, "size": 160, "z_range_mm": (-30.0, 30.0)}


@pytest.fixture(scope="module")
def phantom():
    return phantom_volume(4, **SMALL)


def test_ct_and_truth_lie_on_one_grid(phantom):
    hu, tissues, _ = phantom
    assert hu.shape == tissues.shape == (7, 160, 160)
    assert hu.dtype == np.int16 and tissues.dtype == np.uint8


def test_the_same_seed_gives_the_same_volume(phantom):
    again = phantom_volume(4, **SMALL)
    assert np.array_equal(again[0], phantom[0]) and np.array_equal(again[1], phantom[1])


def test_l3_is_where_the_truth_says(phantom):
    assert phantom[2]["L3"] == pytest.approx(3.0)


def test_tissues_have_the_ct_numbers_of_tissues(phantom):
    hu, tissues, _ = phantom
    median = {name: np.median(hu[tissues == TISSUES.index(name)]) for name in ("subcutaneous_fat", "skeletal_muscle")}
    assert -130 < median["subcutaneous_fat"] < -70
    assert 0 < median["skeletal_muscle"] < 90
    assert np.median(hu[:, :10, :10]) < -950


def test_progress_is_told_slice_by_slice():
    told = []
    phantom_volume(4, slice_mm=20.0, pixel_mm=5.0, size=100, z_range_mm=(-20.0, 20.0), progress=told.append)
    assert told == [pytest.approx(share) for share in (1 / 3, 2 / 3, 1)]


def test_a_coarse_phantom_names_its_vertebrae():
    labels, bodies = phantom_levels(1, 8.0, 8.0, (-60.0, 60.0))
    assert labels.shape == bodies.shape
    assert bodies.max() > 0 and set(np.unique(labels)) <= {int(value) for value in Structure}


def test_a_rendered_slice_is_a_pair_of_image_and_classes():
    fine = Torso(2).slice_at(0, 1.0).labels
    image, classes = render_slice(fine, 5)
    assert tuple(image.shape) == tuple(classes.shape) == GRID
    assert int(classes.max()) < len(TISSUES)
    again, _ = render_slice(fine, 5)
    assert np.array_equal(image, again)
    other, _ = render_slice(fine, 6)
    assert not np.array_equal(image, other)


def test_a_thick_slice_shows_its_neighbor_but_bears_its_own_classes():
    torso = Torso(2)
    here, near = (torso.slice_at(z, 1.0).labels for z in (0, 5))
    pairs = [(render_slice(here, seed), render_slice(here, seed, near)) for seed in range(4)]
    for (_, alone), (_, thick) in pairs:  # each may be cut by a field of view of its own
        seen = (alone > 0) & (thick > 0)
        assert seen.any() and np.array_equal(alone[seen], thick[seen])
    assert any(not np.array_equal(alone[0], thick[0]) for alone, thick in pairs)


def test_muscle_is_denser_than_fat_in_every_random_scan():
    for seed in range(30):
        hu = random_hu(np.random.default_rng(seed))
        assert hu[Structure.PSOAS] > hu[Structure.VISCERAL_FAT] + 30
        assert hu[Structure.AIR] == -1000


@pytest.mark.parametrize("shape", [(40, 30), (96, 2), (400, 500)])
def test_random_fields_have_the_shape_asked_for(shape):
    for length in (3.0, 24.0):
        field = smooth_field(torch.Generator().manual_seed(0), shape, length, 2)
        assert tuple(field.shape) == (2, *shape)


def test_edema_of_the_back_stays_in_its_fat_and_below_water():
    image = torch.full((200, 300), -100.0)
    fat = torch.zeros(image.shape, dtype=torch.bool)
    fat[:, 20:280] = True
    soaked = soak_back(image, fat, np.random.default_rng(0), torch.Generator().manual_seed(0))
    changed = soaked != image
    assert changed.any() and not changed[~fat].any() and not changed[:100].any()
    assert soaked.max() <= 15
