"""Drawing helpers: windowing, colored labels, panels to scale, text."""

from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from ..labels import Label

INK = "#111111"
QUIET = "#444444"
LINE = "#ffd92e"
WHITE = "#ffffff"
OPACITY = 0.5
# Pillow's font shows these characters as an empty box.
_PLAIN = str.maketrans({"–": "-", "—": "-", "≤": "<=", "≥": ">=", "×": "x"})


def windowed(hu: np.ndarray, width: float, level: float) -> np.ndarray:
    """CT numbers as gray values, uint8, same shape: black at level - width / 2, white at level + width / 2."""
    scaled = (hu.astype(np.float32) - (level - width / 2)) * (255.0 / width)
    return np.clip(scaled, 0, 255).astype(np.uint8)


def paint_labels(gray: np.ndarray, values: np.ndarray, labels: tuple[Label, ...]) -> np.ndarray:
    """Gray image (y, x) under its labels (y, x), translucent with stronger borders; RGB uint8 (y, x, 3)."""
    image = np.repeat(gray[..., None], 3, axis=2).astype(np.float32)
    for label in labels:
        area = values == label.value
        color = np.asarray(label.color, np.float32)
        image[area] = (1 - OPACITY) * image[area] + OPACITY * color
        border = area & ~ndimage.binary_erosion(area)
        image[border] = 0.35 * image[border] + 0.65 * color
    return image.astype(np.uint8)


def panel(pixels: np.ndarray, spacing_mm: tuple[float, float], height: int, widest: int | None = None) -> Image.Image:
    """Image enlarged to a height in true proportions, on black where a widest width makes it less high.

    Args:
        pixels: gray (y, x) or RGB (y, x, 3), uint8.
        spacing_mm: pixel size down and across.
        height: height of the panel in pixels.
        widest: largest width of the panel in pixels; None: no limit.

    Returns:
        The panel; its ``info`` holds ``px_per_mm`` and ``top``, the first row of the image in it.
    """
    tall_mm, wide_mm = pixels.shape[0] * spacing_mm[0], pixels.shape[1] * spacing_mm[1]
    px_per_mm = height / tall_mm
    if widest is not None:
        px_per_mm = min(px_per_mm, widest / wide_mm)
    size = max(1, round(wide_mm * px_per_mm)), max(1, round(tall_mm * px_per_mm))
    image = Image.new("RGB", (size[0], height), "black")
    top = (height - size[1]) // 2
    image.paste(Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC), (0, top))
    image.info.update(px_per_mm=px_per_mm, top=top)
    return image


def draw_text(draw: ImageDraw.ImageDraw, place, text: str, size: int, color: str, shadow: bool = False) -> None:
    """Text with its upper left corner at a place; what the font lacks is set with what it has (``_parts``)."""
    left, top = place
    edge = {"stroke_width": 2, "stroke_fill": "#000000"} if shadow else {}
    for part, font_size in _parts(text, size):
        draw.text((left, top), part, font=font_of(font_size), fill=color, **edge)
        left += font_of(font_size).getlength(part)


def text_width(text: str, size: int) -> float:
    """Width of :func:`draw_text`, pixels."""
    return sum(font_of(font_size).getlength(part) for part, font_size in _parts(text, size))


@cache
def font_of(size: int) -> ImageFont.FreeTypeFont:
    """The font that comes with Pillow."""
    return ImageFont.load_default(size)


def _parts(text: str, size: int) -> list[tuple[str, int]]:
    """Texts and their sizes: a superscript two as a small raised 2, dashes and comparisons in plain letters."""
    pieces = text.translate(_PLAIN).split("²")
    parts = [(pieces[0], size)]
    for piece in pieces[1:]:
        parts += [("2", round(0.62 * size)), (piece, size)]
    return parts
