"""Parameters of the refinement that were chosen for a model."""

import json

from ..resources import resource_path


def refinement_parameters(model: str) -> dict[str, float]:
    """Arguments of ``refine_with_crf`` for a model, from ``Resources/Refinement``."""
    text = resource_path("Refinement", f"{model}.json").read_text(encoding="utf-8")
    return json.loads(text)["parameters"]
