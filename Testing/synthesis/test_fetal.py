"""Synthetic fetal brains: atlases, other brains from them, stacks of thick slices, and heads made of shapes."""

import numpy as np
import pytest

from DomainAdaptLib.synthesis.fetal_atlases import Atlas, FetalTissue, atlas_folders, read_atlas
from DomainAdaptLib.synthesis.fetal_brain import make_brain
from DomainAdaptLib.synthesis.fetal_contrast import draw_signal, image_of_atlas, image_of_tissues, middle_signal
from DomainAdaptLib.synthesis.fetal_head import THICKNESS_MM, fetal_tissues, make_fetal_head
from DomainAdaptLib.synthesis.fetal_stack import Motion, take_stack, thin_voxels
from DomainAdaptLib.synthesis.fetal_surroundings import add_outer_fluid, surroundings
from DomainAdaptLib.synthesis.fetal_warp import unchanged, warp
from SegmentL3Lib.errors import InputError
from SegmentL3Lib.structure_names import match_structure
from synthesis.tiny_atlas import tiny_atlas, write_atlas

STILL = Motion(shift_mm=0.0, angle_deg=0.0, lost_share=0.0)


@pytest.fixture(scope="module")
def atlas():
    return tiny_atlas()


@pytest.fixture
def rng():
    return np.random.default_rng(5)


def test_tissues_have_names_that_the_terminology_knows():
    assert [tissue.value for tissue in FetalTissue] == list(range(9))
    assert all(match_structure(tissue.name.lower()).type for tissue in FetalTissue if tissue)


def test_atlas_is_read_cropped_with_white_matter_at_one(atlas, tmp_path):
    write_atlas(tmp_path / "fetal" / "fetal_SB_atlas_GA25_x", atlas)
    (folder,) = atlas_folders(tmp_path)
    read = read_atlas(folder)
    assert read.voxel_mm == atlas.voxel_mm
    assert np.median(read.image[read.tissues == FetalTissue.CEREBRAL_WHITE_MATTER]) == pytest.approx(1)
    assert not read.image[read.tissues == 0].any()
    assert (read.tissues > 0).sum() == (atlas.tissues > 0).sum()
    back = np.argwhere(read.tissues == FetalTissue.CEREBELLUM).mean(0)[1]
    assert back < read.tissues.shape[1] / 2  # the second axis runs to the front


def test_missing_and_damaged_atlases_are_named(tmp_path):
    with pytest.raises(InputError, match="no atlases"):
        atlas_folders(tmp_path)
    (tmp_path / "fetal" / "fetal_SB_atlas_GA25_x").mkdir(parents=True)
    with pytest.raises(InputError, match="GA25_x cannot be read"):
        read_atlas(tmp_path / "fetal" / "fetal_SB_atlas_GA25_x")


def test_unchanged_brain_keeps_its_volume_and_values(atlas):
    image, tissues = unchanged(atlas, 4.0)
    assert image.shape == tissues.shape
    assert (tissues > 0).sum() == pytest.approx((atlas.tissues > 0).sum() * atlas.voxel_mm**3, rel=0.02)
    white = image[tissues == FetalTissue.CEREBRAL_WHITE_MATTER]
    assert np.median(white) == pytest.approx(1, abs=0.02)


def test_other_brains_have_other_sizes_and_all_tissues(atlas):
    volumes = []
    for seed in range(4):
        image, tissues = warp(atlas, 4.0, np.random.default_rng(seed))
        assert image.shape == tissues.shape
        assert set(np.unique(tissues)) == set(np.unique(atlas.tissues))
        assert image[0].mean() < 0.05
        volumes.append((tissues > 0).sum())
    assert max(volumes) > 1.1 * min(volumes)


def test_fluid_is_brightest_whatever_the_contrast(rng):
    for _ in range(20):
        signal = draw_signal(rng)
        fluids = signal[[FetalTissue.INTRA_AXIAL_CSF, FetalTissue.EXTRA_AXIAL_CSF]]
        assert fluids.min() > signal[[FetalTissue.CEREBRAL_WHITE_MATTER, FetalTissue.CEREBRAL_GRAY_MATTER]].max()
        assert not signal[0]


def test_contrast_of_atlas_and_of_tissues_keep_the_order_of_bright_and_dark(atlas, rng):
    signal = draw_signal(rng)
    inside = atlas.tissues == FetalTissue.INTRA_AXIAL_CSF
    white = atlas.tissues == FetalTissue.CEREBRAL_WHITE_MATTER
    for image in (
        image_of_tissues(atlas.tissues, signal, rng),
        image_of_atlas(atlas.image, atlas.tissues, signal, rng),
    ):
        assert image[inside].mean() > 1.15 * image[white].mean()
        assert not image[atlas.tissues == 0].any()


