"""A model package that calls bright places of one image lesions: a network with weights set by hand."""

from pathlib import Path

import torch

from models.monai_packages import (
    ARGMAX,
    CHANNEL_FIRST,
    INVERT,
    LOAD,
    ORIENT,
    SAVE,
    SOFTMAX,
    TYPED,
    compose,
    config,
    write_zoo_bundle,
)
from models.monai_packages import metadata as zoo_metadata
from SegmentL3Lib.networks import build_network

INPUTS = ("FLAIR", "T1", "T1c", "T2")
Z_SCORE = {"_target_": "NormalizeIntensityd", "keys": "@image_key", "nonzero": True, "channel_wise": True}
SHARPNESS = 50.0


def write_threshold_bundle(path: Path, threshold: float = 2.0, inputs=INPUTS, structures=("lesion",)) -> Path:
    """Write a package whose lesions are where the first image lies that many standard deviations above its mean."""
    network = {
        "_target_": "UNet",
        "spatial_dims": 3,
        "in_channels": len(inputs),
        "out_channels": 1 + len(structures),
        "channels": [2, 2],
        "strides": [1],
        "kernel_size": 1,
        "up_kernel_size": 1,
        "num_res_units": 0,
        "norm": "batch",
    }
    content = config(
        network_def=network,
        preprocessing=compose(LOAD, CHANNEL_FIRST, ORIENT, Z_SCORE, TYPED),
        postprocessing=compose(SOFTMAX, INVERT, ARGMAX, SAVE),
        inferer={"_target_": "SlidingWindowInferer", "roi_size": [32, 32, 32], "sw_batch_size": 1, "overlap": 0.0},
    )
    about = zoo_metadata(("background", *structures), inputs, name="Bright places", license="Apache-2.0")
    about["network_data_format"]["inputs"]["image"] |= {"modality": "MR", "spatial_shape": [32, 32, 32]}
    write_zoo_bundle(path, content, about)
    torch.save(_weights(network, threshold), path / "models" / "model.pt")
    return path


def _weights(definition: dict, threshold: float) -> dict[str, torch.Tensor]:
    """Weights by which the logit of the last channel is ``SHARPNESS`` times (first image - threshold)."""
    weights = {name: torch.zeros_like(tensor) for name, tensor in build_network(definition).state_dict().items()}
    for name, tensor in weights.items():
        if name.endswith("running_var") or name.endswith("adn.A.weight") or name.endswith("adn.N.weight"):
            tensor.fill_(1.0)
    weights["model.0.conv.weight"][0, 0] = 1.0
    weights["model.2.conv.weight"][0, -1] = SHARPNESS
    weights["model.2.conv.bias"][-1] = -SHARPNESS * threshold
    return weights
