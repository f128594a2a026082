"""Networks come from a table, with literal arguments."""

import pytest
import torch

from models.packages import TINY_2D
from SegmentL3Lib.errors import ModelError
from SegmentL3Lib.networks import build_network, network_names
from SegmentL3Lib.networks.budget import limited_to
from SegmentL3Lib.networks.dynunet import PlainDynUNet, is_plain
from SegmentL3Lib.networks.outputs import with_ordered_output

SMALL = {
    "AttentionUnet": {"spatial_dims": 2, "in_channels": 1, "out_channels": 2, "channels": [4, 8], "strides": [2]},
    "BasicUNet": {"spatial_dims": 2, "features": [4, 4, 4, 4, 4, 4]},
    "BasicUNetPlusPlus": {"spatial_dims": 2, "features": [4, 4, 4, 4, 4, 4]},
    "DeepMedic": {"spatial_dims": 2, "features": [4] * 8, "subsampling": [1, 3], "hidden": [8]},
    "DynUNet": {key: value for key, value in TINY_2D.items() if key != "_target_"} | {"out_channels": 2},
    "FCN": {"features": [4, 8, 8], "depths": [1, 1, 1], "hidden": 8},
    "HighResNet": {"spatial_dims": 2, "out_channels": 2},
    "IODA": {
        "spatial_dims": 2,
        "spatial_shape": [32, 32],
        "out_channels": 2,
        "input_features": 8,
        "output_features": 8,
    },
    "SegResNet": {"spatial_dims": 2, "init_filters": 8},
    "SegResNetDS": {"spatial_dims": 2, "init_filters": 8, "blocks_down": [1, 1]},
    "SwinUNETR": {
        "spatial_dims": 2,
        "in_channels": 1,
        "out_channels": 2,
        "feature_size": 12,
        "depths": [1, 1, 1, 1],
        "img_size": 32,
    },
    "UNETR": {
        "spatial_dims": 2,
        "in_channels": 1,
        "out_channels": 2,
        "img_size": 32,
        "hidden_size": 12,
        "mlp_dim": 12,
        "num_heads": 2,
    },
    "UNet": {"spatial_dims": 2, "in_channels": 1, "out_channels": 2, "channels": [4, 8], "strides": [2]},
    "VNet": {"spatial_dims": 2, "out_channels": 2},
}
NEED_EINOPS = ("SwinUNETR", "UNETR")
SIZES = {"SwinUNETR": (64, 64)}


@pytest.mark.parametrize("name", network_names())
def test_each_network_of_the_table_can_be_built_and_run(name):
    if name in NEED_EINOPS:
        pytest.importorskip("einops", reason="attention layers of MONAI use einops")
    network = build_network({"_target_": name, **SMALL[name]}).eval()
    with torch.inference_mode():
        output = network(torch.zeros(1, 1, *SIZES.get(name, (32, 32))))
    output = output[0] if isinstance(output, list) else output
    assert output.shape == (1, 2, *SIZES.get(name, (32, 32)))


def test_a_network_may_be_named_with_the_module_of_monai():
    short = build_network(TINY_2D)
    long = build_network({**TINY_2D, "_target_": "monai.networks.nets.DynUNet"})
    assert type(short) is type(long)


@pytest.mark.parametrize(
    "target",
    [
        "os.system",
        "torch.load",
        "monai.networks.nets.DynUNet.__init__",
        "monai.bundle.ConfigParser",
        "",
        None,
        3,
        ["DynUNet"],
    ],
)
def test_other_targets_are_refused_by_name(target):
    with pytest.raises(ModelError, match="needs code that is not run") as refusal:
        build_network({**TINY_2D, "_target_": target})
    assert str(target) in str(refusal.value)


def test_an_unknown_argument_is_named():
    with pytest.raises(ModelError, match='DynUNet has no argument "depth"'):
        build_network({**TINY_2D, "depth": 5})


@pytest.mark.parametrize("value", ["$[3, 3]", "@sizes", "%file.json", [{"_target_": "list"}], lambda: 3])
def test_arguments_that_are_not_literal_are_refused(value):
    with pytest.raises(ModelError, match='"kernel_size"'):
        build_network({**TINY_2D, "kernel_size": value})


