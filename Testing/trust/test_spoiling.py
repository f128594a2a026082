"""What the bench spoils stays what it was in kind, and gets worse."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from DomainAdaptLib.evaluation.slices import TrueSlice
from DomainAdaptLib.trust.ruined_images import IMAGE_RUINS
from DomainAdaptLib.trust.ruined_masks import MASK_RUINS
from DomainAdaptLib.trust.weakened import weakened
from models.packages import SCALING, spacing, write_tiny
from quality.torso import torso_slice
from SegmentL3Lib.models import load_bundle
from SegmentL3Lib.segment import SliceBeside

PIXEL_MM = 1.5


@pytest.fixture(scope="module")
def item():
    labels, hu = torso_slice()
    labels[100:130, 60:80] = 6  # bowel on one side, or nobody could tell left from right
    beside = SliceBeside(np.roll(hu, 1, 0), 3.0), SliceBeside(np.roll(hu, -1, 0), 3.0)
    return TrueSlice("case", "1", "drawn", hu, labels, PIXEL_MM, beside)


@pytest.mark.parametrize("name", IMAGE_RUINS)
def test_a_spoiled_image_is_another_one(item, name):
    spoiled = IMAGE_RUINS[name](item, np.random.default_rng(1))
    assert spoiled.hu.shape == item.hu.shape and spoiled.hu.dtype == item.hu.dtype
    assert spoiled.drawn.shape == item.drawn.shape and spoiled.drawn.dtype == np.uint8
    assert spoiled.pixel_mm != item.pixel_mm or (spoiled.hu != item.hu).mean() > 0.02
    again = IMAGE_RUINS[name](item, np.random.default_rng(1))
    assert np.array_equal(again.hu, spoiled.hu) and again.pixel_mm == spoiled.pixel_mm


@pytest.mark.parametrize("name", [name for name in IMAGE_RUINS if name not in ("noise", "wrong pixel size")])
def test_slices_beside_are_spoiled_like_the_slice_itself(item, name):
    twin = replace(item, beside=(SliceBeside(item.hu, 3.0),))
    spoiled = IMAGE_RUINS[name](twin, np.random.default_rng(1))
    assert np.array_equal(spoiled.beside[0].hu, spoiled.hu) and not np.array_equal(spoiled.hu, item.hu)


def test_noise_is_another_one_in_slices_beside(item):
    spoiled = IMAGE_RUINS["noise"](replace(item, beside=(SliceBeside(item.hu, 3.0),)), np.random.default_rng(1))
    own, other = spoiled.hu - item.hu, spoiled.beside[0].hu - item.hu
    assert other.std() == pytest.approx(own.std(), rel=0.05)
    assert abs(np.corrcoef(own.ravel(), other.ravel())[0, 1]) < 0.1


def test_what_is_cut_off_is_not_in_the_truth(item):
    spoiled = IMAGE_RUINS["cut field of view"](item, np.random.default_rng(1))
    lost = spoiled.hu == -1024
    assert (item.drawn[lost] > 0).any() and not spoiled.drawn[lost].any()


@pytest.mark.parametrize("name", MASK_RUINS)
def test_a_spoiled_mask_is_worse_and_holds_known_labels(item, name):
    worse = [MASK_RUINS[name](item.drawn, PIXEL_MM, np.random.default_rng(seed)) for seed in range(4)]
    assert all(mask.dtype == np.uint8 and set(np.unique(mask)) <= set(np.unique(item.drawn)) for mask in worse)
    assert np.mean([(mask != item.drawn).mean() for mask in worse]) > 0.003


def test_a_weakened_model_is_a_copy(tmp_path):
    model = load_bundle(write_tiny(tmp_path / "tiny", transforms=[spacing(2.0, 2.0), SCALING]))
    before = [values.clone() for values in model.network.parameters()]
    worse = weakened(model, 0.5, 1)
    assert all(torch.equal(values, kept) for values, kept in zip(model.network.parameters(), before, strict=True))
    changes = [torch.equal(*pair) for pair in zip(worse.network.parameters(), before, strict=True)]
    assert not all(changes)
