"""Pictures of level answers: the two views of the spine with the true and the named place of L3."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from SegmentL3Lib.files import atomic_path
from SegmentL3Lib.report.canvas import INK, LINE, QUIET, draw_text, panel, windowed
from SegmentL3Lib.spine_line import find_spine
from SegmentL3Lib.spine_views import COLUMN_MM, ROW_MM, coarse_volume, image_views

from .levels import LEVEL, LevelAnswer

WINDOW_HU = (900.0, 250.0)
MARGIN, GAP, TITLE_HEIGHT = 20, 12, 84
TRUTH = "#4dd0ff"
_PX_PER_MM = 1.4


def write_level_picture(item: LevelAnswer, path: Path) -> None:
    """Write the picture of :func:`draw_level` as PNG.

    Raises:
        InputError: the file cannot be written; nothing half-written stays.
    """
    with atomic_path(path) as temporary:
        draw_level(item).save(temporary, "PNG")


def draw_level(item: LevelAnswer) -> Image.Image:
    """Maximum and mean views of the spine, frontal beside sagittal; lines at named vertebrae and the true L3."""
    volume = item.scan.volume
    coarse = coarse_volume(volume.array, volume.geometry.spacing[::-1])
    views = image_views(coarse, find_spine(coarse))
    panels = [_panel(view, item) for view in views]
    width = 2 * MARGIN + GAP + sum(part.width for part in panels)
    image = Image.new("RGB", (width, TITLE_HEIGHT + panels[0].height + MARGIN), "white")
    draw = ImageDraw.Draw(image)
    draw_text(draw, (MARGIN, 12), _title(item), 22, INK)
    draw_text(draw, (MARGIN, 46), "blue: true L3; yellow: found", 17, QUIET)
    left = MARGIN
    for part in panels:
        image.paste(part, (left, TITLE_HEIGHT))
        left += part.width + GAP
    return image


def _title(item: LevelAnswer) -> str:
    found = item.found
    error = "" if np.isnan(item.error_mm) else f", error {item.error_mm:+.1f} mm"
    said = f"named{error}, certainty {found.certainty:.0%}" if found.found else "refused"
    return f"{item.scan.case} ({item.scan.group}): {item.outcome}; {LEVEL} {said}"


def _panel(view: np.ndarray, item: LevelAnswer) -> Image.Image:
    tall = len(view) * ROW_MM
    image = panel(windowed(view[::-1], *WINDOW_HU), (ROW_MM, COLUMN_MM), round(tall * _PX_PER_MM))
    draw = ImageDraw.Draw(image)
    slice_mm = item.scan.volume.geometry.spacing[2]

    def line(place: float, color: str, width: int, text: str, text_left: int, text_up: int) -> None:
        y = (tall - (place + 0.5) * slice_mm) * _PX_PER_MM
        draw.line([(0, y), (image.width, y)], fill=color, width=width)
        draw_text(draw, (text_left, y - text_up), text, 16, color, shadow=True)

    if item.scan.middle is not None:
        # On the side of the line where the other one is not.
        line(item.scan.middle, TRUTH, 3, LEVEL, image.width - 34, 20 if item.error_mm < 0 else -2)
    for name, place in item.found.vertebrae.items():
        line(place, LINE, 3 if name == LEVEL and item.found.found else 1, name, 4, 20)
    return image
