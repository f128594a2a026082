"""Pictures of measured fetal scans: three planes, the image beside its true structures and the predicted ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

from SegmentL3Lib.files import atomic_path
from SegmentL3Lib.labels import Label
from SegmentL3Lib.orientation import axial_order
from SegmentL3Lib.report.canvas import INK, WHITE, draw_text, paint_labels, panel, windowed
from SegmentL3Lib.volume import Volume

_HEIGHT, _WIDEST, _GAP, _TITLE = 300, 400, 6, 36


@dataclass(frozen=True, eq=False)
class FetalPicture:
    """What is drawn.

    Attributes:
        image: the scan.
        truth, predicted: values of the labels, (z, y, x) on the voxels of the scan.
        entries: labels with their colors.
    """

    image: Volume
    truth: np.ndarray
    predicted: np.ndarray
    entries: Sequence[Label]


def write_fetal_picture(shown: FetalPicture, title: str, path: Path) -> None:
    """Write axial, coronal and sagittal slices through the middle of what is true as PNG.

    Raises:
        InputError: the file cannot be written.
    """
    order = axial_order(shown.image.geometry)
    spacing = [shown.image.geometry.spacing[2 - axis] for axis in order.axes]
    image, truth, predicted = map(order.apply, (shown.image.array, shown.truth, shown.predicted))
    z, y, x = ((part.start + part.stop) // 2 for part in ndimage.find_objects((truth > 0).astype(np.uint8))[0])
    high = float(np.percentile(image[truth > 0], 99.5))
    picture = Image.new("RGB", (3 * (_WIDEST + _GAP), _TITLE + 3 * (_HEIGHT + _GAP)), "white")
    draw_text(ImageDraw.Draw(picture), (8, 8), title, 18, INK)
    for row, (part, axes) in enumerate(((np.s_[z], (1, 2)), (np.s_[::-1, y], (0, 2)), (np.s_[::-1, :, x], (0, 1)))):
        gray = windowed(np.ascontiguousarray(image[part]), high, high / 2)
        for column, labels in enumerate((np.zeros_like(truth), truth, predicted)):
            each = panel(
                paint_labels(gray, labels[part], shown.entries), tuple(spacing[axis] for axis in axes), _HEIGHT, _WIDEST
            )
            draw_text(ImageDraw.Draw(each), (8, 6), ("", "true", "predicted")[column], 16, WHITE, shadow=True)
            picture.paste(each, (column * (_WIDEST + _GAP), _TITLE + row * (_HEIGHT + _GAP)))
    with atomic_path(path) as temporary:
        picture.save(temporary, "PNG")
