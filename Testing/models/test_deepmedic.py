"""DeepMedic: sizes, the same result in parts as at once, and the count of its numbers."""

import itertools

import pytest
import torch

from SegmentL3Lib.networks import build_network

SMALL = {"_target_": "DeepMedic", "in_channels": 2, "features": [3, 3, 4, 4, 4, 4, 5, 5], "hidden": [6, 6]}


def network_with_statistics(**arguments):
    """A small network whose normalization has seen something."""
    torch.manual_seed(0)
    network = build_network({**SMALL, **arguments})
    size = [step + 2 * margin for step, margin in zip(network.step, network.margin, strict=True)]
    for _ in range(3):
        network(torch.randn(2, 2, *size))
    return network.eval()


@pytest.mark.parametrize("subsampling", [[1], [1, 3], [1, [3, 3, 1]]])
def test_parts_with_their_surroundings_give_the_same_as_the_whole_image(subsampling):
    network = network_with_statistics(subsampling=subsampling)
    shape = tuple((10 if axis == 0 else 2) * step if step > 1 else 5 for axis, step in enumerate(network.step))
    image = torch.randn(1, 2, *(size + 2 * margin for size, margin in zip(shape, network.margin, strict=True)))
    inside = tuple(slice(margin, -margin) for margin in network.margin)
    with torch.inference_mode():
        at_once = network.train(False)(image)[(..., *inside)]
        parts = torch.zeros_like(at_once)
        for module in network.modules():
            module.training = module is network  # segments in, but with the statistics of use
        for start in itertools.product(*(range(0, n, s) for n, s in zip(shape, network.step, strict=True))):
            segment = tuple(
                slice(first, first + step + 2 * margin)
                for first, step, margin in zip(start, network.step, network.margin, strict=True)
            )
            block = tuple(slice(first, first + step) for first, step in zip(start, network.step, strict=True))
            parts[(..., *block)] = network(image[(..., *segment)])
    offsets = [margin % step for margin, step in zip(network.margin, network.step, strict=True)]
    assert offsets == [0, 0, 0]
    assert at_once.std() > 0.01
    assert torch.allclose(parts, at_once, atol=1e-5)


@pytest.mark.parametrize("shape", [(7, 8, 9), (16, 1, 5)])
def test_the_output_in_use_has_the_size_of_the_image(shape):
    network = network_with_statistics(subsampling=[1, 3])
    with torch.inference_mode():
        assert network(torch.randn(1, 2, *shape)).shape == (1, 2, *shape)


def test_segments_of_the_published_size_give_nine_voxels():
    network = build_network({**SMALL, "subsampling": [1, 3]})
    assert network.margin == (24, 24, 24) and network.step == (3, 3, 3)
    assert network(torch.randn(2, 2, 57, 57, 57)).shape == (2, 2, 9, 9, 9)


def test_a_segment_that_is_no_multiple_of_the_coarsest_voxel_is_refused():
    network = build_network({**SMALL, "subsampling": [1, 3]})
    with pytest.raises(ValueError, match="multiple of"):
        network(torch.randn(1, 2, 58, 57, 57))


def test_a_voxel_sees_no_further_than_the_margin():
    network = network_with_statistics(subsampling=[1, 3])
    image = torch.zeros(1, 2, 60, 6, 6)
    changed = image.clone()
    changed[:, :, 0] = 5
    with torch.inference_mode():
        differs = (network(image) != network(changed)).any(1)[0].any(-1).any(-1)
    assert differs[:9].all() and not differs[network.margin[0] + network.step[0] :].any()


def test_the_network_has_the_numbers_of_the_published_widths():
    """Widths and pathways of the authors' configuration, four contrasts and five classes."""
    network = build_network({"_target_": "DeepMedic", "in_channels": 4, "out_channels": 5})
    widths = [4, 30, 30, 40, 40, 40, 40, 50, 50]
    pathway = sum(27 * before * after + 2 * after + 1 for before, after in itertools.pairwise(widths))
    joined = sum(before * after + 2 * after + 1 for before, after in itertools.pairwise([150, 250, 250]))
    assert sum(parameter.numel() for parameter in network.parameters()) == 3 * pathway + joined + 250 * 5 + 5
