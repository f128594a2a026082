"""Networks come from a table, with literal arguments."""

import pytest
import torch

from models.packages import TINY_2D
from SegmentL3Lib.errors import ModelError
from SegmentL3Lib.networks import build_network, network_names

SMALL = {
    "BasicUNet": {"spatial_dims": 2, "features": [4, 4, 4, 4, 4, 4]},
    "BasicUNetPlusPlus": {"spatial_dims": 2, "features": [4, 4, 4, 4, 4, 4]},
    "DynUNet": {key: value for key, value in TINY_2D.items() if key != "_target_"} | {"out_channels": 2},
    "SegResNet": {"spatial_dims": 2, "init_filters": 8},
    "UNet": {"spatial_dims": 2, "in_channels": 1, "out_channels": 2, "channels": [4, 8], "strides": [2]},
}


@pytest.mark.parametrize("name", network_names())
def test_each_network_of_the_table_can_be_built_and_run(name):
    network = build_network({"_target_": name, **SMALL[name]}).eval()
    with torch.inference_mode():
        output = network(torch.zeros(1, 1, 32, 32))
    output = output[0] if isinstance(output, list) else output
    assert output.shape == (1, 2, 32, 32)


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
