"""Pictures of measured slices: drawn outlines beside predicted ones, the pixels that differ, and the figures."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

from SegmentL3Lib.body import body_mask
from SegmentL3Lib.files import atomic_path
from SegmentL3Lib.labels import Label, load_labels
from SegmentL3Lib.report.canvas import INK, QUIET, WHITE, draw_text, panel, windowed

from .slices import MeasuredSlice
from .tables import shown

WINDOW_HU = (400.0, 40.0)
AROUND_BODY_MM = 12.0
PANEL_HEIGHT, MARGIN, GAP, TITLE_HEIGHT, LEGEND_HEIGHT = 600, 20, 12, 54, 92
NONE_PREDICTED = (255, 0, 255)
# Gray, the color of bowel elsewhere, does not show on CT.
COLORS = {"bowel": (70, 200, 255)}
TINT = 0.2
_SPECKLE_MM2 = 12.0  # holes that noise makes in gated tissues get no outline
_ZOOM = 2  # outlines are drawn on finer pixels, so that they hide less
_WIDEST = 900


def write_overlay(item: MeasuredSlice, path: Path) -> None:
    """Write the picture of :func:`draw_overlay` as PNG.

    Raises:
        InputError: the file cannot be written; nothing half-written stays.
    """
    with atomic_path(path) as temporary:
        draw_overlay(item).save(temporary, "PNG")


def draw_overlay(item: MeasuredSlice) -> Image.Image:
    """The slice (window 400, level 40 HU) with drawn outlines, with predicted ones, and with the pixels that differ.

    Pixels that differ bear the color of the predicted tissue, or magenta where none is predicted.
    """
    window = _around_body(item)
    gray = windowed(np.kron(item.hu[window], np.ones((_ZOOM, _ZOOM), np.int16)), *WINDOW_HU)
    maps = item.drawn, item.predicted, item.differs
    drawn, predicted, differs = (np.kron(array[window], np.ones((_ZOOM, _ZOOM), np.uint8)) for array in maps)
    spacing = (item.pixel_mm / _ZOOM,) * 2
    labels = [replace(label, color=COLORS.get(label.id, label.color)) for label in load_labels()]
    speckle = _SPECKLE_MM2 / (spacing[0] * spacing[1])
    parts = {
        "drawn": _outlined(gray, drawn, labels, speckle),
        "predicted": _outlined(gray, predicted, labels, speckle),
        "different": _painted(gray, predicted, differs > 0, labels),
    }
    panels = [_captioned(panel(pixels, spacing, PANEL_HEIGHT, _WIDEST), name) for name, pixels in parts.items()]
    width = 2 * MARGIN + sum(image.width for image in panels) + GAP * (len(panels) - 1)
    image = Image.new("RGB", (width, TITLE_HEIGHT + PANEL_HEIGHT + LEGEND_HEIGHT), "white")
    title = f"{item.case}, slice {item.place}: {100 * item.disagreement:.1f} % of the tissue differs"
    draw_text(ImageDraw.Draw(image), (MARGIN, 14), title, 24, INK)
    left = MARGIN
    for part in panels:
        image.paste(part, (left, TITLE_HEIGHT))
        left += part.width + GAP
    _draw_figures(image, item, labels)
    return image


def _around_body(item: MeasuredSlice) -> tuple[slice, slice]:
    body = body_mask(item.hu, (item.pixel_mm, item.pixel_mm)) | (item.drawn > 0) | (item.predicted > 0)
    if not body.any():
        return np.s_[:, :]
    margin = int(AROUND_BODY_MM / item.pixel_mm)
    extent = ndimage.find_objects(body.astype(np.uint8))[0]
    return tuple(slice(max(0, part.start - margin), part.stop + margin) for part in extent)


def _outlined(gray: np.ndarray, values: np.ndarray, labels: Sequence[Label], speckle: float) -> np.ndarray:
    """Gray image with a tint of each label and outlines without holes and islands of fewer pixels than ``speckle``."""
    image = np.repeat(gray[..., None], 3, axis=2).astype(np.float32)
    areas = [values == label.value for label in labels]
    for label, area in zip(labels, areas, strict=True):
        image[area] = (1 - TINT) * image[area] + TINT * np.asarray(label.color, np.float32)
    for label, area in zip(labels, areas, strict=True):
        smooth = _without_small(~_without_small(~area, speckle), speckle)
        image[smooth & ~ndimage.binary_erosion(smooth)] = label.color
    return image.astype(np.uint8)


def _without_small(mask: np.ndarray, smallest: float) -> np.ndarray:
    parts, _ = ndimage.label(mask)
    return mask & (np.bincount(parts.ravel())[parts] >= smallest)


def _painted(gray: np.ndarray, values: np.ndarray, where: np.ndarray, labels: Sequence[Label]) -> np.ndarray:
    image = np.repeat((gray // 2)[..., None], 3, axis=2)
    image[where] = NONE_PREDICTED
    for label in labels:
        image[where & (values == label.value)] = label.color
    return image


def _captioned(image: Image.Image, text: str) -> Image.Image:
    draw_text(ImageDraw.Draw(image), (10, 8), text, 20, WHITE, shadow=True)
    return image


def _draw_figures(image: Image.Image, item: MeasuredSlice, labels: Sequence[Label]) -> None:
    draw = ImageDraw.Draw(image)
    step = (image.width - 2 * MARGIN) / len(labels)
    top = TITLE_HEIGHT + PANEL_HEIGHT + 10
    for number, label in enumerate(labels):
        left = MARGIN + number * step
        figures = item.agreement[label.id]
        draw.rectangle((left, top + 3, left + 16, top + 19), fill=label.color, outline=QUIET)
        draw_text(draw, (left + 24, top), label.name, 17, INK)
        overlap = f"Dice {shown(figures.dice, '.3f')}, borders {shown(figures.surface_mm, '.2f')} mm"
        draw_text(draw, (left + 24, top + 25), overlap, 16, QUIET)
        draw_text(draw, (left + 24, top + 49), f"area {shown(figures.area_error_percent, '+.1f')} %", 16, QUIET)
