"""One picture of a task in 3D: the largest lesions in axial slices, or all structures in the three planes."""

from io import BytesIO

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

from ..labels import Label
from ..orientation import axial_order, to_axial
from ..quality.contrasts import foreground
from ..task_results import Lesion, TaskResult
from ..tasks import Task
from ..volume import Volume
from .canvas import INK, LINE, QUIET, WHITE, draw_text, paint_labels, panel, text_width, windowed
from .lesion_tables import volume_text
from .task_text import summary_text

SHOWN = 6
COLUMNS = 3
PANEL_HEIGHT = 400
WIDEST = 560
MARGIN = 24
GAP = 14
TITLE_HEIGHT = 62
CAPTION_HEIGHT = 32
AROUND_MM = 6.0
MARK_MM = 6.0
DARKEST, BRIGHTEST = 0.5, 99.9  # percentiles of what is not empty


def overview_png(result: TaskResult, task: Task, image: Volume) -> bytes:
    """The picture of `draw_overview` in PNG format."""
    stream = BytesIO()
    draw_overview(result, task, image).save(stream, "PNG")
    return stream.getvalue()


def draw_overview(result: TaskResult, task: Task, image: Volume) -> Image.Image:
    """The largest lesions with their labels and a pair of lines that lead to them; the middle slice if there are none.

    For a task without lesions: the axial, coronal and sagittal slice through the middle of what was found.

    Args:
        result: what was found.
        task: what was done.
        image: first of the images that were given.
    """
    scene = _Scene(result, image)
    if task.lesions:
        panels = [scene.lesion(lesion) for lesion in result.lesions[:SHOWN]] or [scene.middle()]
    else:
        panels = scene.planes()
    columns = min(COLUMNS, len(panels))
    rows = -(-len(panels) // columns)
    wide = max(part.width for part in panels)
    title, count = task.title, f"{summary_text(result, task)} · quality: {result.quality.verdict}"
    needed = text_width(title, 28) + text_width(count, 20) + 2 * GAP
    width = 2 * MARGIN + round(max(columns * (wide + GAP) - GAP, needed))
    canvas = Image.new("RGB", (width, TITLE_HEIGHT + rows * (PANEL_HEIGHT + CAPTION_HEIGHT + GAP)), "white")
    draw = ImageDraw.Draw(canvas)
    draw_text(draw, (MARGIN, 16), title, 28, INK)
    draw_text(draw, (width - MARGIN - text_width(count, 20), 22), count, 20, QUIET)
    for number, part in enumerate(panels):
        row, column = divmod(number, columns)
        left, top = MARGIN + column * (wide + GAP), TITLE_HEIGHT + row * (PANEL_HEIGHT + CAPTION_HEIGHT + GAP)
        canvas.paste(part, (left, top))
        draw_text(draw, (left, top + PANEL_HEIGHT + 4), part.info["caption"], 18, INK)
    return canvas


class _Scene:
    """Image and labels in axial order, and the panels cut from them."""

    def __init__(self, result: TaskResult, image: Volume):
        self._axial = to_axial(image)
        self._labels = axial_order(image.geometry).apply(result.segmentation.array)
        self._entries: tuple[Label, ...] = tuple(volume.label for volume in result.volumes)
        low, high = np.percentile(self._axial.array[foreground(self._axial.array)], (DARKEST, BRIGHTEST))
        self._window = max(float(high - low), 1.0), float(low + high) / 2
        self._rows, self._columns = self._around_head()

    def lesion(self, lesion: Lesion) -> Image.Image:
        """The slice through a voxel near the middle of a lesion."""
        x, y, z = self._index(lesion.place_lps_mm)
        picture = self._slice(z)
        scale = picture.info["px_per_mm"]
        step = np.asarray(self._axial.geometry.spacing)
        place = (x - self._columns.start + 0.5) * step[0] * scale, (y - self._rows.start + 0.5) * step[1] * scale
        _draw_cross(picture, (place[0], place[1] + picture.info["top"]), MARK_MM * scale)
        picture.info["caption"] = (
            f"{lesion.number}: {volume_text(lesion.volume_ml)} ml · {lesion.longest_diameter_mm:.1f} mm"
        )
        return picture

    def middle(self) -> Image.Image:
        """The middle slice."""
        picture = self._slice(len(self._axial.array) // 2)
        picture.info["caption"] = "Middle of the scan"
        return picture

    def planes(self) -> list[Image.Image]:
        """The axial, coronal and sagittal slice through the middle of the labels, or of the scan without any."""
        x, y, z = reversed([int(part.start + part.stop) // 2 for part in self._around_labels()])
        pictures = [self._slice(z)]
        for part, sides in ((np.s_[::-1, y, self._columns], "RL"), (np.s_[::-1, self._rows, x], "AP")):
            across = self._axial.geometry.spacing[0 if sides == "RL" else 1]
            pictures.append(self._panel(part, (self._axial.geometry.spacing[2], across), sides))
        for picture, caption in zip(pictures, ("Axial", "Coronal", "Sagittal"), strict=True):
            picture.info["caption"] = caption
        return pictures

    def _slice(self, index: int) -> Image.Image:
        part = np.s_[index, self._rows, self._columns]
        return self._panel(part, tuple(self._axial.geometry.spacing[1::-1]), "RL")

    def _panel(self, part, spacing_mm: tuple[float, float], sides: str) -> Image.Image:
        """A slice with its labels; ``sides`` are the letters at its left and right."""
        gray = windowed(np.asarray(self._axial.array[part]), *self._window)
        colored = paint_labels(gray, np.asarray(self._labels[part]), self._entries)
        picture = panel(colored, spacing_mm, PANEL_HEIGHT, WIDEST)
        draw = ImageDraw.Draw(picture)
        draw_text(draw, (8, picture.height / 2 - 12), sides[0], 20, WHITE, shadow=True)
        draw_text(draw, (picture.width - 24, picture.height / 2 - 12), sides[1], 20, WHITE, shadow=True)
        return picture

    def _around_labels(self) -> tuple[slice, slice, slice]:
        found = ndimage.find_objects((self._labels > 0).astype(np.uint8))
        return found[0] if found else tuple(slice(0, size) for size in self._labels.shape)

    def _index(self, position_lps_mm: tuple[float, float, float]) -> tuple[int, int, int]:
        geometry = self._axial.geometry
        offset = np.asarray(position_lps_mm) - np.asarray(geometry.origin)
        return tuple(int(round(value)) for value in offset @ geometry.matrix / np.asarray(geometry.spacing))

    def _around_head(self) -> tuple[slice, slice]:
        """Rows and columns of what is not dark, with some room around; everything where all is alike."""
        bright = self._axial.array.max(axis=0) > self._window[1] - self._window[0] / 4
        spacing = self._axial.geometry.spacing
        used = [np.flatnonzero(bright.any(axis=axis)) for axis in (1, 0)]
        if not bright.any():
            return slice(0, bright.shape[0]), slice(0, bright.shape[1])
        room = [round(AROUND_MM / spacing[axis]) for axis in (1, 0)]
        return tuple(
            slice(max(0, int(each[0]) - more), min(size, int(each[-1]) + 1 + more))
            for each, more, size in zip(used, room, bright.shape, strict=True)
        )


def _draw_cross(picture: Image.Image, place: tuple[float, float], gap: float) -> None:
    """Lines to a place from all four sides, which leave the place itself free."""
    draw = ImageDraw.Draw(picture)
    x, y = place
    for start, end in (((0, y), (x - gap, y)), ((x + gap, y), (picture.width, y))):
        if start[0] < end[0]:
            draw.line([start, end], fill=LINE, width=1)
    for start, end in (((x, 0), (x, y - gap)), ((x, y + gap), (x, picture.height))):
        if start[1] < end[1]:
            draw.line([start, end], fill=LINE, width=1)
