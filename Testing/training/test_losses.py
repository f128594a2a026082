"""Losses that recipes name."""

import numpy as np
import pytest
import torch

from DomainAdaptLib.training.loop import train
from DomainAdaptLib.training.losses import build_loss, class_distances, segmentation_loss
from SegmentL3Lib.errors import ModelError
from SegmentL3Lib.networks import build_network

PLACES = ["", "tumor/edema", "tumor/core/necrosis", "tumor/core/rim"]
PARTS = {
    "cross_entropy": {"class_weights": [1, 2, 2, 4]},
    "dice": {},
    "generalized_dice": {},
    "generalized_wasserstein_dice": {"places": PLACES},
}


def example():
    torch.manual_seed(0)
    return torch.randn(2, 4, 6, 7, 8), torch.randint(0, 4, (2, 6, 7, 8))


def certain(classes):
    return 20.0 * torch.nn.functional.one_hot(classes, 4).movedim(-1, 1).float()


@pytest.mark.parametrize("name", PARTS)
def test_a_loss_is_smallest_where_the_network_is_right_and_sure(name):
    output, classes = example()
    loss = build_loss([{"name": name, **PARTS[name]}])
    assert loss(certain(classes), classes) < 0.01 < loss(output, classes) < loss(certain((classes + 1) % 4), classes)


@pytest.mark.parametrize("name", PARTS)
def test_the_gradient_is_finite_where_a_class_is_absent(name):
    output, classes = example()
    output.requires_grad_()
    build_loss([{"name": name, **PARTS[name]}])(output, classes.clamp(max=1)).backward()
    assert torch.isfinite(output.grad).all() and output.grad.abs().sum() > 0


def test_parts_are_added_up_by_their_shares():
    output, classes = example()
    parts = [{"name": "dice", "share": 0.5}, {"name": "generalized_dice", "share": 2.0}]
    single = [build_loss([{"name": name}])(output, classes) for name in ("dice", "generalized_dice")]
    assert torch.isclose(build_loss(parts)(output, classes), 0.5 * single[0] + 2 * single[1])


def test_a_recipe_that_names_none_takes_cross_entropy_and_dice():
    assert build_loss(None) is segmentation_loss


def test_classes_are_the_nearer_the_more_of_their_way_they_share():
    distances = class_distances(PLACES)
    assert np.array_equal(distances, distances.T) and not distances.diagonal().any()
    assert distances[0, 1:].tolist() == [1, 1, 1]
    assert distances[1, 2] == pytest.approx(2 / 3) and distances[2, 3] == pytest.approx(1 / 3)


def test_a_mistake_between_near_classes_costs_less():
    _, classes = example()
    loss = build_loss([{"name": "generalized_wasserstein_dice", "places": PLACES}])

    def cost(of, instead):
        mistaken = torch.where(classes == of, instead, classes)
        return float(loss(certain(mistaken), classes))

    assert cost(2, 3) < cost(2, 1) < cost(2, 0)


@pytest.mark.parametrize(("part", "text"), [({"name": "hinge"}, "hinge"), ({"name": "dice", "depth": 3}, "depth")])
def test_what_is_not_known_is_named(part, text):
    with pytest.raises(ModelError, match=text):
        build_loss([part])


NETWORKS = {
    "DeepMedic": {"features": [8, 8, 8], "subsampling": [1, 2], "hidden": [8], "dropout": 0.0},
    "DynUNet": {
        "spatial_dims": 3,
        "in_channels": 1,
        "out_channels": 2,
        "kernel_size": [3, 3, 3],
        "strides": [1, 2, 2],
        "upsample_kernel_size": [2, 2],
        "filters": [8, 8, 8],
    },
    "UNet": {"spatial_dims": 3, "in_channels": 1, "out_channels": 2, "channels": [8, 16], "strides": [2]},
}


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_learns_one_batch_by_heart(name, tmp_path):
    torch.manual_seed(0)
    network = build_network({"_target_": name, **NETWORKS[name]})
    around = network.margin[0] if name == "DeepMedic" else 0
    noise = torch.randn(2, 1, *[8 + 2 * around] * 3)
    middle = slice(around, around + 8)
    blurred = torch.nn.functional.avg_pool3d(noise, 3, 1, 1)[..., middle, middle, middle]
    classes = (blurred[:, 0] > 0.15).long()

    def loss():
        with torch.no_grad():
            return segmentation_loss(network.train()(noise), classes).item()

    before = loss()
    checkpoint = tmp_path / "checkpoint"
    train(
        network, lambda n: (noise[n % 2], classes[n % 2]), steps=50, batch=2, learning_rate=0.02, seed=0,
        checkpoint=checkpoint,
    )  # fmt: skip
    assert loss() < 0.4 * before
