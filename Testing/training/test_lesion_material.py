"""Patients with brain lesions on disk, and samples from them."""

import numpy as np
import pytest
import torch

from DomainAdaptLib.synthesis.brain_tissues import Tissue
from DomainAdaptLib.training import lesion_material
from DomainAdaptLib.training.lesion_material import Heads, make_pools, normalized, quantized, restored, write_case
from DomainAdaptLib.training.lesions import LesionSamples, available
from DomainAdaptLib.training.recipe import read_recipe
from SegmentL3Lib.errors import InputError
from SegmentL3Lib.models.shipped import LESION_MODEL
from SegmentL3Lib.networks import build_network

RECIPE = {"segment": 8, "surroundings": 6}


def write_patient(folder, seed=0, shape=(30, 36, 30)):
    rng = np.random.default_rng(seed)
    stack = np.zeros((5, *shape), np.int8)
    stack[:4, 3:-3, 3:-3, 3:-3] = rng.integers(1, 60, (4, *(size - 6 for size in shape)))
    stack[4, 10:16, 10:16, 10:16] = 1
    folder.mkdir(exist_ok=True)
    np.save(folder / f"{seed}.npy", stack)
    return stack


def test_a_sample_is_a_segment_with_its_surroundings_and_the_same_for_the_same_number(tmp_path):
    write_patient(tmp_path / "pool")
    samples = LesionSamples(RECIPE, tmp_path / "pool")
    for number in range(20):
        image, classes = samples(number)
        assert image.shape == (4, 20, 20, 20) and classes.shape == (8, 8, 8)
        again = samples(number)
        assert (image == again[0]).all() and (classes == again[1]).all()
    assert any(samples(number)[1].any() for number in range(20))


def test_the_classes_lie_in_the_middle_of_the_image(tmp_path):
    stack = write_patient(tmp_path / "pool")
    stack[:4] = 16 + 16 * stack[4]  # the image shows the lesions
    np.save(tmp_path / "pool" / "0.npy", stack)
    samples = LesionSamples(RECIPE, tmp_path / "pool")
    for number in range(10):
        image, classes = samples(number)
        middle = image[:, 6:-6, 6:-6, 6:-6]
        there = middle[(middle != 0).flatten(1).any(1)]
        if classes.any() and not classes.all() and len(there):
            assert there[0][classes == 1].mean() > there[0][classes == 0].mean() + 0.5


def test_small_parts_are_in_the_middle_of_samples_as_often_as_large_ones(tmp_path):
    stack = np.zeros((5, 60, 40, 40), np.int8)
    stack[:4] = 16
    stack[4, 5:25, 10:30, 10:30] = 1
    stack[4, 50:52, 20:22, 20:22] = 1
    stack[4, 40, 20, 20] = 1  # a crumb
    (tmp_path / "pool").mkdir()
    np.save(tmp_path / "pool" / "0.npy", stack)
    samples = LesionSamples({"segment": 12, "surroundings": 0}, tmp_path / "pool")
    sizes = [int(samples(number)[1].sum()) for number in range(150)]
    small, large = sum(1 <= size <= 9 for size in sizes), sum(size > 9 for size in sizes)
    assert small > 15 and large > 15
    assert sizes.count(1) < small / 3


def test_contrasts_are_missing_now_and_then_but_never_all():
    rng = np.random.default_rng(0)
    drawn = {available(rng) for _ in range(500)}
    assert (1, 1, 1, 1) in drawn and len(drawn) > 5 and all(map(any, drawn))


def test_values_survive_being_kept_as_bytes():
    image = np.random.default_rng(0).normal(100, 20, (9, 9, 9)) * (np.indices((9, 9, 9))[0] > 2)
    values = normalized(image)
    inside = image != 0
    assert abs(values[inside].mean()) < 1e-6 and values[inside].std() == pytest.approx(1)
    assert not values[~inside].any()
    assert np.abs(restored(quantized(values)) - values).max() <= 1 / 16
    # What is near 0 is kept apart from what lies outside.
    assert np.array_equal(quantized(values) != 0, inside)


def test_a_patient_is_kept_without_its_empty_surroundings(tmp_path, monkeypatch):
    monkeypatch.setattr(lesion_material, "make_case", lambda *_arguments, **_choices: _Case())
    write_case(Heads([], []), 7, tmp_path / "pool", 1.0)
    contrasts, lesions = lesion_material.read_case(tmp_path / "pool" / "7.npy")
    assert contrasts.shape == (4, 4, 5, 6) and lesions.sum() == 1


class _Case:
    kind = "plaques"

    def __init__(self):
        self.image = np.zeros((4, 10, 10, 10), np.float32)
        self.image[:, 2:6, 2:7, 2:8] = np.random.default_rng(0).uniform(50, 99, (4, 4, 5, 6))
        self.lesions = np.zeros((10, 10, 10), bool)
        self.lesions[3, 3, 3] = True


def test_without_label_maps_of_heads_it_is_said_what_is_missing(tmp_path):
    with pytest.raises(InputError, match="label maps"):
        make_pools(read_recipe(LESION_MODEL), tmp_path, tmp_path)


def test_the_segments_of_the_recipe_fit_its_network():
    recipe = read_recipe(LESION_MODEL)
    segment = recipe["segment"]
    seen = segment + 2 * recipe["surroundings"]
    network = build_network(recipe["network_def"]).to("meta")
    assert network(torch.empty(1, 4, seen, seen, seen, device="meta")).shape[2:] == (segment,) * 3


def test_the_patients_of_the_recipe_have_the_voxels_of_its_network():
    recipe = read_recipe(LESION_MODEL)
    (spacing,) = (step for step in recipe["preprocessing"] if step["_target_"] == "Spacingd")
    assert spacing["pixdim"] == [recipe["voxel_mm"]] * 3
    assert recipe["inferer"]["roi_size"] == [recipe["segment"]] * 3


def test_patients_to_measure_on_give_no_outlines_to_learn_from():
    recipe = read_recipe(LESION_MODEL)
    assert {7, 19} <= set(recipe["not_for_training"])
    assert not set(recipe["validation_masks"]) & set(recipe["not_for_training"])


def test_real_label_maps_have_all_tissues_of_the_brain(shared_data):
    path = shared_data / "brain" / "label-maps" / "map_09.nii.gz"
    if not path.exists():
        pytest.skip("the label maps of heads are absent")
    from DomainAdaptLib.synthesis.brain_maps import read_oriented, tissue_map

    tissues = tissue_map(read_oriented(path)[:, :, 100:150])
    counts = np.bincount(tissues.ravel(), minlength=32)
    for tissue in (Tissue.WHITE_MATTER, Tissue.CORTEX, Tissue.VENTRICLE, Tissue.THALAMUS):
        assert counts[tissue] > 1000
    assert 0.7 < counts[Tissue.CORTEX] / counts[Tissue.WHITE_MATTER] < 2
