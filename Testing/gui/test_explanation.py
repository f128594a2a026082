"""Why a point of the result is this tissue, as the panel tells it."""

import pytest
import slicer

from gui.torso import GEOMETRY, LEVEL_SLICE

BONE, AIR = (80, 78), (2, 2)


def ras(pixel, index=LEVEL_SLICE):
    left, back, up = GEOMETRY.index_to_lps((*pixel, index))
    return -left, -back, up


def points():
    return slicer.util.getNodesByClass("vtkMRMLMarkupsFiducialNode")


@pytest.fixture
def asked(panel):
    """The panel after a run, with the button down."""
    panel.run()
    panel.ui.explainButton.checked = True
    return panel


def place(pixel, index=LEVEL_SLICE):
    (node,) = points()
    node.RemoveAllControlPoints()
    node.AddControlPoint(*ras(pixel, index))


def test_before_a_result_there_is_nothing_to_ask(panel):
    assert not panel.ui.explainButton.enabled and points() == []


def test_the_next_click_sets_a_point(asked):
    interaction = slicer.mrmlScene.GetNodeByID("vtkMRMLInteractionNodeSingleton")
    assert interaction.GetCurrentInteractionMode() == interaction.Place
    assert "Click" in asked.ui.explanationLabel.text
    assert not asked.ui.explanationPictureButton.visible


def test_a_point_is_explained_in_words(asked):
    place(BONE)
    text = asked.ui.explanationLabel.text
    assert "The result: bone" in text and "The tree: bone" in text
    assert text.count("<li>") == 6 and "density" in text


def test_another_place_is_explained_anew(asked):
    place(BONE)
    place((15, 60))
    assert "The result: subcutaneous fat" in asked.ui.explanationLabel.text


@pytest.mark.parametrize(("pixel", "index"), [(AIR, LEVEL_SLICE), (BONE, LEVEL_SLICE + 2)])
def test_a_point_elsewhere_is_answered_with_what_to_do(asked, pixel, index):
    place(pixel, index)
    assert "the body." in asked.ui.explanationLabel.text or "Go to the slice" in asked.ui.explanationLabel.text
    assert not asked.ui.explanationPictureButton.visible


def test_the_picture_opens_in_a_window(asked):
    place(BONE)
    assert not asked.ui.explanationPictureButton.isHidden()
    asked.ui.explanationPictureButton.click()
    window = asked.widget.results.l3._explanation._window
    assert window.pixmap.width() > 1000


def test_the_point_goes_with_the_button_and_with_the_result(asked):
    place(BONE)
    asked.ui.explainButton.checked = False
    assert points() == [] and asked.ui.explanationLabel.isHidden()
    asked.ui.explainButton.checked = True
    place(BONE)
    asked.parameters.outputSegmentation = None
    asked.widget.results.clear()
    assert points() == [] and not asked.ui.explainButton.enabled
