"""Estimated against true Dice, as a picture."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from SegmentL3Lib.files import atomic_path
from SegmentL3Lib.labels import load_labels
from SegmentL3Lib.report.canvas import INK, QUIET, draw_text

from .bench import DRAWN
from .fitting import FAILURE, Bench, HeldOut

SIDE, MARGIN, GAP, TITLE_HEIGHT = 300, 52, 26, 30
_GRID = "#d8d8d8"
_DRAWN_COLOR, _PHANTOM_COLOR = "#c83c14", "#285abe"
_RADIUS = 2


def write_scatter(bench: Bench, held_out: HeldOut, path: Path) -> None:
    """Write a PNG with a panel for each structure: true Dice to the right, estimated Dice upward.

    Raises:
        InputError: the file cannot be written.
    """
    labels = load_labels()
    columns = 3
    rows = -(-len(labels) // columns)
    step = SIDE + GAP + MARGIN
    image = Image.new("RGB", (columns * step + GAP, rows * (step + TITLE_HEIGHT) + 10), "white")
    draw = ImageDraw.Draw(image)
    structures = np.array([result.structure for result in bench.results])
    drawn = np.array([result.source == DRAWN for result in bench.results])
    for number, label in enumerate(labels):
        corner = MARGIN + number % columns * step, TITLE_HEIGHT + number // columns * (step + TITLE_HEIGHT)
        chosen = structures == label.id
        _panel(draw, corner, label.name, bench.dice[chosen], held_out.dice[chosen], drawn[chosen])
    bottom = image.height - 30
    draw_text(draw, (MARGIN, bottom), "true Dice to the right, estimated Dice upward;", 16, INK)
    draw_text(draw, (MARGIN + 360, bottom), "drawn slices", 16, _DRAWN_COLOR)
    draw_text(draw, (MARGIN + 470, bottom), "phantoms", 16, _PHANTOM_COLOR)
    with atomic_path(path) as temporary:
        image.save(temporary, "PNG")


def _panel(draw: ImageDraw.ImageDraw, corner, title: str, true, estimated, drawn) -> None:
    left, top = corner
    draw_text(draw, (left, top - 24), title, 17, INK)
    for value in (0, 0.2, 0.4, 0.6, 0.8, 1):
        x, y = left + SIDE * value, top + SIDE * (1 - value)
        color = QUIET if value == FAILURE else _GRID
        draw.line((x, top, x, top + SIDE), fill=color)
        draw.line((left, y, left + SIDE, y), fill=color)
        draw_text(draw, (x - 9, top + SIDE + 4), f"{value:.1f}", 13, QUIET)
        draw_text(draw, (left - 28, y - 8), f"{value:.1f}", 13, QUIET)
    draw.line((left, top + SIDE, left + SIDE, top), fill=QUIET)
    for across, up, real in zip(true, estimated, drawn, strict=True):
        x, y = left + SIDE * across, top + SIDE * (1 - up)
        color = _DRAWN_COLOR if real else _PHANTOM_COLOR
        draw.ellipse((x - _RADIUS, y - _RADIUS, x + _RADIUS, y + _RADIUS), outline=color)
