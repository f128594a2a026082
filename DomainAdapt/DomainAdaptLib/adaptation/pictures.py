"""Slices side by side, for reports."""

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from SegmentL3Lib.labels import Label
from SegmentL3Lib.volume import Volume

_HEIGHT, _TITLE_HEIGHT, _OPACITY = 320, 20, 0.45


def side_by_side(panels: Sequence[tuple[str, np.ndarray]]) -> bytes:
    """A PNG of slices in one row.

    Args:
        panels: title, and gray or color values uint8 (y, x) or (y, x, 3).
    """
    images = [(title, _scaled(Image.fromarray(values).convert("RGB"))) for title, values in panels]
    picture = Image.new("RGB", (sum(image.width for _, image in images), _HEIGHT + _TITLE_HEIGHT))
    draw, left = ImageDraw.Draw(picture), 0
    for title, image in images:
        picture.paste(image, (left, _TITLE_HEIGHT))
        draw.text((left + 6, 4), title, fill=(255, 255, 255))
        left += image.width
    content = io.BytesIO()
    picture.save(content, "PNG")
    return content.getvalue()


def gray_slice(scan: Volume, index: int | None = None) -> np.ndarray:
    """A slice (the middle one if None) from the 1st to the 99th percentile of its gray values, uint8 (y, x)."""
    plane = scan.array[len(scan.array) // 2 if index is None else index].astype(np.float32)
    low, high = np.percentile(plane, (1, 99))
    return (255 * np.clip((plane - low) / max(high - low, 1e-6), 0, 1)).astype(np.uint8)


def colored_slice(scan: Volume, labels: np.ndarray, index: int, table: Sequence[Label]) -> np.ndarray:
    """A slice under its labels, uint8 (y, x, 3)."""
    gray = np.repeat(gray_slice(scan, index)[..., None], 3, 2).astype(np.float32)
    colors = np.zeros((max(int(labels.max()), *(label.value for label in table)) + 1, 3), np.float32)
    for label in table:
        colors[label.value] = label.color
    plane = labels[index]
    mixed = (1 - _OPACITY) * gray + _OPACITY * colors[plane]
    return np.where((plane > 0)[..., None], mixed, gray).astype(np.uint8)


def fullest_slice(labels: np.ndarray) -> int:
    """Index of the slice with most labels; the middle one where there are none."""
    counts = (labels > 0).sum((1, 2))
    return int(counts.argmax()) if counts.any() else len(labels) // 2


def _scaled(image: Image.Image) -> Image.Image:
    return image.resize((max(1, round(image.width * _HEIGHT / image.height)), _HEIGHT), Image.Resampling.BILINEAR)
