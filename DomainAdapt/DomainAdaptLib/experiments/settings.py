"""Sizes and steps of the experiments."""

import json

from ..resources import resource_path


def read_settings(experiment: str) -> dict:
    """Settings of an experiment by its name, such as ``adaptation``, from ``Resources/Experiments``."""
    return json.loads(resource_path("Experiments", f"{experiment}.json").read_text(encoding="utf-8"))
