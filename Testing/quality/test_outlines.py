"""Do the outlines, taken together, look like those of a patient?"""

import numpy as np
import pytest

from quality.torso import VALUE, subject, torso_slice
from SegmentL3Lib.quality.limits import limit
from SegmentL3Lib.quality.outlines import label_map_likeness, unlike_label_maps

PIXEL_YX_MM = 1.5, 1.5


def test_outlines_of_a_patient_pass():
    assert unlike_label_maps(subject()) is None


def test_outlines_in_a_wrong_place_ask_for_a_check():
    labels, hu = torso_slice()
    finding = unlike_label_maps(subject(np.roll(labels, 60, axis=0), hu))
    assert finding.code == "UNLIKE_LABEL_MAPS" and finding.effect == "check"
    assert f"{100 * limit('outlines', 'likeness_min'):.0f} %" in finding.text and finding.advice


def test_exchanged_tissues_are_less_likely():
    labels, hu = torso_slice()
    exchanged = labels.copy()
    exchanged[labels == VALUE["subcutaneous_fat"]] = VALUE["visceral_fat"]
    exchanged[labels == VALUE["visceral_fat"]] = VALUE["subcutaneous_fat"]
    usual, odd = (label_map_likeness(values, hu, PIXEL_YX_MM) for values in (labels, exchanged))
    assert 0 <= odd < usual - 0.1 and usual <= 1


@pytest.mark.parametrize("empty", ["labels", "image"])
def test_nothing_is_said_without_labels_or_body(empty):
    labels, hu = torso_slice()
    if empty == "labels":
        labels = np.zeros_like(labels)
    else:
        hu = np.full_like(hu, -1000)
    assert label_map_likeness(labels, hu, PIXEL_YX_MM) is None
