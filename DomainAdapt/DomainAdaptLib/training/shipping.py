"""The package of a trained model, with a card that shows its figures."""

from collections.abc import Mapping
from pathlib import Path

from SegmentL3Lib.models import Bundle

from ..resources import resource_path
from .packaging import package


def ship(name: str, work: Path, sections: Mapping[str, str], models: Path) -> Bundle:
    """Write the package of the final weights to the folder ``models``.

    Args:
        sections: Markdown for each placeholder of the card, such as "figures" for ``{figures}``.
    """
    card = resource_path("Recipes", f"{name}.md").read_text(encoding="utf-8")
    for placeholder, text in sections.items():
        card = card.replace(f"{{{placeholder}}}", text)
    return package(name, "final", work, models / name, card)
