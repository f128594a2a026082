"""Weights as a model package: metadata, preprocessing, card, license."""

from collections.abc import Sequence
from pathlib import Path

import torch

from SegmentL3Lib.models import Bundle, load_model
from SegmentL3Lib.models.plan import SegmentationModel
from SegmentL3Lib.models.shipped import FETAL_BRAIN_MODEL, FETAL_ORGANS_MODEL, LESION_MODEL
from SegmentL3Lib.models.writing import READ_SHIPPED, write_bundle
from SegmentL3Lib.networks import build_network
from SegmentL3Lib.spine_views import COLUMNS, WINDOW_ROWS

from ..resources import resource_path
from ..synthesis.fetal_atlases import FetalTissue
from ..synthesis.render import GRID
from ..synthesis.structures import TISSUES
from ..synthesis.womb_tissues import Structure
from .growing import coarser
from .level_material import LEVEL_CLASSES
from .recipe import phase_of, read_recipe, weights_path

# Of models that see a whole slice or spine at once; the others have a window in their recipe.
_SIZES = {"l3_tissue_2d": GRID, "l3_level_2d": (WINDOW_ROWS, COLUMNS)}
CHANNELS = {
    "l3_tissue_2d": TISSUES,
    "l3_level_2d": LEVEL_CLASSES,
    LESION_MODEL: ("background", "brain_lesion"),
    FETAL_BRAIN_MODEL: tuple(tissue.name.lower() for tissue in FetalTissue),
    FETAL_ORGANS_MODEL: ("background", *(structure.name.lower() for structure in Structure)),
}
_CT = {"format": "hounsfield", "modality": "CT", "value_range": [-2, 2]}
_MR = {"format": "magnitude", "modality": "MR", "value_range": [-8, 8]}


def package(
    name: str, run: str, work: Path, folder: Path | None = None, card: str = ""
) -> Bundle | SegmentationModel:
    """Write the weights of a run as a package and read it back, as what the pipeline of the model takes.

    Args:
        work: folder with the weights.
        folder: where the package is written; beside the weights if None.
        card: Markdown of the model card.
    """
    recipe = read_recipe(name)
    coarse = phase_of(recipe, run).get("coarse", False)
    if coarse:
        recipe = coarser(recipe)
    weights = weights_path(name, run, work)
    folder = folder or weights.with_suffix("")
    network = build_network(recipe["network_def"]).half()
    network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    read_back = load_model if "contrasts" in recipe else READ_SHIPPED
    write_bundle(
        folder,
        network_def=recipe["network_def"],
        state_dict=network.state_dict(),
        transforms=recipe["preprocessing"],
        metadata=_metadata(name, card, coarse),
        card=card,
        license_text=resource_path("Recipes", recipe["license"]).read_text(encoding="utf-8"),
        inferer=recipe.get("inferer"),
        read_back=read_back,
    )
    return read_back(folder)


def _metadata(name: str, card: str, coarse: bool) -> dict:
    recipe = read_recipe(name)
    shape = recipe["inferer"]["roi_size"] if "inferer" in recipe else _SIZES[name]
    if coarse:
        shape = [size // 2 for size in shape]
    image = {
        "type": "image",
        **(_mr(recipe["contrasts"]) if "contrasts" in recipe else _CT),
        "num_channels": recipe["network_def"]["in_channels"],
        "spatial_shape": list(shape),
        "dtype": "float32",
        "is_patch_data": "contrasts" in recipe,
    }
    prediction = {
        "type": "probability",
        "format": "segmentation",
        "num_channels": len(CHANNELS[name]),
        "channel_def": {str(number): channel for number, channel in enumerate(CHANNELS[name])},
    }
    return {
        "version": recipe["version"],
        "task": recipe["task"],
        "description": card.strip().splitlines()[0].lstrip("# ") if card else name,
        "authors": "SegmentL3 developers",
        "copyright": "SegmentL3 developers, Apache License 2.0",
        "network_data_format": {"inputs": {"image": image}, "outputs": {"pred": prediction}},
    }


def _mr(contrasts: Sequence[str]) -> dict:
    return {**_MR, "channel_def": {str(number): contrast for number, contrast in enumerate(contrasts)}}
