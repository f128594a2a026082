"""What the user sees in the views has the colors of the tissues, where the tissues are."""

import numpy as np
import pytest

from gui.torso import GEOMETRY, LEVEL_SLICE
from host import pump_for
from SegmentL3Lib.labels import load_labels

# Pixels (x, y) well within a tissue of the drawn torso.
INSIDE = {"subcutaneous_fat": (15, 60), "skeletal_muscle": (57, 78), "bone": (80, 78), "bowel": (68, 45)}


def ras(pixel, index=LEVEL_SLICE):
    left, back, up = GEOMETRY.index_to_lps((*pixel, index))
    return -left, -back, up


@pytest.fixture
def shown(panel, views):
    panel.run()
    pump_for(0.1)
    return panel


@pytest.mark.parametrize("tissue", INSIDE)
def test_slice_view_blends_gray_with_the_color_of_the_tissue(shown, views, scan, tissue):
    display = shown.parameters.outputSegmentation.GetDisplayNode()
    with_color = views.red.color_at(ras(INSIDE[tissue]))
    display.SetVisibility(False)
    gray = views.red.color_at(ras(INSIDE[tissue]))
    color = np.array(next(label.color for label in load_labels() if label.id == tissue))
    opacity = display.GetOpacity2DFill() * display.GetSegmentOpacity2DFill(tissue)
    assert with_color == pytest.approx(gray * (1 - opacity) + color * opacity, abs=3)


def test_air_stays_black_and_other_slices_stay_gray(shown, views):
    assert views.red.color_at(ras((3, 3))).max() < 10
    red = views.red
    red.jump_to(ras((80, 60), LEVEL_SLICE + 2))
    color = red.color_at(ras(INSIDE["bone"], LEVEL_SLICE + 2))
    assert color.max() - color.min() < 3


def test_coronal_view_shows_the_slice_as_a_line_of_color(shown, views):
    views.green.jump_to(ras((57, 78)))
    on_slice = views.green.color_at(ras((57, 78)))
    above = views.green.color_at(ras((57, 78), LEVEL_SLICE + 3))
    assert on_slice.max() - on_slice.min() > 30
    assert above.max() - above.min() < 3


def test_chosen_tissue_stands_out_because_the_others_fade(shown, views):
    def greenness(tissue):
        color = views.red.color_at(ras(INSIDE[tissue]))
        return color[1] - (color[0] + color[2]) / 2

    before = greenness("subcutaneous_fat"), greenness("skeletal_muscle")
    shown.ui.tissueTable.cellClicked.emit(0, 0)
    views.red.jump_to(ras((80, 60)))
    assert greenness("subcutaneous_fat") == before[0]
    assert abs(greenness("skeletal_muscle")) < abs(before[1]) / 2


def test_3d_view_shows_the_surfaces(shown, views):
    background = views.three_d.pixels()
    shown.parameters.outputSegmentation.CreateClosedSurfaceRepresentation()
    views.three_d.reset_camera()
    picture = views.three_d.pixels().astype(int)
    changed = np.abs(picture - background.astype(int)).sum(axis=2) > 60
    assert changed.mean() > 0.001
    greenish = picture[..., 1] - picture[..., [0, 2]].max(axis=2) > 30
    assert (greenish & changed).any()
