"""Small model packages for tests, with weights that mean nothing."""

import json
from collections.abc import Callable
from pathlib import Path

import torch

from models.monai_packages import UNET, config, metadata, write_zoo_bundle
from SegmentL3Lib.models import write_bundle
from SegmentL3Lib.networks import build_network

TINY_2D = {
    "_target_": "DynUNet",
    "spatial_dims": 2,
    "in_channels": 1,
    "out_channels": 8,
    "kernel_size": [3, 3, 3],
    "strides": [1, 2, 2],
    "upsample_kernel_size": [2, 2],
    "filters": [4, 4, 8],
}
TINY_3D = {**TINY_2D, "spatial_dims": 3, "out_channels": 2}
SCALING = {
    "_target_": "ScaleIntensityRanged",
    "keys": ["image"],
    "a_min": -250,
    "a_max": 350,
    "b_min": -2,
    "b_max": 2,
    "clip": True,
}


def spacing(*pixdim: float) -> dict:
    """Declaration of a resampling."""
    return {"_target_": "Spacingd", "keys": ["image"], "pixdim": list(pixdim)}


def write_tiny(path: Path, network_def: dict | None = None, transforms: list | None = None, **metadata) -> Path:
    """Write a package of a small network with random weights, the same each time."""
    network_def = network_def or TINY_2D
    torch.manual_seed(0)
    return write_bundle(
        path,
        network_def=network_def,
        state_dict=build_network(network_def).state_dict(),
        transforms=transforms or [spacing(*[4.0] * network_def["spatial_dims"]), SCALING],
        metadata={"version": "0.0.1", "task": "test", **metadata},
        card="# A test model\n",
        license_text="Apache-2.0\n",
    )


def edit_json(path: Path, change: Callable[[dict], None]) -> None:
    """Change a JSON file of a package in place."""
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")


def write_segmenter(
    path: Path, structures: tuple[str, ...] = ("liver", "kidney_left"), *, width: int = 2, name: str = "Tiny segmenter"
) -> Path:
    """Write a package that ``load_model`` takes; other numbers of channels (``width``) make other weights."""
    network_def = {**UNET, "out_channels": 1 + len(structures), "channels": [width, 4]}
    about = metadata(("background", *structures), name=name, version="1.2.3", license="Apache-2.0")
    return write_zoo_bundle(path, config(network_def=network_def), about)
