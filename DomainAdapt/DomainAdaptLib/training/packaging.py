"""Weights as a model package: metadata, preprocessing, card, license."""

from pathlib import Path

import torch

from SegmentL3Lib.models import Bundle, load_bundle
from SegmentL3Lib.models.writing import write_bundle
from SegmentL3Lib.networks import build_network
from SegmentL3Lib.spine_views import COLUMNS, WINDOW_ROWS

from ..resources import resource_path
from ..synthesis.render import GRID
from ..synthesis.structures import TISSUES
from .level_material import LEVEL_CLASSES
from .recipe import read_recipe

MODEL_VERSION = "0.1.0"
INPUTS = {"l3_tissue_2d": (1, GRID), "l3_level_2d": (2, (WINDOW_ROWS, COLUMNS))}
CHANNELS = {"l3_tissue_2d": TISSUES, "l3_level_2d": LEVEL_CLASSES}
_TASKS = {
    "l3_tissue_2d": "Body composition of an axial CT slice at the lumbar spine",
    "l3_level_2d": "Vertebral levels T11 to S1 in CT",
}


def package(name: str, weights: Path, folder: Path, card: str) -> Bundle:
    """Write weights as a package and read it back."""
    recipe = read_recipe(name)
    network = build_network(recipe["network_def"]).half()
    network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    channels, shape = INPUTS[name]
    metadata = {
        "version": MODEL_VERSION,
        "task": _TASKS[name],
        "description": card.strip().splitlines()[0].lstrip("# ") if card else name,
        "authors": "SegmentL3 developers",
        "copyright": "SegmentL3 developers, Apache License 2.0",
        "network_data_format": {
            "inputs": {
                "image": {
                    "type": "image",
                    "format": "hounsfield",
                    "modality": "CT",
                    "num_channels": channels,
                    "spatial_shape": list(shape),
                    "dtype": "float32",
                    "value_range": [-2, 2],
                    "is_patch_data": False,
                }
            },
            "outputs": {
                "pred": {
                    "type": "probability",
                    "format": "segmentation",
                    "num_channels": len(CHANNELS[name]),
                    "channel_def": {str(number): channel for number, channel in enumerate(CHANNELS[name])},
                }
            },
        },
    }
    license_text = resource_path("Recipes", "MODEL-LICENSE.txt").read_text(encoding="utf-8")
    write_bundle(
        folder,
        network_def=recipe["network_def"],
        state_dict=network.state_dict(),
        transforms=recipe["preprocessing"],
        metadata=metadata,
        card=card,
        license_text=license_text,
    )
    return load_bundle(folder, require_hash=True)
