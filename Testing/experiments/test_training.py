"""The descent, the auto-encoders and the ways to start a network."""

import pytest
import torch

from DomainAdaptLib.experiments.descent import Descent, descend
from DomainAdaptLib.experiments.rings import ring_pairs
from DomainAdaptLib.experiments.variants import Training, fit_autoencoder, measure, train_variants

NONE = Descent(0, 10, 0.001)


def test_every_sample_is_seen_once_before_any_is_seen_again():
    weight, seen = torch.nn.Parameter(torch.zeros(())), []

    def loss_of(chosen):
        seen.append(chosen.tolist())
        return weight**2

    descend([weight], loss_of, 10, Descent(7, 3, 0.1), seed=0)
    assert len(seen) == 7 and all(len(batch) == 3 for batch in seen)
    assert len({number for batch in seen[:3] for number in batch}) == 9


def test_the_descent_goes_down_and_stops_when_told():
    weight, steps = torch.nn.Parameter(torch.tensor(5.0)), []

    def go_on(step):
        steps.append(step)
        return step < 4

    descend([weight], lambda _chosen: weight**2, 10, Descent(100, 3, 0.1), seed=0, go_on=go_on)
    assert steps == [1, 2, 3, 4] and weight.item() < 5


def test_an_auto_encoder_learns_to_rebuild():
    masks = ring_pairs(0, 40, 16).masks
    errors = [
        (torch.sigmoid(fit_autoencoder(masks, 32, Descent(steps, 20, 0.01), 0)(masks)) - masks).square().mean()
        for steps in (0, 150)
    ]
    assert errors[1] < 0.3 * errors[0]


def test_all_ways_share_their_random_weights_and_differ_in_the_sides_they_take():
    pairs = ring_pairs(0, 20, 16)
    brief = Descent(5, 10, 0.01)
    networks = train_variants(pairs, pairs.masks, pairs, Training(8, brief, brief, NONE), seed=3)
    assert list(networks) == ["NDA", "IDA", "ODA", "IODA", "IODA+"]
    weights = {name: [layer.weight for layer in network.children()] for name, network in networks.items()}
    for name in networks:
        assert torch.equal(weights[name][1], weights["NDA"][1])
        assert torch.equal(weights[name][0], weights["NDA"][0]) == (name in ("NDA", "ODA"))
        assert torch.equal(weights[name][2], weights["NDA"][2]) == (name in ("NDA", "IDA"))
    assert torch.equal(weights["IODA"][2], weights["ODA"][2]) and torch.equal(weights["IODA"][0], weights["IDA"][0])


def test_training_does_not_touch_the_random_numbers_of_others():
    pairs = ring_pairs(0, 20, 16)
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    train_variants(pairs, None, pairs, Training(8, NONE, NONE, NONE), seed=3)
    assert torch.equal(torch.rand(3), expected)


def test_the_weights_of_the_lowest_validation_error_are_kept():
    pairs, opposite = ring_pairs(0, 20, 16), ring_pairs(0, 20, 16)
    opposite = type(opposite)(opposite.images, 1 - opposite.masks)
    trained = {
        steps: train_variants(pairs, None, opposite, Training(8, NONE, NONE, Descent(steps, 10, 0.05)), seed=0)["NDA"]
        for steps in (20, 100)
    }
    assert measure(trained[100], opposite)["mse"] <= measure(trained[20], opposite)["mse"]


class Fixed(torch.nn.Module):
    """Predicts a given mask."""

    def __init__(self, mask):
        super().__init__()
        self.mask = mask

    def forward(self, images):
        return (self.mask * 2.0 - 1) * 50 + images * 0


def test_measures_are_those_of_the_masks():
    pairs = ring_pairs(0, 1, 16)
    exact = measure(Fixed(pairs.masks), pairs)
    assert exact == pytest.approx({"mse": 0, "jaccard_percent": 100, "area_error_percent": 0})
    nothing = measure(Fixed(torch.zeros_like(pairs.masks)), pairs)
    assert nothing["jaccard_percent"] == 0 and nothing["area_error_percent"] == -100
    assert nothing["mse"] == pytest.approx(pairs.masks.mean().item())


def test_pre_training_both_sides_beats_the_input_side_and_that_beats_none():
    some = Descent(150, 50, 0.002)
    training = Training(64, some, some, Descent(200, 50, 0.002))
    for seed in range(2):
        train, validation, test = (ring_pairs((seed, part), 100, 20) for part in range(3))
        networks = train_variants(train, None, validation, training, seed)
        errors = {name: measure(network, test)["mse"] for name, network in networks.items()}
        assert errors["IODA"] < errors["IDA"] < errors["NDA"]
        assert errors["ODA"] < errors["NDA"]
