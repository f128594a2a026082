"""Off-screen views: what the displayable managers draw, and pictures of the panel beside them."""

import numpy as np
import pytest

BRIGHT_RAS = np.array([-20.0, 10.0, 5.0])
DARK_RAS = BRIGHT_RAS + [24, 0, 0]


@pytest.fixture
def shown(views, volume):
    views.show(volume)
    views.jump_to(BRIGHT_RAS)
    return views


def test_window_and_level_decide_the_grey_value(shown):
    # window 200, level 50: 100 HU lies at three quarters, 0 HU at one quarter
    for view in (shown.red, shown.green, shown.yellow):
        np.testing.assert_allclose(view.color_at(BRIGHT_RAS), 191, atol=2)
    np.testing.assert_allclose(shown.red.color_at(DARK_RAS), 64, atol=2)


def test_a_segment_is_blended_at_the_right_place(shown, example):
    example.ui.applyButton.click()
    display = example.ui.outputSelector.currentNode().GetDisplayNode()
    display.SetOpacity2DFill(0.4)
    for view in (shown.red, shown.green, shown.yellow):
        np.testing.assert_allclose(view.color_at(BRIGHT_RAS), [0.6 * 191 + 0.4 * 255, 0.6 * 191, 0.6 * 191], atol=4)
    np.testing.assert_allclose(shown.red.color_at(DARK_RAS), 64, atol=2)


def test_a_position_off_the_plane_has_no_pixel(shown):
    with pytest.raises(ValueError, match="off the plane"):
        shown.red.color_at(BRIGHT_RAS + [0, 0, 12])


def test_the_3d_view_shows_the_surface(shown, example):
    import slicer

    empty = shown.three_d.pixels()
    example.ui.applyButton.click()
    example.ui.show3DButton.click()
    slicer.util.resetThreeDViews()
    drawn = shown.three_d.pixels()
    red = (drawn[..., 0] > 100) & (drawn[..., 1] < 60)
    assert red.sum() > 1000
    assert (empty[..., 0] <= 200).all()


def test_layout_manager_and_picture_share_the_slice(host, shown):
    import slicer

    slicer.modules.markups.logic().JumpSlicesToLocation(*DARK_RAS, True)
    red = slicer.app.layoutManager().sliceWidget("Red")
    assert red.mrmlSliceNode() is shown.red.node
    row, column = shown.red.pixel_of(DARK_RAS)
    assert (abs(row - 200), abs(column - 200)) < (2, 2)


def test_the_patients_right_is_on_the_left(shown):
    assert shown.red.pixel_of(BRIGHT_RAS + [10, 0, 0])[1] < shown.red.pixel_of(BRIGHT_RAS)[1]


def test_panel_and_views_make_one_picture(shown, example, tmp_path):
    from PySide6.QtGui import QImage

    from host import save_window

    save_window(tmp_path / "window.png", example.panel, shown, caption="stand-in host, synthetic volume")
    picture = QImage(str(tmp_path / "window.png"))
    assert (picture.width(), picture.height()) >= (1240, 840)
    with pytest.raises(ValueError, match="caption"):
        save_window(tmp_path / "window.png", example.panel, shown)
