"""Can these numbers be true?"""

import numpy as np
import pytest

from quality.torso import VALUE, subject, torso_slice
from SegmentL3Lib.quality.plausibility import (
    area_implausible,
    body_width_implausible,
    muscle_asymmetric,
    muscle_density_implausible,
    segment_empty,
)
from SegmentL3Lib.volume import Geometry


def without(segment):
    labels, hu = torso_slice()
    labels[labels == VALUE[segment]] = 0
    return subject(labels, hu)


def test_a_plausible_slice_passes():
    checks = (segment_empty, area_implausible, muscle_density_implausible, muscle_asymmetric, body_width_implausible)
    for check in checks:
        assert check(subject()) is None


def test_missing_muscle_is_unusable():
    finding = segment_empty(without("skeletal_muscle"))
    assert finding.effect == "unusable" and "skeletal muscle" in finding.text


@pytest.mark.parametrize("segment", ["bone", "bowel", "subcutaneous_fat", "visceral_fat", "intermuscular_fat"])
def test_another_missing_tissue_asks_for_a_check(segment):
    finding = segment_empty(without(segment))
    assert finding.effect == "check" and segment.replace("_", " ") in finding.text


def test_nothing_segmented_is_unusable():
    labels, hu = torso_slice()
    assert segment_empty(subject(np.zeros_like(labels), hu)).effect == "unusable"


def test_areas_out_of_range_are_named_with_figures():
    labels, hu = torso_slice()
    muscle = np.argwhere(labels == VALUE["skeletal_muscle"])
    labels[tuple(muscle[1000:].T)] = 0
    sentence = area_implausible(subject(labels, hu)).text
    assert "skeletal muscle 22.5 cm² (expected 30 to 350)" in sentence
    assert "bone" not in sentence


def test_wrong_pixel_size_shows_in_the_width_of_the_body():
    narrow = subject(geometry=Geometry(spacing=(0.5, 0.5, 5.0)))
    assert "113 mm wide" in body_width_implausible(narrow).text
    assert (
        body_width_implausible(subject(hu=np.full((64, 64), -1000), labels=np.zeros((64, 64)))).effect == "unusable"
    )


def test_muscle_missing_on_one_side_is_found():
    labels, hu = torso_slice()
    labels[:, :128][labels[:, :128] == VALUE["skeletal_muscle"]] = 0
    assert "0 cm² on the patient's right" in muscle_asymmetric(subject(labels, hu)).text


@pytest.mark.parametrize(("hu_of_muscle", "odd"), [(-20, True), (10, False), (70, False), (120, True)])
def test_density_that_muscle_does_not_have(hu_of_muscle, odd):
    labels, hu = torso_slice()
    hu[labels == VALUE["skeletal_muscle"]] = hu_of_muscle
    assert bool(muscle_density_implausible(subject(labels, hu))) is odd
