"""Small MONAI bundles for tests, laid out as those of the model zoo, with weights that mean nothing."""

import json
from pathlib import Path

import torch

from SegmentL3Lib.networks import build_network

UNET = {
    "_target_": "UNet",
    "spatial_dims": 3,
    "in_channels": 1,
    "out_channels": 3,
    "channels": [2, 4],
    "strides": [2],
    "num_res_units": 1,
    "norm": "batch",
}
LOAD = {"_target_": "LoadImaged", "keys": "@image_key"}
CHANNEL_FIRST = {"_target_": "EnsureChannelFirstd", "keys": "@image_key"}
ORIENT = {"_target_": "Orientationd", "keys": "@image_key", "axcodes": "RAS"}
SPACE = {"_target_": "Spacingd", "keys": "@image_key", "pixdim": [1.5, 2.0, 3.0], "mode": "bilinear"}
SCALE_RANGE = {
    "_target_": "ScaleIntensityRanged",
    "keys": "@image_key",
    "a_min": -57,
    "a_max": 164,
    "b_min": 0.0,
    "b_max": 1.0,
    "clip": True,
}
TYPED = {"_target_": "EnsureTyped", "keys": "@image_key", "device": "@device"}
STANDARD = [LOAD, CHANNEL_FIRST, ORIENT, SPACE, SCALE_RANGE, TYPED]
SOFTMAX = {"_target_": "Activationsd", "keys": "pred", "softmax": True}
SIGMOID = {"_target_": "Activationsd", "keys": "pred", "sigmoid": True}
INVERT = {
    "_target_": "Invertd",
    "keys": "pred",
    "transform": "@preprocessing",
    "orig_keys": "@image_key",
    "nearest_interp": False,
    "to_tensor": True,
}
ARGMAX = {"_target_": "AsDiscreted", "keys": "pred", "argmax": True}
THRESHOLD = {"_target_": "AsDiscreted", "keys": "pred", "threshold": 0.5}
SAVE = {"_target_": "SaveImaged", "keys": "pred", "output_dir": "@output_dir", "output_dtype": "@output_dtype"}


def compose(*transforms: dict) -> dict:
    """Declaration of a row of transforms."""
    return {"_target_": "Compose", "transforms": list(transforms)}


def config(**sections) -> dict:
    """Content of inference.json, with the expressions around the sections that zoo bundles have."""
    return {
        "imports": ["$import glob", "$import os"],
        "bundle_root": "/workspace/maker",
        "image_key": "image",
        "output_dir": "$@bundle_root + '/eval'",
        "output_dtype": "$numpy.float32",
        "device": "$torch.device('cuda:0' if torch.cuda.is_available() else 'cpu')",
        "displayable_configs": {"highres": True, "sw_overlap": 0.25},
        "network_def": UNET,
        "network": "$@network_def.to(@device)",
        "preprocessing": compose(*STANDARD),
        "inferer": {
            "_target_": "SlidingWindowInferer",
            "roi_size": [8, 8, 16],
            "sw_batch_size": 4,
            "overlap": 0.5,
            "device": "$torch.device('cpu')",
        },
        "postprocessing": compose(SOFTMAX, INVERT, ARGMAX, SAVE),
        "checkpointloader": {
            "_target_": "CheckpointLoader",
            "load_path": "$@bundle_root + '/models/model.pt'",
            "load_dict": {"model": "@network"},
        },
        "run": ["$@evaluator.run()"],
        **sections,
    }


def metadata(labels=("background", "liver", "spleen"), channels=("image",), **more) -> dict:
    """Content of metadata.json."""
    return {
        "version": "0.1.2",
        "monai_version": "1.4.0",
        "name": "Two organs",
        "description": "Liver and spleen in CT",
        "network_data_format": {
            "inputs": {
                "image": {
                    "modality": "CT",
                    "num_channels": len(channels),
                    "spatial_shape": [8, 8, 16],
                    "channel_def": {str(number): name for number, name in enumerate(channels)},
                }
            },
            "outputs": {"pred": {"channel_def": {str(number): name for number, name in enumerate(labels)}}},
        },
        **more,
    }


def write_zoo_bundle(path: Path, content: dict | None = None, about: dict | None = None) -> Path:
    """Write a bundle; weights are random but the same each time."""
    content, about = content or config(), about or metadata()
    (path / "configs").mkdir(parents=True)
    (path / "models").mkdir()
    (path / "configs" / "inference.json").write_text(json.dumps(content), encoding="utf-8")
    (path / "configs" / "metadata.json").write_text(json.dumps(about), encoding="utf-8")
    (path / "LICENSE").write_text("\n   Apache License\n", encoding="utf-8")
    torch.manual_seed(0)
    torch.save(build_network(content["network_def"]).state_dict(), path / "models" / "model.pt")
    return path
