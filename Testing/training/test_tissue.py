"""Samples of the tissue model."""

import numpy as np
import pytest
import torch

from DomainAdaptLib.synthesis.phantom import phantom_volume
from DomainAdaptLib.synthesis.render import GRID, MAP_MM
from DomainAdaptLib.synthesis.structures import TISSUES
from DomainAdaptLib.synthesis.torso import Torso
from DomainAdaptLib.training.material import DrawnSlice, save_drawn
from DomainAdaptLib.training.recipe import read_recipe
from DomainAdaptLib.training.tissue import TissueSamples, augment_drawn

FAT, MUSCLE, BONE = (TISSUES.index(name) for name in ("subcutaneous_fat", "skeletal_muscle", "bone"))


@pytest.fixture(scope="module")
def drawn():
    hu, tissues, _ = phantom_volume(3, pixel_mm=2.0, size=220, z_range_mm=(0, 0))
    return DrawnSlice("somebody", 5, hu[0], tissues[0], tissues[0], 2.0)


@pytest.fixture(scope="module")
def files(drawn, tmp_path_factory):
    folder = tmp_path_factory.mktemp("samples")
    labels = Torso(3).slice_at(0, MAP_MM).labels
    np.savez(folder / "maps.npz", maps=np.stack([labels, labels])[None])
    save_drawn([drawn], folder / "drawn.npz")
    return folder / "maps.npz", folder / "drawn.npz"


def _samples(files, real_share, **options):
    return TissueSamples(read_recipe("l3_tissue_2d"), *files, real_share, **options)


@pytest.mark.parametrize("real_share", [0.0, 1.0])
def test_a_sample_is_the_same_for_the_same_number_and_another_for_another(files, real_share):
    samples = _samples(files, real_share)
    (image, classes), (again, _), (other, _) = samples(4), samples(4), samples(5)
    assert image.shape == (1, *GRID) and classes.shape == GRID
    assert image.abs().max() <= 2 and classes.max() < len(TISSUES)
    assert torch.equal(image, again) and not torch.equal(image, other)


def test_coarser_samples_show_the_same_patient_on_larger_pixels(files):
    (fine, fine_classes), (coarse, coarse_classes) = (_samples(files, 0.0, coarse=half)(1) for half in (False, True))
    assert coarse.shape == (1, GRID[0] // 2, GRID[1] // 2)
    assert (fine_classes[1::2, 1::2] == coarse_classes).all()
    # The scale of gray values is cut at both ends, before the mean of pixels in one case and after it in the other.
    assert (fine[0, 1::2, 1::2] - coarse[0]).abs().median() < 0.2


def test_patients_to_measure_on_are_not_learned_from(files, drawn):
    assert not torch.equal(_samples(files, 1.0)(0)[0], _samples(files, 0.0)(0)[0])
    left_out = _samples(files, 1.0, without=frozenset({drawn.case}))
    assert torch.equal(left_out(0)[0], _samples(files, 0.0)(0)[0])


def test_labeled_slices_are_taken_as_often_as_drawn_ones(files, drawn, tmp_path):
    labeled = DrawnSlice(drawn.case, 6, drawn.hu, drawn.drawn, np.full_like(drawn.zones, BONE), drawn.pixel_mm)
    save_drawn([labeled], tmp_path / "labeled.npz")
    samples = _samples(files, 1.0, labeled=tmp_path / "labeled.npz")
    all_bone = [set(samples(number)[1].unique().tolist()) <= {0, BONE} for number in range(40)]
    assert 0.25 < np.mean(all_bone) < 0.75
    left_out = _samples(files, 1.0, labeled=tmp_path / "labeled.npz", without=frozenset({drawn.case}))
    assert torch.equal(left_out(0)[0], _samples(files, 0.0)(0)[0])


def test_changed_slices_keep_their_tissues_where_their_ct_numbers_are(drawn):
    for seed in range(6):
        hu, classes = augment_drawn(drawn, seed)
        medians = [hu[classes == tissue].median() for tissue in (FAT, MUSCLE, BONE)]
        assert -200 < medians[0] < medians[1] < medians[2]
