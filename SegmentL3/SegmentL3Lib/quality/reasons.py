"""What a check says."""

import json
from functools import cache

from ..resources import resource_path
from ..results import CHECK, NOTE, UNUSABLE, QualityReason

__all__ = ["CHECK", "NOTE", "UNUSABLE", "codes", "reason"]


def reason(code: str, effect: str, text: str) -> QualityReason:
    """A reason with the advice that ``Resources/Measurements/checks.json`` gives for its code.

    Raises:
        KeyError: the code is not in the file.
    """
    return QualityReason(code, effect, text, _document()[code]["advice"])


def codes() -> dict[str, str]:
    """What each check looks for, in a few words, by code; without what networks estimate of a result."""
    return {code: entry["title"] for code, entry in _document().items() if not entry.get("estimated")}


@cache
def _document() -> dict:
    return json.loads(resource_path("Measurements", "checks.json").read_text(encoding="utf-8"))
