"""Generated slices and scans that no model has seen."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from DomainAdaptLib.evaluation import phantom_slices, phantom_spines
from DomainAdaptLib.evaluation.generated import generate
from DomainAdaptLib.evaluation.phantom_slices import is_hard, phantom_slice
from DomainAdaptLib.evaluation.phantom_spines import ABSENT, SLICE_MM, phantom_scans, variant_of
from DomainAdaptLib.synthesis.spine import VARIANTS, Spine
from DomainAdaptLib.synthesis.structures import Structure
from DomainAdaptLib.training.recipe import read_recipe, recipe_names
from SegmentL3Lib.labels import load_labels

WITHOUT_FLUID = SimpleNamespace(organs=SimpleNamespace(ascites=None))
WITH_FLUID = SimpleNamespace(organs=SimpleNamespace(ascites=(20.0,)))


@pytest.mark.parametrize("name", recipe_names())
def test_no_recipe_trains_on_the_seeds_of_the_evaluation(name):
    recipe = read_recipe(name)
    last = recipe["first_seed"] + recipe["patients"]
    assert last <= min(phantom_slices.FIRST_SEED, phantom_spines.FIRST_SEED)


def test_the_truth_of_a_slice_keeps_to_the_ct_numbers_of_each_tissue(monkeypatch):
    monkeypatch.setattr(phantom_slices, "PIXEL_MM", 3.0)
    monkeypatch.setattr(phantom_slices, "SIZE", 170)
    item = phantom_slice(2)
    assert item.place == "L3" and item.hu.shape == item.drawn.shape == (170, 170)
    assert [each.distance_mm for each in item.beside] == [3.0, 3.0]
    assert all((each.hu != item.hu).mean() > 0.01 and each.hu.shape == item.hu.shape for each in item.beside)
    values = {label.id: label.value for label in load_labels()}
    muscle, fat = (item.hu[item.drawn == values[name]] for name in ("skeletal_muscle", "visceral_fat"))
    assert muscle.size > 100 and muscle.min() >= -29 and muscle.max() <= 150
    assert fat.size > 0 and fat.min() >= -150 and fat.max() <= -50


def wall_with(structure, gap):
    labels = np.zeros((40, 60), np.uint8)
    labels[10:14] = Structure.RECTUS_ABDOMINIS
    labels[14:] = Structure.VISCERAL_FAT
    labels[14 + gap : 30, 20:40] = structure
    return labels


def test_a_mass_makes_a_slice_hard_where_it_touches_the_wall():
    assert is_hard(wall_with(Structure.MASS, 0), 2.0, WITHOUT_FLUID)
    assert not is_hard(wall_with(Structure.MASS, 2), 2.0, WITHOUT_FLUID)
    assert not is_hard(wall_with(Structure.LIVER, 0), 2.0, WITH_FLUID)


def test_fluid_makes_a_slice_hard_unless_it_is_a_cyst():
    assert is_hard(wall_with(Structure.ASCITES, 2), 2.0, WITH_FLUID)
    assert not is_hard(wall_with(Structure.ASCITES, 0), 2.0, WITHOUT_FLUID)


def test_one_spine_in_five_has_a_variant_and_all_variants_come():
    variants = [variant_of(number) for number in range(200)]
    assert sum(variant is not None for variant in variants) == 40
    assert set(variants) == {None, *VARIANTS}


class FakeTorso:
    """Each slice holds its own height in place of structures."""

    def __init__(self, seed, variant):
        self.spine = Spine(np.random.default_rng(seed), 30.0, variant)

    def slice_at(self, z, pixel_mm):
        return SimpleNamespace(labels=np.full((2, 2), z, np.float32))


@pytest.fixture
def heights_as_image(monkeypatch):
    monkeypatch.setattr(phantom_spines, "Torso", FakeTorso)
    monkeypatch.setattr(phantom_spines, "render", lambda labels, rng: labels)


@pytest.mark.parametrize("number", range(12))
def test_one_scan_shows_the_whole_of_l3_and_the_other_nothing_of_it(heights_as_image, number):
    body = FakeTorso(phantom_spines.FIRST_SEED + number, variant_of(number)).spine.vertebra("L3")
    inside, outside = phantom_scans(number)
    heights = inside.volume.array[:, 0, 0]
    assert heights[0] < body.bottom and heights[-1] > body.top
    index = int(round(inside.middle))
    assert abs(heights[index] - body.middle) <= SLICE_MM / 2
    assert (inside.ends[1] - inside.ends[0]) * SLICE_MM == pytest.approx(body.top - body.bottom)
    assert inside.group == (variant_of(number) or phantom_spines.NORMAL)
    away = outside.volume.array[:, 0, 0]
    assert outside.group == ABSENT and outside.middle is None
    assert away.min() > body.top or away.max() < body.bottom
    assert len(away) * SLICE_MM > 60


def test_scans_without_l3_end_above_it_or_below_it(heights_as_image):
    sides = {phantom_scans(number)[1].volume.array.min() > 0 for number in range(12)}
    assert sides == {True, False}


def test_a_rendered_scan_has_the_ct_numbers_of_its_structures():
    labels = np.full((12, 12, 12), Structure.AIR, np.uint8)
    labels[3:9, 3:9, 3:9] = Structure.CORTICAL_BONE
    image = phantom_spines.render(labels, np.random.default_rng(0))
    assert image[5:7, 5:7, 5:7].min() > 150 and image[0].max() < -900


def test_cases_come_in_order_whether_other_processes_make_them_or_not():
    assert list(generate(math.isqrt, 11)) == list(generate(math.isqrt, 11, workers=1))
