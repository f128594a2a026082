"""The lesion experiment on a few made-up slices, and its tables."""

import copy

import numpy as np
import pytest

from DomainAdaptLib.experiments import lesions
from DomainAdaptLib.experiments.lesion_slices import CLASSES, SliceSamples, TumorSlices, kept_slices
from DomainAdaptLib.experiments.lesion_tables import WHOLE, difference_table, overlap_table
from DomainAdaptLib.experiments.settings import read_settings
from DomainAdaptLib.synthesis.brain_tissues import Tissue
from SegmentL3Lib.errors import InputError

SMALL = {"features": [4, 4], "hidden": [4], "segment": 8}


def tumor_slices(count=4):
    rng = np.random.default_rng(0)
    classes = np.zeros((count, 24, 28), np.uint8)
    for number, size in ((1, 8), (2, 5), (3, 2)):
        classes[:, 12 - size : 12 + size, 14 - size : 14 + size] = number
    images = classes[:, None] + 0.2 * rng.standard_normal((count, 2, 24, 28))
    return TumorSlices(images.astype(np.float32), classes, np.arange(count) // 2)


@pytest.fixture
def settings():
    own = copy.deepcopy(read_settings("lesions"))
    for variant in own["variants"].values():
        variant["features"] = SMALL["features"]
    own |= {"hidden": SMALL["hidden"], "segment": SMALL["segment"]}
    return own | {"training": {"steps": 2, "batch": 2, "learning_rate": 0.01}}


def test_a_seed_gives_a_row_for_each_variant_and_for_the_field(settings, tmp_path):
    slices = dict.fromkeys(("train", "validation", "test"), tumor_slices())
    rows = lesions._seed_rows(slices, settings, 0, tmp_path)
    names = [row["variant"] for row in rows]
    assert set(settings["variants"]) < set(names) and names[1] == f"{settings['refined']}, CRF"
    assert all(0 <= row[key] <= 1 for row in rows for key in (WHOLE, *CLASSES[1:]))
    assert not list(tmp_path.iterdir())


def test_squares_show_what_they_are_labeled_with():
    samples = SliceSamples(tumor_slices(), 8, 4, 0)
    for number in range(10):
        image, classes = samples(number)
        assert image.shape == (2, 16, 16) and classes.shape == (8, 8)
        assert abs(image[0, 4:-4, 4:-4] - classes).mean() < 0.4


def test_squares_reach_beyond_the_slice_where_they_have_to():
    samples = SliceSamples(tumor_slices(), 24, 9, 0)
    image, classes = samples(0)
    assert image.shape == (2, 42, 42) and not image[:, :9].any() and classes.any()


def test_the_smallest_class_and_the_scales_are_compared_seed_by_seed(settings):
    names = [*settings["variants"], f"{settings['refined']}, CRF"]
    rows = [
        {"variant": name, "seed": seed, "parameters": 1000, WHOLE: 0.5 + 0.1 * place + 0.01 * seed}
        | dict.fromkeys(CLASSES[1:], 0.2 + 0.05 * place)
        for place, name in enumerate(names)
        for seed in range(3)
    ]
    table = difference_table(rows, "enhancing")
    assert "cross entropy − one scale, cross entropy | whole | -10.0 (-10.0 to -10.0) | 0 of 3 |" in table
    assert "generalized Wasserstein Dice − three scales, cross entropy | enhancing | +10.0 " in table
    assert "0.510 ± 0.010" in overlap_table(rows, lesions.COLUMNS)


def test_without_label_maps_of_heads_it_is_said_what_is_missing(tmp_path):
    with pytest.raises(InputError, match="label maps"):
        kept_slices({"maps": [1]}, 2, tmp_path, tmp_path / "slices.npz")


def test_slices_show_the_parts_of_the_tumor(monkeypatch, tmp_path):
    from DomainAdaptLib.experiments import lesion_slices
    from DomainAdaptLib.synthesis.brain import BrainCase

    tissues = np.zeros((6, 7, 8), np.uint8)
    tissues[2:5, 2:5, 1:7] = Tissue.EDEMA
    tissues[3, 3, 3:6] = Tissue.ENHANCING_TUMOR
    image = np.random.default_rng(0).uniform(1, 2, (4, 6, 7, 8)).astype(np.float32)
    monkeypatch.setattr(lesion_slices, "make_case", lambda *_, **__: BrainCase("tumor", image, tissues > 0, tissues))
    images, classes = lesion_slices._slices([], 0, 3)
    assert images.shape == (3, 4, 6, 7) and classes.shape == (3, 6, 7)
    assert set(np.unique(classes)) == {0, 1, 3}


def test_the_page_holds_the_tables_and_finished_seeds_are_not_made_again(settings, monkeypatch, tmp_path):
    monkeypatch.setattr(lesions, "kept_slices", lambda *_: tumor_slices())
    page = lesions.run_experiment(tmp_path, tmp_path, tmp_path / "out", 1, settings)
    assert "| one scale, cross entropy |" in page and "| enhancing |" in page
    monkeypatch.setattr(lesions, "_seed_rows", lambda *_: pytest.fail("made again"))
    assert lesions.run_experiment(tmp_path, tmp_path, tmp_path / "out", 1, settings) == page
    assert (tmp_path / "out" / "lesions.csv").exists() and (tmp_path / "out" / lesions.PAGE).exists()
