"""One picture that shows what was measured and where: the slice, its labels, and the slice's place in the body."""

from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from ..body import body_mask
from ..files import atomic_path
from ..labels import Label
from ..orientation import axial_order, to_axial
from ..results import Result
from ..volume import Volume
from .canvas import INK, LINE, QUIET, WHITE, draw_text, paint_labels, panel, text_width, windowed
from .tables import NO_WINDOW, NOTHING, TissueRow, tissue_rows

PANEL_HEIGHT = 520
WIDEST_PROOF = 420
MARGIN = 24
GAP = 14
TITLE_HEIGHT = 62
LEGEND_HEIGHT = 86
SOFT_TISSUE_HU = (400.0, 40.0)
SPINE_HU = (900.0, 250.0)
SKELETON_HU = (1500.0, 550.0)
AROUND_BODY_MM = 12.0
AROUND_SLICE_MM = 260.0
SAGITTAL_SLAB_MM = 8.0


def write_overview_png(result: Result, volume: Volume, labels: tuple[Label, ...], path: str | Path) -> None:
    """Write the picture of :func:`draw_overview` as PNG.

    Raises:
        InputError: the file cannot be written; nothing half-written stays.
    """
    with atomic_path(path) as temporary:
        Path(temporary).write_bytes(overview_png(result, volume, labels))


def overview_png(result: Result, volume: Volume, labels: tuple[Label, ...]) -> bytes:
    """The picture of :func:`draw_overview` in PNG format."""
    stream = BytesIO()
    # Of level 6, the usual one, twice the time for 4 % less.
    draw_overview(result, volume, labels).save(stream, "PNG", compress_level=3)
    return stream.getvalue()


def draw_overview(result: Result, volume: Volume, labels: tuple[Label, ...]) -> Image.Image:
    """The measured slice bare and with colored labels, its place in a sagittal and a coronal image, and the areas.

    The slice is shown with window 400 and level 40 HU. Lengths are to scale within each panel. A single slice has no
    sagittal and coronal image.

    Args:
        result: the result; slice numbers in the file's own order.
        volume: the scan, as it was read.
        labels: the label table with the colors.
    """
    scene = _Scene(result, volume)
    panels = [scene.bare_slice(), scene.labeled_slice(labels)]
    if scene.axial.array.shape[0] > 1:
        panels += [scene.sagittal(), scene.coronal()]
    width = 2 * MARGIN + sum(image.width for image in panels) + GAP * (len(panels) - 1)
    image = Image.new("RGB", (width, TITLE_HEIGHT + PANEL_HEIGHT + LEGEND_HEIGHT), "white")
    _draw_title(image, result)
    left = MARGIN
    for part in panels:
        image.paste(part, (left, TITLE_HEIGHT))
        left += part.width + GAP
    _draw_legend(image, [row for row in tissue_rows(result.measurements, labels) if not row.part_of_row_above])
    return image


