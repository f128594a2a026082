"""Pictures of measured fetal brains: three planes, the image beside its tissues and the predicted ones."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

from SegmentL3Lib.files import atomic_path
from SegmentL3Lib.orientation import axial_order
from SegmentL3Lib.report.canvas import INK, WHITE, draw_text, paint_labels, panel, windowed
from SegmentL3Lib.tasks import find_task

from .fetal_scans import FetalScan

_HEIGHT, _WIDEST, _GAP, _TITLE = 300, 400, 6, 36


def write_fetal_picture(scan: FetalScan, predicted: np.ndarray, title: str, path: Path) -> None:
    """Write axial, coronal and sagittal slices through the middle of the brain as PNG.

    Raises:
        InputError: the file cannot be written.
    """
    order = axial_order(scan.image.geometry)
    spacing = [scan.image.geometry.spacing[2 - axis] for axis in order.axes]
    image, tissues, predicted = map(order.apply, (scan.image.array, scan.tissues, predicted))
    z, y, x = ((part.start + part.stop) // 2 for part in ndimage.find_objects((tissues > 0).astype(np.uint8))[0])
    high = float(np.percentile(image[tissues > 0], 99.5))
    entries = find_task("fetal_brain_3d").label_entries()
    picture = Image.new("RGB", (3 * (_WIDEST + _GAP), _TITLE + 3 * (_HEIGHT + _GAP)), "white")
    draw_text(ImageDraw.Draw(picture), (8, 8), title, 18, INK)
    for row, (part, axes) in enumerate(((np.s_[z], (1, 2)), (np.s_[::-1, y], (0, 2)), (np.s_[::-1, :, x], (0, 1)))):
        gray = windowed(np.ascontiguousarray(image[part]), high, high / 2)
        for column, labels in enumerate((np.zeros_like(tissues), tissues, predicted)):
            each = panel(
                paint_labels(gray, labels[part], entries), tuple(spacing[axis] for axis in axes), _HEIGHT, _WIDEST
            )
            draw_text(ImageDraw.Draw(each), (8, 6), ("", "atlas", "predicted")[column], 16, WHITE, shadow=True)
            picture.paste(each, (column * (_WIDEST + _GAP), _TITLE + row * (_HEIGHT + _GAP)))
    with atomic_path(path) as temporary:
        picture.save(temporary, "PNG")
