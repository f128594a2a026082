"""The networks that recipes choose from: sizes, counts, and that each can learn one batch by heart."""

import itertools

import pytest
import torch

from DomainAdaptLib.training.losses import segmentation_loss, soft_dice
from SegmentL3Lib.networks import build_network

# Small ones of each kind: definition, size of the image, voxels around what is labeled, steps, overlap they reach.
LEARNERS = {
    "FCN": ({"features": [8, 16, 16], "depths": [1, 1, 1], "hidden": 16, "dropout": 0.0}, (32, 32), 0, 25, 0.8),
    "BasicUNet": ({"spatial_dims": 2, "features": [8, 8, 16, 16, 16, 8]}, (32, 32), 0, 60, 0.8),
    "UNet": (
        {"spatial_dims": 3, "in_channels": 1, "out_channels": 2, "channels": [8, 16], "strides": [2]},
        (16, 16, 16),
        0,
        40,
        0.8,
    ),
    "VNet": (
        {"spatial_dims": 2, "out_channels": 2, "dropout_prob_down": 0.0, "dropout_prob_up": [0.0, 0.0]},
        (16, 16),
        0,
        22,
        0.7,
    ),
    "DeepMedic": (
        {"features": [4, 4, 8, 8], "subsampling": [1, 3], "hidden": [8], "dropout": 0.0},
        (36, 36, 36),
        12,
        30,
        0.8,
    ),
}


def example(shape, margin):
    """Bright balls in noise, and which voxels of the middle are theirs."""
    torch.manual_seed(0)
    axes = torch.meshgrid(*(torch.arange(size) for size in shape), indexing="ij")
    balls = (
        sum((axis - size * place) ** 2 for axis, size in zip(axes, shape, strict=True)) < 25 for place in (0.45, 0.55)
    )
    classes = torch.stack(list(balls)).long()
    images = (2.0 * classes + 0.3 * torch.randn(classes.shape))[:, None]
    inside = tuple(slice(margin, size - margin) for size in shape)
    return images, classes[(slice(None), *inside)]


@pytest.mark.parametrize("name", LEARNERS)
def test_a_network_learns_one_batch_by_heart(name):
    arguments, shape, margin, steps, overlap = LEARNERS[name]
    images, classes = example(shape, margin)
    network = build_network({"_target_": name, **arguments})
    optimizer = torch.optim.Adam(network.parameters(), 0.01)
    for _ in range(steps):
        optimizer.zero_grad()
        output = network(images)
        segmentation_loss(output, classes).backward()
        optimizer.step()
    assert output.shape == (2, 2, *classes.shape[1:])
    assert soft_dice(output.detach(), classes)[1] > overlap


@pytest.mark.parametrize("shape", [(32, 32), (19, 33), (16, 9, 12)])
def test_the_scores_of_the_convolutional_classifier_have_the_size_of_the_image(shape):
    arguments = {"spatial_dims": len(shape), "features": [4, 4, 8, 8], "depths": [1] * 4, "hidden": 8}
    network = build_network({"_target_": "FCN", **arguments, "out_channels": 3}).eval()
    with torch.inference_mode():
        assert network(torch.randn(2, 1, *shape)).shape == (2, 3, *shape)


def test_scores_are_enlarged_by_interpolation_before_anything_is_learned():
    network = build_network({"_target_": "FCN", "features": [4, 4, 8], "depths": [1] * 3, "hidden": 8})
    ramp = torch.arange(6.0).repeat(1, 2, 6, 1)
    with torch.inference_mode():
        for enlarge, by in zip(network.enlargements, (2, 2, 2), strict=True):
            large = enlarge(ramp)
            assert large.shape[-1] == 6 * by
            steps = large[0, :, by:-by, by:-by].diff(dim=-1)
            assert torch.allclose(steps, torch.full_like(steps, 1 / by), atol=1e-6)


def test_the_convolutional_classifier_has_the_layers_of_vgg16():
    """Thirteen convolutions and two that stand for the fully connected ones; counted on a device without memory."""
    with torch.device("meta"):
        network = build_network({"_target_": "FCN", "in_channels": 3, "out_channels": 21})
    widths = [3, 64, 64, 128, 128, 256, 256, 256, *[512] * 6]
    stages = sum(9 * before * after + after for before, after in itertools.pairwise(widths))
    connected = 49 * 512 * 4096 + 4096 + 4096 * 4096 + 4096
    scores = sum(width * 21 + 21 for width in (4096, 512, 256))
    enlargements = 21 * 21 * (4 * 4 + 4 * 4 + 16 * 16)
    assert sum(each.numel() for each in network.parameters()) == stages + connected + scores + enlargements