def test_outer_fluid_covers_the_brain_and_nothing_else(atlas, rng):
    tissues = np.pad(atlas.tissues, 6)
    before = tissues.copy()
    new = add_outer_fluid(tissues, 3.0, rng)
    assert new.any() and not (new & (before > 0)).any()
    assert (tissues[new] == FetalTissue.EXTRA_AXIAL_CSF).all()
    assert np.array_equal(tissues[~new], before[~new])


def test_a_dark_skull_lies_around_the_brain(atlas, rng):
    tissues = np.pad(atlas.tissues, 8)
    image = surroundings(tissues, rng)
    assert image.shape == tissues.shape and image.min() >= 0 and image.max() > 1


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_stack_of_a_fetus_at_rest_shows_the_fetus(axis, rng):
    tissues = fetal_tissues(rng, (48, 54, 51))
    image = middle_signal()[tissues]
    slices, labels = take_stack(image, tissues, axis, 3.0, STILL, rng)
    assert slices.shape == labels.shape
    assert slices.shape[axis] == image.shape[axis] // 3
    middles = tissues.take(range(1, image.shape[axis] - 1, 3), axis)
    assert (labels == middles[tuple(map(slice, labels.shape))]).mean() > 0.999
    again = thin_voxels(labels, axis, image.shape[axis], 3.0, linear=False)
    assert (again == tissues).mean() > 0.85


def test_motion_moves_slices_apart_and_loses_some(rng):
    tissues = fetal_tissues(rng, (48, 54, 48))
    image = middle_signal()[tissues]
    _, still = take_stack(image, tissues, 2, 3.0, STILL, np.random.default_rng(0))
    slices, moved = take_stack(image, tissues, 2, 3.0, Motion(2.0, 4.0, 0.5), np.random.default_rng(0))
    assert (still != moved).mean() > 0.05
    means = [values[label > 0].mean() for values, label in zip(slices.T, moved.T, strict=True) if (label > 0).any()]
    assert min(means) < 0.8 * max(means)


def test_thin_voxels_lie_between_the_slices():
    stack = np.array([0.0, 3.0, 6.0], np.float32).reshape(1, 1, 3)
    assert thin_voxels(stack, 2, 9, 3.0, linear=True).ravel() == pytest.approx([0, 0, 1, 2, 3, 4, 5, 6, 6])
    assert thin_voxels(stack, 2, 9, 3.0, linear=False).ravel().tolist() == [0, 0, 0, 3, 3, 3, 6, 6, 6]


def test_same_seed_gives_the_same_brain_and_another_one_another(atlas):
    brain, again, other = make_brain([atlas], 3), make_brain([atlas], 3), make_brain([atlas], 4)
    assert np.array_equal(brain.image, again.image) and np.array_equal(brain.tissues, again.tissues)
    assert brain.image.shape != other.image.shape or not np.array_equal(brain.tissues, other.tissues)


def test_some_brains_are_stripped_and_some_are_not(atlas):
    brains = [make_brain([atlas], seed) for seed in range(6)]
    empty = [(brain.image[brain.tissues == 0] == 0).mean() > 0.8 for brain in brains]
    assert any(empty) and not all(empty)
    assert all(brain.image.dtype == np.float32 and np.isfinite(brain.image).all() for brain in brains)


def test_head_of_shapes_has_all_tissues_and_is_the_same_for_the_same_seed():
    first, again = (fetal_tissues(np.random.default_rng(2), (40, 46, 40)) for _ in range(2))
    assert np.array_equal(first, again)
    head = make_fetal_head(1)
    assert set(np.unique(head.tissues)) == set(range(9))
    brain_ml = (head.tissues > 0).sum() * THICKNESS_MM / 1000
    assert 100 < brain_ml < 350
    fluid = np.median(head.image[head.tissues == FetalTissue.INTRA_AXIAL_CSF])
    assert fluid > 1.3 * np.median(head.image[head.tissues == FetalTissue.CEREBRAL_WHITE_MATTER])


def test_real_atlases_have_all_tissues(shared_data):
    if not (shared_data / "fetal").exists():
        pytest.skip("the atlases of the fetal brain are absent")
    youngest = read_atlas(atlas_folders(shared_data)[0])
    assert isinstance(youngest, Atlas) and set(np.unique(youngest.tissues)) == set(range(9))
    fluid = youngest.image[youngest.tissues == FetalTissue.INTRA_AXIAL_CSF].mean()
    assert 1.2 < fluid < 1.6
