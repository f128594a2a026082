"""Recipes: from public data and seeds to the weights of a shipped model, with one command."""

import copy
import json
import logging
import os
from pathlib import Path

import torch

from ..resources import resource_path
from .counted import counted_views
from .level import LevelSamples, make_views, save_counted
from .level_material import read_atlas_reference, read_totalseg_reference, save_references
from .loop import train
from .material import make_maps, read_drawn_slices, save_drawn
from .tissue import TissueSamples

logger = logging.getLogger(__name__)


def read_recipe(name: str) -> dict:
    """Recipe of a shipped model, such as ``l3_tissue_2d``, from ``Resources/Recipes``."""
    return json.loads(resource_path("Recipes", f"{name}.json").read_text(encoding="utf-8"))


def prepare(name: str, data: Path | None, work: Path, processes: int | None = None) -> None:
    """Make what a recipe needs in the folder ``work``; what is there already is kept.

    Args:
        data: folder with the reference scans; None if their extract is in ``work`` already.
    """
    recipe = read_recipe(name)
    seeds = range(recipe["first_seed"], recipe["first_seed"] + recipe["patients"])
    if name == "l3_tissue_2d":
        if data is not None and not (work / "drawn.npz").exists():
            save_drawn(read_drawn_slices(data), work / "drawn.npz")
        make_maps("lumbar", seeds, work / "lumbar.npz", processes)
        return
    if data is not None and not (work / "references.npz").exists():
        save_references([read_totalseg_reference(data), read_atlas_reference(data)], work / "references.npz")
    make_maps("levels", seeds, work / "levels.npz", processes)
    make_views(
        work / "levels.npz",
        work / "references.npz",
        work / "views.npz",
        recipe["views_per_phantom"],
        recipe["views_per_reference"],
    )


def train_model(name: str, work: Path, *, data: Path, device: str = "cpu", workers: int = 0) -> dict[str, Path]:
    """Train a recipe on prepared material, phase after phase.

    The first phases leave the recipe's ``held_out`` patients out, so that their figures are honest; the last one learns
    from everybody.

    Args:
        data: folder with the reference scans.
        device: where the network is trained, such as "cpu" or "cuda".
        workers: processes that make samples beside the training.

    Returns:
        Files with the averaged weights, half precision, in ``work``: "held_out" (before the held-out patients were
        seen) and "final".
    """
    from SegmentL3Lib.networks import build_network

    recipe = read_recipe(name)
    torch.manual_seed(recipe["seed"])
    network = build_network(recipe["network_def"])
    files = {}
    for number, phase in enumerate(recipe["phases"]):
        run = "held_out" if phase["held_out"] else "final"
        files[run] = work / f"{name}-{run}.pt"
        if files[run].exists():
            network.load_state_dict(torch.load(files[run], map_location="cpu", weights_only=True))
            continue
        if name == "l3_level_2d" and not phase["held_out"]:
            _count_scans(recipe, files["held_out"], data, work)
        train(
            network,
            _samples(name, recipe, phase, work, seed=recipe["seed"] + number),
            steps=phase["steps"],
            batch=recipe["batch"],
            learning_rate=phase["learning_rate"],
            seed=recipe["seed"] + number,
            checkpoint=work / f"{name}-{run}.checkpoint",
            device=device,
            workers=workers,
        )
        _save_half(network, files[run])
        logger.info("weights written to %s", files[run].name)
    return files


def _samples(name: str, recipe: dict, phase: dict, work: Path, seed: int):
    without = frozenset(recipe["held_out"]) if phase["held_out"] else frozenset()
    if name == "l3_tissue_2d":
        return TissueSamples(recipe, work / "lumbar.npz", work / "drawn.npz", without, seed)
    views = [work / "views.npz"] + ([] if phase["held_out"] else [work / "counted.npz"])
    return LevelSamples(recipe, tuple(views), phase["real_share"], without, seed)


def _count_scans(recipe: dict, weights: Path, data: Path, work: Path) -> None:
    """Let the first weights label the real scans, told one vertebra of each, for the last phase to learn from."""
    from .shipping import package

    model = package(recipe["model"], weights, work / "first_model", card="")
    save_counted(counted_views(data, model, frozenset(recipe["not_counted"])), work / "counted.npz")


def _save_half(network: torch.nn.Module, path: Path) -> None:
    part = path.with_suffix(".part")
    # Tensors that modules share are kept shared, so that they are stored once.
    torch.save(copy.deepcopy(network).half().state_dict(), part)
    os.replace(part, path)