def test_arguments_that_do_not_fit_together_are_a_model_error():
    with pytest.raises(ModelError, match="cannot be built"):
        build_network({**TINY_2D, "strides": [1, 2]})


@pytest.mark.parametrize(
    ("argument", "value"), [("filters", [4, 4, 10**6]), ("filters", [4] * 1000), ("act_name", "a" * 1000)]
)
def test_arguments_of_absurd_size_are_refused_by_name(argument, value):
    with pytest.raises(ModelError, match=f'"{argument}" of the network DynUNet is too large'):
        build_network({**TINY_2D, argument: value})


def test_a_network_may_have_as_many_numbers_as_are_allowed_and_no_more():
    definition = {"_target_": "UNet", **SMALL["UNet"]}
    numbers = sum(parameter.numel() for parameter in build_network(definition).parameters())
    with limited_to(numbers):
        assert build_network(definition)
    with limited_to(numbers - 1), pytest.raises(ModelError, match="larger than its weights"):
        build_network(definition)


@pytest.mark.parametrize("name", ["UNet", "BasicUNetPlusPlus"])
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_channels_come_in_the_order_that_is_asked_for(name, order):
    network = build_network({"_target_": name, **SMALL[name]}).eval()
    image = torch.rand(1, 1, 32, 32)
    with torch.inference_mode():
        plain, ordered = network(image), with_ordered_output(network, 2, order)(image)
    plain = plain[0] if isinstance(plain, list) else plain
    assert torch.equal(ordered, plain[:, order])


def test_a_network_that_needs_no_change_of_its_output_is_given_back():
    network = build_network(TINY_2D)
    assert with_ordered_output(network, 8, range(8)) is network


PLAIN_DYNUNETS = [
    {"spatial_dims": 2, "strides": [1, 2, 2], "filters": [4, 8, 12]},
    {"spatial_dims": 2, "strides": [2, 2, 1, 2], "filters": [4, 8, 8, 8]},
    {"spatial_dims": 3, "strides": [1, 2, 1, 2], "filters": [4, 6, 8, 8]},
    {"spatial_dims": 2, "strides": [1, [2, 1], [1, 2], 2], "filters": [4, 8, 8, 8]},
]


def dynunet_arguments(sizes):
    levels = len(sizes["strides"])
    kernels = {"kernel_size": [3] * levels, "upsample_kernel_size": sizes["strides"][1:]}
    return {"in_channels": 2, "out_channels": 3, **kernels, **sizes}


@pytest.mark.parametrize("sizes", PLAIN_DYNUNETS)
def test_the_plain_dynunet_is_the_one_of_monai(sizes):
    from monai.networks.nets import DynUNet

    arguments = dynunet_arguments(sizes)
    torch.manual_seed(3)
    own, chance = build_network({"_target_": "DynUNet", **arguments}), torch.rand(4)
    torch.manual_seed(3)
    theirs, their_chance = DynUNet(**arguments), torch.rand(4)
    assert isinstance(own, PlainDynUNet) and torch.equal(chance, their_chance)
    weights, their_weights = own.state_dict(), theirs.state_dict()
    assert list(weights) == list(their_weights)
    assert all(torch.equal(weights[name], their_weights[name]) for name in weights)
    image = torch.rand(1, 2, *[16] * sizes["spatial_dims"])
    assert torch.equal(own(image), theirs(image))


@pytest.mark.parametrize(
    "other",
    [
        {"deep_supervision": True},
        {"res_block": True},
        {"filters": [4, 8, 12, 16]},
        {"kernel_size": [3, [3, 3], 3]},
        {"kernel_size": [1, 3, 3]},
        {"upsample_kernel_size": [2, 1]},
        {"strides": (1, 2, 2)},
        {"strides": [1, [2, 1, 1], 2], "upsample_kernel_size": [[2, 1, 1], 2]},
        {"strides": [1, [4, 2], 2], "upsample_kernel_size": [[4, 2], 2]},
        {"in_channels": 0},
        {"in_channels": True},
    ],
)
def test_any_other_dynunet_is_left_to_monai(other):
    plain = dynunet_arguments(PLAIN_DYNUNETS[0])
    assert is_plain(plain) and not is_plain({**plain, **other})
