"""Recipes of the shipped models: network, preprocessing, material, phases, and what the figures are measured on."""

import json
from pathlib import Path

from ..resources import resource_path


def recipe_names() -> list[str]:
    """Models that can be made, by name."""
    return sorted(path.stem for path in resource_path("Recipes").glob("*.json"))


def read_recipe(name: str) -> dict:
    """Recipe of a shipped model, such as ``l3_tissue_2d``, from ``Resources/Recipes``."""
    return json.loads(resource_path("Recipes", f"{name}.json").read_text(encoding="utf-8"))


def phase_of(recipe: dict, run: str) -> dict:
    """Phase of a recipe by the name of its run."""
    return next(phase for phase in recipe["phases"] if phase["run"] == run)


def weights_path(name: str, run: str, work: Path) -> Path:
    """File with the averaged weights of a phase, half precision."""
    return work / f"{name}-{run}.pt"
