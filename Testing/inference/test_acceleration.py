"""Faster layers give what the plain ones give."""

import pytest
import torch
from monai.networks import nets
from torch import nn

from inference.small_models import network
from models.nnunet_packages import architecture
from SegmentL3Lib.inference import winograd
from SegmentL3Lib.inference.acceleration import accelerated
from SegmentL3Lib.inference.layers import ImageLayer, Parts, WinogradConvolution
from SegmentL3Lib.networks import build_planned_network


def difference(first: nn.Module, second: nn.Module, image: torch.Tensor) -> float:
    """Largest difference of two networks' outputs, in standard deviations."""
    with torch.inference_mode():
        expected = first(image)
        found = second(image)
    assert found.shape == expected.shape
    return float((found - expected).abs().max() / expected.std())


def convolution(inputs=16, outputs=20, **changes):
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv3d(inputs, outputs, 3, padding=1, **changes)).eval()


@pytest.mark.parametrize("shape", [(8, 8, 8), (9, 11, 13), (17, 22, 1), (8, 40, 7)])
@pytest.mark.parametrize("bias", [True, False])
def test_winograds_convolution_is_a_convolution(shape, bias):
    plain = convolution(bias=bias)
    faster = accelerated(plain)
    assert isinstance(faster[0], WinogradConvolution)
    assert difference(plain, faster, torch.randn(1, 16, *shape)) < 1e-4


@pytest.mark.parametrize("values", [1, 1 << 14, 1 << 16])
def test_the_size_of_blocks_does_not_matter(values, monkeypatch):
    monkeypatch.setattr(winograd, "BLOCK_VALUES", values)
    plain = convolution()
    assert difference(plain, accelerated(plain), torch.randn(1, 16, 10, 37, 12)) < 1e-4


def test_small_images_go_the_plain_way():
    plain = convolution()
    assert difference(plain, accelerated(plain), torch.randn(1, 16, 4, 30, 30)) == 0


def test_a_batch_is_taken_image_by_image():
    plain = convolution()
    assert difference(plain, accelerated(plain), torch.randn(3, 16, 8, 9, 10)) < 1e-4


@pytest.mark.parametrize(
    "changes", [{"stride": 2}, {"dilation": 2}, {"groups": 2}, {"padding_mode": "circular"}, {"inputs": 8}]
)
def test_other_convolutions_are_left_alone(changes):
    plain = convolution(**changes)
    assert accelerated(plain) is plain


@pytest.mark.parametrize(
    "plain",
    [
        nn.Conv3d(1, 12, 3, padding=1),
        nn.Conv3d(3, 12, 3, padding=1, bias=False),
        nn.Conv3d(16, 3, 1),
        nn.ConvTranspose3d(16, 6, 2, stride=2),
        nn.ConvTranspose3d(16, 6, (1, 2, 2), stride=(1, 2, 2), bias=False),
        nn.Sequential(nn.InstanceNorm3d(16, affine=True), nn.LeakyReLU(0.1)),
        nn.Sequential(nn.InstanceNorm3d(16), nn.Dropout(0.5), nn.ReLU()),
    ],
    ids=lambda plain: str(plain).replace("\n", "")[:40],
)
def test_each_layer_gives_what_the_plain_one_gives(plain):
    inputs = next((layer.in_channels for layer in plain.modules() if hasattr(layer, "in_channels")), 16)
    with_convolution = nn.Sequential(plain, nn.Identity()).eval()
    faster = accelerated(nn.Sequential(with_convolution, convolution())).get_submodule("0")
    image = 3 + torch.randn(2, inputs, 9, 10, 11)
    assert difference(with_convolution, faster, image) < 1e-4


def test_normalization_keeps_its_precision_far_from_zero():
    plain = nn.Sequential(nn.InstanceNorm3d(16), nn.LeakyReLU()).eval()
    faster = accelerated(nn.Sequential(plain, convolution()))[0]
    assert difference(plain, faster, 1000 + torch.randn(1, 16, 12, 12, 12)) < 2e-2


def planned(name: str) -> nn.Module:
    """A network of nnU-Net that is wide enough to be accelerated."""
    entry = architecture(name=name)
    entry["arch_kwargs"].update(features_per_stage=[16, 24, 32], kernel_sizes=[[3] * 3] * 3)
    made = build_planned_network(entry, 1, 3).to_empty(device="cpu")
    for value in made.parameters():
        nn.init.normal_(value, std=0.1)
    return made


UNITS = {
    "PlainConvUNet": lambda: planned("PlainConvUNet"),
    "ResidualEncoderUNet": lambda: planned("ResidualEncoderUNet"),
    "UNet": lambda: nets.UNet(3, 1, 3, (16, 32, 64), (2, 2), num_res_units=2),
    "DynUNet": lambda: nets.DynUNet(3, 2, 3, [3] * 3, [1, 2, 2], [2, 2], filters=[16, 32, 32]),
    "BasicUNet": lambda: nets.BasicUNet(3, 1, 2, (16, 16, 32, 32, 32, 16)),
    "SegResNet": lambda: nets.SegResNet(3, 16, 1, 3),
    "small": lambda: nn.Sequential(nn.Conv3d(1, 16, 3, padding=1), convolution(), nn.Conv3d(20, 2, 1)),
}


@pytest.mark.parametrize("name", UNITS)
def test_networks_give_what_they_gave(name):
    torch.manual_seed(0)
    plain = UNITS[name]().eval()
    faster = accelerated(plain)
    assert any(isinstance(module, ImageLayer) for module in faster.modules())
    inputs = next(layer.in_channels for layer in plain.modules() if isinstance(layer, nn.Conv3d))
    assert difference(plain, faster, torch.randn(2, inputs, 16, 16, 32)) < 1e-3


def test_what_is_joined_in_a_network_of_nnunet_stays_apart():
    faster = accelerated(planned("PlainConvUNet").eval())
    assert any(isinstance(module, Parts) for module in faster.modules())


@pytest.mark.parametrize("shape", [(9, 10, 11), (4, 10, 11)])
def test_parts_give_what_the_whole_gives_and_are_let_go(shape):
    plain = convolution(inputs=20)
    image = torch.randn(2, 20, *shape)
    parts = list(image.split((4, 16), 1))
    with torch.inference_mode():
        found = accelerated(plain)[0](parts)
        assert torch.allclose(found, plain(image), atol=1e-4)
    assert parts == []


def test_the_given_network_is_left_as_it_is_and_shares_its_weights():
    plain = convolution()
    kept = {name: value.clone() for name, value in plain.state_dict().items()}
    faster = accelerated(plain)
    assert type(plain[0]) is nn.Conv3d
    assert all(torch.equal(value, kept[name]) for name, value in plain.state_dict().items())
    assert faster[0].plain.weight.data_ptr() == plain[0].weight.data_ptr()


def test_two_dimensional_networks_are_left_alone():
    plain = network(2)
    assert accelerated(plain) is plain
