"""Figures of a trained model, and its package with a card that shows them."""

import csv
from collections.abc import Sequence
from pathlib import Path

from SegmentL3Lib.models import Bundle

from ..resources import resource_path
from .figures import level_rows, markdown_table, mean_row, tissue_rows
from .material import load_drawn
from .packaging import package
from .recipe import read_recipe, weights_path


def make_figures(name: str, data: Path, work: Path) -> list[dict[str, str]]:
    """Figures of weights on patients that they have not seen; also written to ``<name>-figures.csv``."""
    rows = []
    for run, cases in read_recipe(name)["measured"].items():
        model = package(name, weights_path(name, run, work), work / f"{name}-{run}", card="")
        if name == "l3_tissue_2d":
            rows += tissue_rows(model, [item for item in load_drawn(work / "drawn.npz") if item.case in cases])
        else:
            rows += level_rows(model, data, cases)
    if name == "l3_tissue_2d":
        rows.append(mean_row(rows, "mean (area: mean of absolute errors)"))
    with open(work / f"{name}-figures.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return rows


def ship(name: str, work: Path, rows: Sequence[dict[str, str]], models: Path) -> Bundle:
    """Write the package of the final weights to the folder ``models``, with a card that shows the figures."""
    template = resource_path("Recipes", f"{name}.md").read_text(encoding="utf-8")
    card = template.replace("{figures}", markdown_table(rows))
    return package(name, weights_path(name, "final", work), models / name, card)
