"""Networks that get a finer level."""

import pytest
import torch
from torch.nn import functional

from DomainAdaptLib.synthesis.render import GRID
from DomainAdaptLib.training.growing import coarser, grown, without_finest_level
from DomainAdaptLib.training.packaging import package
from DomainAdaptLib.training.recipe import read_recipe, weights_path
from SegmentL3Lib.networks import build_network

DEFINITION = read_recipe("l3_tissue_2d")["network_def"]


def _coarse():
    torch.manual_seed(0)
    return build_network(without_finest_level(DEFINITION)).eval()


def _image():
    noise = torch.randn(2, 1, 12, 16, generator=torch.Generator().manual_seed(1))
    return functional.interpolate(noise, scale_factor=16, mode="bicubic")


def test_a_grown_network_begins_as_what_was_learned():
    coarse = _coarse()
    fine = grown(DEFINITION, coarse.state_dict()).eval()
    image = _image()
    with torch.inference_mode():
        learned = coarse(functional.avg_pool2d(image, 2))
        begun = functional.avg_pool2d(fine(image), 2)
    assert fine(image).shape[-2:] == image.shape[-2:]
    for one, other in zip(learned.movedim(1, 0), begun.movedim(1, 0), strict=True):
        assert torch.corrcoef(torch.stack([one.flatten(), other.flatten()]))[0, 1] > 0.7


def test_chance_decides_only_about_what_is_new():
    weights = _coarse().state_dict()
    networks = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        networks.append(grown(DEFINITION, weights))
    first, second = (network.bottleneck.conv1.conv.weight for network in networks)
    assert torch.equal(first, second)
    first, second = (network.output_block.conv.conv.weight for network in networks)
    assert not torch.equal(first, second)


def test_weights_of_another_network_are_refused():
    with pytest.raises(RuntimeError, match="size mismatch|Missing key"):
        grown(DEFINITION, build_network(DEFINITION).state_dict())


def test_coarse_weights_are_packaged_for_pixels_twice_as_large(tmp_path):
    recipe = read_recipe("l3_tissue_2d")
    coarse = coarser(recipe)
    weights = weights_path("l3_tissue_2d", "first", tmp_path)
    torch.save(build_network(coarse["network_def"]).half().state_dict(), weights)
    fine_mm = recipe["preprocessing"][0]["pixdim"]
    model = package("l3_tissue_2d", "first", tmp_path)
    assert model.preprocessing.spacing_mm == tuple(2 * size for size in fine_mm)
    assert model.grid_shape == tuple(size // 2 for size in GRID)
