"""Repeated answers: only dropout is active; without it the slice is changed a little, the same way every time."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from models.packages import SCALING, spacing, write_tiny
from pipeline.networks import ThresholdNetwork, with_network
from pipeline.phantoms import rings
from SegmentL3Lib.errors import ModelError
from SegmentL3Lib.models import load_bundle
from SegmentL3Lib.regions import Region
from SegmentL3Lib.trust.doubt import ENTROPY, MUTUAL_INFORMATION, gather
from SegmentL3Lib.trust.overlap import dice, intersection_over_union
from SegmentL3Lib.trust.samples import active, dropout_layers, sampled_probabilities

SPACING_YX_MM = 1.0, 1.0


class Forgetful(nn.Module):
    """Dropout and batch normalization; remembers what state they were run in."""

    def __init__(self):
        super().__init__()
        self.normalization = nn.BatchNorm2d(1)
        self.dropout = nn.Dropout(0.5)
        self.idle = nn.Dropout2d(0.0)

    def forward(self, image):
        self.states = [module.training for module in (self.normalization, self.dropout, self.idle)]
        values = self.dropout(torch.ones_like(self.normalization(image)))
        return torch.cat([values, *[torch.zeros_like(values)] * (len(Region) - 1)], 1)


@pytest.fixture
def model(tmp_path):
    path = write_tiny(tmp_path / "tiny", transforms=[spacing(2.0, 2.0), SCALING])
    return with_network(load_bundle(path), ThresholdNetwork())


@pytest.fixture
def hu():
    return rings()[0]


def test_only_dropout_is_active_and_only_meanwhile(model, hu):
    network = Forgetful().eval()
    before = network.normalization.running_mean.clone()
    answers = list(sampled_probabilities(hu, SPACING_YX_MM, with_network(model, network), count=2))
    assert network.states == [False, True, False]
    assert not any(module.training for module in network.modules())
    assert torch.equal(network.normalization.running_mean, before)
    assert not np.allclose(answers[0], answers[1])


def test_dropout_ends_after_an_error():
    network = Forgetful().eval()
    with pytest.raises(RuntimeError), active(dropout_layers(network)):
        raise RuntimeError
    assert not network.dropout.training


def test_without_dropout_the_copies_differ_and_are_the_same_every_time(model, hu):
    images, first = [], []
    for answer in sampled_probabilities(hu, SPACING_YX_MM, model, count=4):
        first.append(answer)
        images.append(model.network.seen.clone())
    second = list(sampled_probabilities(hu, SPACING_YX_MM, model, count=4))
    assert len(images) == 4
    assert all(not torch.allclose(images[0], other) for other in images[1:])
    assert all(np.array_equal(one, other) for one, other in zip(first, second, strict=True))


def test_mirrored_copies_come_back_as_they_were(model, hu):
    lopsided = hu.copy()
    lopsided[:, : hu.shape[1] // 2] = -1000
    answers = list(sampled_probabilities(lopsided, SPACING_YX_MM, model, count=4))
    halves = [answer[Region.MUSCLE] > 0.5 for answer in answers]
    assert all(half[:, hu.shape[1] // 2 :].sum() > 10 * half[:, : hu.shape[1] // 2].sum() for half in halves)


def certain(shape, region):
    probabilities = np.zeros((len(Region), *shape), np.float32)
    probabilities[region] = 1
    return probabilities


def test_answers_that_agree_leave_no_doubt(hu):
    doubt = gather([certain(hu.shape, Region.MUSCLE)] * 3, hu, SPACING_YX_MM)
    assert doubt.maps[ENTROPY].max() == pytest.approx(0, abs=1e-6)
    assert doubt.maps[MUTUAL_INFORMATION].max() == pytest.approx(0, abs=1e-6)
    assert len(doubt.masks) == 3 and (doubt.masks[0] == doubt.masks[2]).all()


def test_certain_answers_that_contradict_are_mutual_information(hu):
    doubt = gather([certain(hu.shape, region) for region in (Region.MUSCLE, Region.BONE)], hu, SPACING_YX_MM)
    assert np.allclose(doubt.maps[MUTUAL_INFORMATION], np.log(2), atol=1e-5)


def test_doubt_that_all_answers_share_is_no_mutual_information(hu):
    unsure = (certain(hu.shape, Region.MUSCLE) + certain(hu.shape, Region.BONE)) / 2
    doubt = gather([unsure, unsure], hu, SPACING_YX_MM)
    assert np.allclose(doubt.maps[ENTROPY], np.log(2), atol=1e-5)
    assert np.allclose(doubt.maps[MUTUAL_INFORMATION], 0, atol=1e-5)


def test_a_model_of_other_regions_is_refused(model, hu):
    three = with_network(model, nn.Conv2d(1, 3, 1))
    with pytest.raises(ModelError, match="3 output channels"):
        next(sampled_probabilities(hu, SPACING_YX_MM, three))
    with pytest.raises(ModelError, match="single slices"):
        flat = replace(model.preprocessing, spacing_mm=(1.0, 1.0, 1.0))
        next(sampled_probabilities(hu, SPACING_YX_MM, replace(model, preprocessing=flat)))


def test_overlaps_of_masks():
    full, half, none = np.ones(4, bool), np.array([True, True, False, False]), np.zeros(4, bool)
    assert dice(full, half) == pytest.approx(2 / 3)
    assert np.isnan(dice(none, none)) and np.isnan(intersection_over_union([none, none]))
    assert intersection_over_union([full, half, full]) == 0.5
