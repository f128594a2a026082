"""Numbers of the recipe of the estimator."""

import json

from ..resources import resource_path


def read_trust_recipe() -> dict:
    """The recipe, from ``Resources/Trust/recipe.json``."""
    return json.loads(resource_path("Trust", "recipe.json").read_text(encoding="utf-8"))
