"""The picture."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from report.finished import finished, upside_down
from SegmentL3Lib.labels import load_labels
from SegmentL3Lib.report import draw_overview, write_overview_png
from SegmentL3Lib.report.canvas import LINE, draw_text, font_of, paint_labels, panel, text_width, windowed

COLOR = {label.id: label.color for label in load_labels()}
VALUE = {label.id: label.value for label in load_labels()}


def pixels(image):
    return np.asarray(image.convert("RGB"))


def rows_of_line(image):
    """Rows in which the yellow line goes on for 100 pixels."""
    yellow = np.abs(pixels(image).astype(int) - tuple(bytes.fromhex(LINE[1:]))).max(axis=2) < 40
    return np.nonzero(yellow.sum(axis=1) > 100)[0]


def test_windowing_is_black_below_and_white_above():
    assert windowed(np.array([-161, -160, 40, 240, 241]), 400, 40).tolist() == [0, 0, 127, 255, 255]


def test_labels_are_painted_over_the_gray_and_leave_the_rest():
    gray = np.full((5, 5), 100, np.uint8)
    values = np.zeros((5, 5), np.uint8)
    values[1:4, 1:4] = VALUE["visceral_fat"]
    painted = paint_labels(gray, values, load_labels())
    assert painted[0, 0].tolist() == [100, 100, 100]
    assert painted[2, 2].tolist() == [(100 + channel) // 2 for channel in COLOR["visceral_fat"]]


@pytest.mark.parametrize(("spacing_mm", "width"), [((1, 1), 200), ((1, 2), 400), ((2, 1), 100)])
def test_panels_keep_the_proportions_of_the_body(spacing_mm, width):
    image = panel(np.zeros((50, 100), np.uint8), spacing_mm, 100)
    assert image.size == (width, 100)


def test_a_wide_panel_is_made_less_high_instead_of_squeezed():
    image = panel(np.full((50, 100), 255, np.uint8), (1, 1), 100, widest=100)
    assert image.size == (100, 100)
    assert pixels(image)[:, 50, 0].tolist().count(255) == 50
    assert image.info["top"] == 25


def test_superscript_two_has_a_width_of_its_own():
    assert 0 < text_width("cm²", 20) - text_width("cm", 20) < text_width("cm2", 20) - text_width("cm", 20)


@pytest.mark.parametrize("text", ["–", "≥", "≤", "×"])
def test_no_character_is_drawn_as_an_empty_box(text):
    canvas, missing = (Image.new("RGB", (40, 40)) for _ in range(2))
    draw_text(ImageDraw.Draw(canvas), (4, 4), text, 20, "#ffffff")
    ImageDraw.Draw(missing).text((4, 4), "\u25ff", font=font_of(20), fill="#ffffff")
    assert pixels(canvas).any() and not np.array_equal(pixels(canvas), pixels(missing))


def test_the_picture_shows_every_color_and_the_place_of_the_slice():
    image = draw_overview(*finished(), load_labels())
    legend = pixels(image)[-90:]
    for color in COLOR.values():
        assert (legend == color).all(axis=2).any()
    assert rows_of_line(image).size


def test_slices_from_head_to_foot_give_the_same_picture():
    result, volume = finished()
    upright = pixels(draw_overview(result, volume, load_labels()))
    turned = pixels(draw_overview(*upside_down(result, volume), load_labels()))
    assert np.array_equal(upright, turned)


def test_a_higher_slice_has_a_higher_line():
    low, high = (rows_of_line(draw_overview(*finished(index=index), load_labels())).mean() for index in (5, 15))
    assert high < low


def test_a_single_slice_has_no_place_to_show():
    single = draw_overview(*finished(slices=1, index=0, level=None), load_labels())
    assert rows_of_line(single).size == 0
    assert single.width < draw_overview(*finished(), load_labels()).width


def test_an_empty_slice_can_be_drawn():
    hu = np.full((64, 64), -1000, np.int16)
    image = draw_overview(*finished(hu=hu, labels=np.zeros((64, 64), np.uint8)), load_labels())
    assert image.height > 100


def test_the_file_is_a_png(tmp_path):
    write_overview_png(*finished(), load_labels(), tmp_path / "overview.png")
    with Image.open(tmp_path / "overview.png") as image:
        assert image.format == "PNG"
