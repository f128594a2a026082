"""Pictures of measured patients: the slice with most lesions, outlined beside predicted."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

from SegmentL3Lib.files import atomic_path
from SegmentL3Lib.report.canvas import INK, WHITE, draw_text, panel

OUTLINED, PREDICTED = (255, 220, 0), (255, 60, 60)
_HEIGHT, _GAP, _TITLE = 420, 6, 40
_SLICES = 3


def write_lesion_picture(
    image: np.ndarray, outlined: np.ndarray, predicted: np.ndarray, spacing_mm: tuple, title: str, path: Path
) -> None:
    """Write slices as PNG: the image, with what is outlined (yellow), and with what is predicted (red).

    Args:
        image: (z, y, x), the back of the head last.
        outlined, predicted: boolean, of the same shape.
        spacing_mm: voxel size, (z, y, x).

    Raises:
        InputError: the file cannot be written.
    """
    window = ndimage.find_objects((image != 0).astype(np.uint8))[0]
    image, outlined, predicted = (array[window] for array in (image, outlined, predicted))
    low, high = np.percentile(image[image != 0], (1, 99.5))
    gray = np.clip((image.astype(np.float32) - low) / (high - low) * 255, 0, 255).astype(np.uint8)
    nothing = np.zeros_like(outlined)
    shown = ((nothing, OUTLINED), (outlined, OUTLINED), (predicted, PREDICTED))
    rows = [[_colored(gray[z], mask[z], color) for mask, color in shown] for z in _chosen(outlined | predicted)]
    panels = [[panel(pixels, spacing_mm[1:], _HEIGHT) for pixels in row] for row in rows]
    width = sum(each.width + _GAP for each in panels[0])
    picture = Image.new("RGB", (width, _TITLE + len(panels) * (_HEIGHT + _GAP)), "white")
    draw_text(ImageDraw.Draw(picture), (8, 8), title, 20, INK)
    for number, row in enumerate(panels):
        left = 0
        for each, name in zip(row, ("", "outlined", "predicted"), strict=True):
            draw_text(ImageDraw.Draw(each), (8, 6), name, 18, WHITE, shadow=True)
            picture.paste(each, (left, _TITLE + number * (_HEIGHT + _GAP)))
            left += each.width + _GAP
    with atomic_path(path) as temporary:
        picture.save(temporary, "PNG")


def _chosen(mask: np.ndarray) -> list[int]:
    """The slice that shows most of a mask, and those halfway to its ends."""
    areas = mask.sum((1, 2))
    if not areas.any():
        return [len(mask) // 2]
    share = np.cumsum(areas) / areas.sum()
    return sorted({int(np.searchsorted(share, q)) for q in np.linspace(0.2, 0.8, _SLICES)})


def _colored(gray: np.ndarray, mask: np.ndarray, color: tuple[int, int, int]) -> np.ndarray:
    """Gray image (y, x) with the border of a mask; RGB."""
    pixels = np.repeat(gray[..., None], 3, axis=2)
    large = np.kron(pixels, np.ones((2, 2, 1), np.uint8))
    fine = np.kron(mask, np.ones((2, 2), bool))
    large[fine & ~ndimage.binary_erosion(fine)] = color
    return large
