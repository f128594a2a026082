"""Limits of the checks, from ``Resources/Measurements/quality.json``, where each has its reason."""

import json
from functools import cache

from ..resources import resource_path


def limit(group: str, name: str):
    """Value of one limit."""
    return _document()[group][name]["value"]


@cache
def _document() -> dict:
    return json.loads(resource_path("Measurements", "quality.json").read_text(encoding="utf-8"))