class _Scene:
    """The scan in axial order, and the panels cut from it."""

    def __init__(self, result: Result, volume: Volume) -> None:
        order = axial_order(volume.geometry)
        self.axial = to_axial(volume)
        self.count = self.axial.array.shape[0]
        self.index = order.axial_index(result.slice_index, self.count)
        self.labels = np.asarray(order.apply(result.segmentation.array)[self.index])
        self.hu = np.asarray(self.axial.array[self.index])
        self.x_mm, self.y_mm, self.z_mm = self.axial.geometry.spacing
        self.rows, self.columns = _around(body_mask(self.hu, (self.y_mm, self.x_mm)), (self.y_mm, self.x_mm))
        self.vertebrae = {}
        if result.level:
            places = result.level.vertebrae.items()
            self.vertebrae = {name: order.axial_index(place, self.count) for name, place in places}

    def bare_slice(self) -> Image.Image:
        gray = windowed(self.hu[self.rows, self.columns], *SOFT_TISSUE_HU)
        image = panel(gray, (self.y_mm, self.x_mm), PANEL_HEIGHT)
        _draw_sides(image, "R", "L")
        _draw_scale_bar(image, image.width / (gray.shape[1] * self.x_mm))
        return image

    def labeled_slice(self, labels: tuple[Label, ...]) -> Image.Image:
        gray = windowed(self.hu[self.rows, self.columns], *SOFT_TISSUE_HU)
        colored = paint_labels(gray, self.labels[self.rows, self.columns], labels)
        image = panel(colored, (self.y_mm, self.x_mm), PANEL_HEIGHT)
        _draw_sides(image, "R", "L")
        return image

    def sagittal(self) -> Image.Image:
        middle = self._spine_column()
        half = max(1, round(SAGITTAL_SLAB_MM / 2 / self.x_mm))
        slab = self.axial.array[self._heights(), self.rows, max(0, middle - half) : middle + half]
        image = self._proof(slab.mean(axis=2, dtype=np.float32), self.y_mm, SPINE_HU)
        _draw_sides(image, "A", "P", top=6)
        return image

    def coronal(self) -> Image.Image:
        slab = self.axial.array[self._heights(), self._spine_rows(), self.columns]
        image = self._proof(slab.max(axis=1), self.x_mm, SKELETON_HU)
        _draw_sides(image, "R", "L", top=6)
        return image

    def _proof(self, image_zx: np.ndarray, across_mm: float, window_hu: tuple[float, float]) -> Image.Image:
        """Image with the head up, the slice as a line and the names of the vertebrae that were found."""
        upright = windowed(np.flipud(image_zx), *window_hu)
        image = panel(upright, (self.z_mm, across_mm), PANEL_HEIGHT, WIDEST_PROOF)
        step = image.info["px_per_mm"] * self.z_mm
        top = image.info["top"]
        last = self._heights().stop - 1
        draw = ImageDraw.Draw(image)
        y = top + (last - self.index + 0.5) * step
        draw.line([(0, y), (image.width, y)], fill=LINE, width=2)
        for name, place in self.vertebrae.items():
            height = top + (last - place + 0.5) * step
            if 12 <= height <= image.height - 12:
                at_slice = abs(height - y) < 12
                draw_text(
                    draw, (8, y - 24 if at_slice else height - 11), name, 18, LINE if at_slice else WHITE, shadow=True
                )
        return image

    def _heights(self) -> slice:
        reach = round(AROUND_SLICE_MM / self.z_mm)
        return slice(max(0, self.index - reach), min(self.count, self.index + reach + 1))

    def _spine_column(self) -> int:
        bone = np.nonzero(self.hu[self.rows, self.columns] > 200)[1] + self.columns.start
        return round(float(np.median(bone))) if bone.size else (self.columns.start + self.columns.stop) // 2

    def _spine_rows(self) -> slice:
        """Back half of the body, without the bright bowel and vessels of the front."""
        return slice((self.rows.start + self.rows.stop) // 2, self.rows.stop)


def _around(body: np.ndarray, spacing_yx_mm: tuple[float, float]) -> tuple[slice, slice]:
    """Rows and columns of the body with some room around it; everything where there is no body."""
    if not body.any():
        return slice(0, body.shape[0]), slice(0, body.shape[1])
    return tuple(
        _stretch(np.nonzero(body.any(axis=1 - axis))[0], round(AROUND_BODY_MM / spacing_yx_mm[axis]), body.shape[axis])
        for axis in (0, 1)
    )


def _stretch(used: np.ndarray, room: int, size: int) -> slice:
    return slice(max(0, int(used[0]) - room), min(size, int(used[-1]) + 1 + room))


def _draw_title(image: Image.Image, result: Result) -> None:
    draw = ImageDraw.Draw(image)
    level = result.level.level if result.level and result.level.found else "Slice chosen by hand"
    draw_text(draw, (MARGIN, 16), f"Body composition · {level}", 28, INK)
    z_mm = result.slice_position_lps_mm[2]
    side = "S" if z_mm >= 0 else "I"
    place = f"slice {result.slice_index} · {side} {abs(z_mm):.1f} mm · W 400 L 40 · quality: {result.quality.verdict}"
    draw_text(draw, (image.width - MARGIN - text_width(place, 20), 22), place, 20, QUIET)


def _draw_legend(image: Image.Image, rows: list[TissueRow]) -> None:
    draw = ImageDraw.Draw(image)
    step = (image.width - 2 * MARGIN) / len(rows)
    top = TITLE_HEIGHT + PANEL_HEIGHT + 20
    for number, row in enumerate(rows):
        left = MARGIN + number * step
        draw.rectangle([left, top + 2, left + 18, top + 46], fill=row.color, outline="#555555")
        draw_text(draw, (left + 28, top - 2), row.name, 20, INK)
        window = "" if row.window == NO_WINDOW else f" · {row.window} HU"
        draw_text(draw, (left + 28, top + 24), f"{_area(row)}{window}", 18, QUIET)


def _area(row: TissueRow) -> str:
    return "not given" if row.area_cm2 == NOTHING else f"{row.area_cm2} cm²"


def _draw_sides(image: Image.Image, left: str, right: str, top: float | None = None) -> None:
    """Letters of the patient's sides, in the middle of the height unless a top is given."""
    draw = ImageDraw.Draw(image)
    top = image.height / 2 - 12 if top is None else top
    draw_text(draw, (8, top), left, 20, WHITE, shadow=True)
    draw_text(draw, (image.width - 8 - text_width(right, 20), top), right, 20, WHITE, shadow=True)


def _draw_scale_bar(image: Image.Image, px_per_mm: float) -> None:
    draw = ImageDraw.Draw(image)
    length, y = 50 * px_per_mm, image.height - 18
    draw.line([(14, y), (14 + length, y)], fill=WHITE, width=3)
    draw_text(draw, (14, y - 26), "5 cm", 18, WHITE, shadow=True)
