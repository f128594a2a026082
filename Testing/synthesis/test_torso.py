"""Random torsos as label maps."""

import numpy as np
import pytest
from scipy import ndimage

from DomainAdaptLib.synthesis.spine import VERTEBRAE
from DomainAdaptLib.synthesis.structures import MUSCLES, TISSUES, Structure, tissue_classes, tissue_of_structure
from DomainAdaptLib.synthesis.torso import Torso

PIXEL_MM = 3.0
SEEDS = (0, 3, 5, 8)


@pytest.fixture(scope="module")
def torsos():
    return {seed: Torso(seed) for seed in SEEDS}


def test_the_same_seed_gives_the_same_patient(torsos):
    assert np.array_equal(Torso(3).slice_at(10, PIXEL_MM).labels, torsos[3].slice_at(10, PIXEL_MM).labels)


def test_a_slice_does_not_depend_on_the_slices_before_it(torsos):
    fresh = Torso(5)
    fresh.slice_at(-60, PIXEL_MM)
    assert np.array_equal(fresh.slice_at(20, PIXEL_MM).labels, torsos[5].slice_at(20, PIXEL_MM).labels)


def test_other_seeds_give_other_patients(torsos):
    assert not np.array_equal(torsos[0].slice_at(0, PIXEL_MM).labels, torsos[3].slice_at(0, PIXEL_MM).labels)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_tissue_is_in_a_slice_at_l3(torsos, seed):
    classes = tissue_classes(torsos[seed].slice_at(0, PIXEL_MM).labels, PIXEL_MM)
    assert set(range(1, 8)) <= set(np.unique(classes)) | {TISSUES.index("bowel")}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_body_is_one_piece(torsos, seed):
    body = tissue_of_structure()[torsos[seed].slice_at(0, PIXEL_MM).labels] > 0
    assert ndimage.label(body)[1] == 1


@pytest.mark.parametrize("seed", SEEDS)
def test_vertebrae_are_stacked_in_order_with_l3_in_the_middle(torsos, seed):
    vertebrae = torsos[seed].spine.vertebrae
    assert tuple(vertebra.name for vertebra in vertebrae) == VERTEBRAE
    for lower, upper in zip(vertebrae[:-1], vertebrae[1:], strict=True):
        assert lower.bottom < lower.top < upper.bottom
    assert torsos[seed].spine.vertebra("L3").middle == pytest.approx(0)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_slice_through_the_middle_of_a_body_shows_that_vertebra(torsos, seed):
    for name in ("L4", "L3", "L2"):
        vertebra = torsos[seed].spine.vertebra(name)
        bodies = torsos[seed].slice_at(vertebra.middle, PIXEL_MM).bodies
        values, counts = np.unique(bodies[bodies > 0], return_counts=True)
        assert VERTEBRAE[values[counts.argmax()] - 1] == name


@pytest.mark.parametrize("seed", SEEDS)
def test_ribs_are_above_and_hip_bones_below_the_lumbar_spine(torsos, seed):
    high, low = (torsos[seed].slice_at(z, PIXEL_MM).labels for z in (110, -110))
    assert (high == Structure.RIB).any() and not (low == Structure.RIB).any()
    assert (low == Structure.HIP_BONE).any() and not (high == Structure.HIP_BONE).any()


def test_the_skin_is_a_rim_of_2_mm_whatever_the_pixel_size():
    fine = np.full((100, 100), Structure.AIR, np.uint8)
    fine[20:80, 20:80] = Structure.SUBCUTANEOUS_FAT
    other = TISSUES.index("other")
    assert (tissue_classes(fine, 1.0)[50] == other).sum() == 4
    assert (tissue_classes(fine, 0.5)[50] == other).sum() == 8
    assert (tissue_classes(fine, 3.0)[50] == other).sum() == 0


def test_muscles_are_muscle_and_everything_has_a_tissue():
    table = tissue_of_structure()
    assert len(table) == len(Structure)
    assert set(table[list(MUSCLES)]) == {TISSUES.index("skeletal_muscle")}
    assert sorted(structure.value for structure in Structure) == list(range(len(Structure)))
