"""How the slices that the tissue model learns from are: the ranges outside of which a scan is unlike them."""

import json
import logging
from pathlib import Path

import numpy as np

from SegmentL3Lib.body import body_mask
from SegmentL3Lib.files import atomic_path
from SegmentL3Lib.quality.familiarity import slice_figures

from ..synthesis.render import PIXEL_MM, render_slice
from .material import load_drawn

PERCENTILES = (1, 99)
MARGIN = 0.25  # of the distance between the percentiles, added on both sides
# Name for people, unit and decimals of each figure.
FIGURES = {
    "width_mm": ("width", "mm", 0),
    "depth_by_width": ("depth by width", "", 2),
    "air_percent": ("air within the body", "%", 0),
    "fat_percent": ("share of fat", "%", 0),
    "soft_percent": ("share of soft tissue", "%", 0),
    "dense_percent": ("share of bone and contrast", "%", 0),
    "fat_hu": ("median of fat", "HU", 0),
    "soft_hu": ("median of soft tissue", "HU", 0),
}
_SEED = 20_000_000  # of the rendering; training has others for the same maps
logger = logging.getLogger(__name__)


def write_ranges(work: Path, path: Path, count: int = 500) -> dict:
    """Measure training slices and write their ranges as JSON.

    Args:
        work: folder with ``lumbar.npz`` and ``drawn.npz``, the material of the recipe.
        path: the file.
        count: generated slices to measure, beside all drawn ones.

    Returns:
        What was written.

    Raises:
        InputError: the file cannot be written.
    """
    rows = [_figures(hu, pixel_mm) for hu, pixel_mm in _slices(work, count)]
    figures = {name: _range([row[name] for row in rows if row[name] is not None], name) for name in FIGURES}
    document = {
        "source": f"{count} generated and {len(rows) - count} drawn training slices; percentiles {PERCENTILES[0]} and "
        f"{PERCENTILES[1]}, widened by {100 * MARGIN:.0f} % of their distance on both sides",
        "figures": figures,
    }
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return document


def _slices(work: Path, count: int):
    with np.load(work / "lumbar.npz") as file:
        maps = file["maps"][:count]
    for number, (fine, neighbor) in enumerate(maps):
        yield render_slice(fine, _SEED + number, neighbor)[0].numpy(), PIXEL_MM
    for item in load_drawn(work / "drawn.npz"):
        yield item.hu, item.pixel_mm


def _figures(hu: np.ndarray, pixel_mm: float) -> dict[str, float | None]:
    spacing = pixel_mm, pixel_mm
    return slice_figures(hu, body_mask(hu, spacing), spacing)


def _range(values: list[float], name: str) -> dict:
    low, high = np.percentile(values, PERCENTILES)
    margin = MARGIN * (high - low)
    title, unit, decimals = FIGURES[name]
    low, high = round(float(low - margin), decimals), round(float(high + margin), decimals)
    lowest = 0.0 if unit == "%" else low
    return {"name": title, "unit": unit, "decimals": decimals, "low": max(low, lowest), "high": high}
