"""Pictures of the worst cases."""

import numpy as np

from DomainAdaptLib.evaluation.level_pictures import TRUTH, draw_level
from DomainAdaptLib.evaluation.overlays import NONE_PREDICTED, draw_overlay
from evaluation.cases import level_answer, measured_slice
from SegmentL3Lib.labels import load_labels
from SegmentL3Lib.report.canvas import LINE


def count(image, color):
    return int((np.asarray(image.convert("RGB")) == np.asarray(color)).all(-1).sum())


def rgb(text):
    return tuple(int(text[place : place + 2], 16) for place in (1, 3, 5))


def test_an_overlay_shows_what_was_added_in_the_color_of_its_tissue():
    muscle = next(label.color for label in load_labels() if label.id == "skeletal_muscle")
    assert count(draw_overlay(measured_slice(shift=5)), muscle) > count(draw_overlay(measured_slice()), muscle)


def test_an_overlay_marks_tissue_for_which_none_was_predicted():
    item = measured_slice()
    assert count(draw_overlay(item), NONE_PREDICTED) == 0
    item.predicted[item.predicted == 3] = 0
    assert count(draw_overlay(item), NONE_PREDICTED) > 500


def test_an_overlay_of_a_slice_without_body_can_be_drawn():
    item = measured_slice()
    for array, value in ((item.hu, -1000), (item.drawn, 0), (item.predicted, 0)):
        array[:] = value
    assert draw_overlay(item).height > 600


def test_a_level_picture_shows_the_true_and_the_named_place():
    image = draw_level(level_answer(26.0))
    assert count(image, rgb(TRUTH)) > 500 and count(image, rgb(LINE)) > 500


def test_a_refusal_is_drawn_without_a_named_place():
    image = draw_level(level_answer(None))
    assert count(image, rgb(TRUTH)) > 500 and count(image, rgb(LINE)) == 0
