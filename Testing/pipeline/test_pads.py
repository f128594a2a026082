"""A pad of the table is no fat, an apron is."""

import numpy as np
import pytest

from SegmentL3Lib.labels import load_labels
from SegmentL3Lib.pads import drop_pads

LABEL = {label.id: label.value for label in load_labels()}
PIXEL_MM = (1.0, 1.0)


@pytest.fixture
def trunk():
    """A ring of fat with muscle in it, and nothing that is measured inside."""
    y, x = np.indices((200, 200)) - 100
    radius = np.hypot(y, x)
    tissues = np.zeros(radius.shape, np.uint8)
    tissues[radius < 80] = LABEL["subcutaneous_fat"]
    tissues[radius < 60] = LABEL["skeletal_muscle"]
    tissues[radius < 50] = 0
    return tissues


def add(tissues, place, label):
    changed = tissues.copy()
    changed[place] = LABEL[label]
    return changed


PAD = np.s_[184:189, 50:150]
APRON = np.s_[184:194, 50:150]


def test_a_pad_below_the_back_is_no_fat(trunk):
    np.testing.assert_array_equal(drop_pads(add(trunk, PAD, "subcutaneous_fat"), PIXEL_MM), trunk)


@pytest.mark.parametrize("label", [name for name in LABEL if name != "subcutaneous_fat"])
def test_other_tissues_may_lie_alone(trunk, label):
    tissues = add(trunk, np.s_[98:102, 90:110], label)
    np.testing.assert_array_equal(drop_pads(tissues, PIXEL_MM), tissues)


def test_an_apron_that_hangs_apart_stays(trunk):
    tissues = add(trunk, APRON, "subcutaneous_fat")
    np.testing.assert_array_equal(drop_pads(tissues, PIXEL_MM), tissues)


def test_millimeters_tell_a_pad_from_an_apron(trunk):
    tissues = add(trunk, PAD, "subcutaneous_fat")
    np.testing.assert_array_equal(drop_pads(tissues, (2.0, 2.0)), tissues)


def test_an_apron_keeps_its_thin_end(trunk):
    tissues = add(add(trunk, APRON, "subcutaneous_fat"), np.s_[188:190, 150:190], "subcutaneous_fat")
    np.testing.assert_array_equal(drop_pads(tissues, PIXEL_MM), tissues)


def test_thin_fat_on_muscle_stays(trunk):
    tissues = np.where(trunk == LABEL["subcutaneous_fat"], 0, trunk)
    y, x = np.indices(trunk.shape) - 100
    radius = np.hypot(y, x)
    tissues = add(tissues, (radius >= 60) & (radius < 62), "subcutaneous_fat").astype(np.uint8)
    np.testing.assert_array_equal(drop_pads(tissues, PIXEL_MM), tissues)


def test_an_empty_slice_stays_empty(trunk):
    assert not drop_pads(np.zeros_like(trunk), PIXEL_MM).any()
