"""What is unusual about the patient: position, arms, fluid, size, likeness to the training data."""

import numpy as np
import pytest

from quality.torso import SIZE, VALUE, subject, torso_slice
from SegmentL3Lib.body import body_mask
from SegmentL3Lib.quality.arms import arms_in_field
from SegmentL3Lib.quality.familiarity import unlike_training
from SegmentL3Lib.quality.fluid import ascites, edema
from SegmentL3Lib.quality.position import not_supine, table_side
from SegmentL3Lib.quality.size import body_implausible_for_size, muscle_implausible_for_sex
from SegmentL3Lib.results import Patient

CHECKS = (
    arms_in_field,
    ascites,
    edema,
    not_supine,
    body_implausible_for_size,
    muscle_implausible_for_sex,
    unlike_training,
)
ROWS, COLUMNS = np.indices((SIZE, SIZE))


def test_a_plain_patient_passes():
    for check in CHECKS:
        assert check(subject()) is None, check.__name__


@pytest.mark.parametrize(("position", "said"), [("HFP", "belly"), ("FFDR", "right side"), ("HFDL", "left side")])
def test_position_as_the_file_says(position, said):
    assert said in not_supine(subject(acquisition={"patient_position": position})).text


@pytest.mark.parametrize("position", ["HFS", "FFS", "", "SITTING"])
def test_supine_or_unknown_is_no_finding(position):
    assert not_supine(subject(acquisition={"patient_position": position})) is None


def with_table(rows, columns):
    labels, hu = torso_slice()
    hu[rows, columns] = -500
    return subject(labels, hu)


@pytest.mark.parametrize(
    ("where", "side"),
    [
        ((slice(35, 38), slice(30, 226)), "front"),
        ((slice(212, 215), slice(30, 226)), "back"),
        ((slice(30, 226), slice(4, 7)), "right"),
        ((slice(30, 226), slice(249, 252)), "left"),
    ],
)
def test_the_table_shows_on_which_side_the_patient_lies(where, side):
    scan = with_table(*where)
    assert table_side(scan) == side
    assert (not_supine(scan) is None) == (side == "back")


def test_a_tube_is_no_table():
    assert table_side(with_table(slice(30, 40), slice(120, 130))) is None


def test_an_image_upside_down_is_noticed_by_the_spine():
    labels, hu = torso_slice()
    assert "spine" in not_supine(subject(labels[::-1], hu[::-1])).text


def with_arm(column):
    labels, hu = torso_slice((0, -50))
    hu[np.hypot(ROWS - 128, COLUMNS - column) < 20] = 40
    return subject(labels, hu)


def test_an_arm_beside_the_trunk_is_noted():
    assert arms_in_field(with_arm(232)).effect == "note"


def test_an_arm_that_touches_the_trunk_asks_for_a_check():
    assert arms_in_field(with_arm(223)).effect == "check"


def test_free_fluid_takes_the_place_of_fat_in_the_belly():
    labels, hu = torso_slice()
    fluid = (labels == VALUE["visceral_fat"]) & (ROWS < 110)
    labels[fluid], hu[fluid] = 0, 12
    assert ascites(subject(labels, hu)).effect == "check"
    hu[fluid] = 80  # an enhanced organ
    assert ascites(subject(labels, hu)) is None


def test_fluid_on_one_side_may_be_an_organ_unless_contrast_tells_them_apart():
    labels, hu = torso_slice()
    organ = (labels == VALUE["visceral_fat"]) & (ROWS < 125) & (COLUMNS < 120)
    labels[organ], hu[organ] = 0, 20
    assert ascites(subject(labels, hu)) is None
    assert ascites(subject(labels, hu, acquisition={"contrast": True})).effect == "check"


def test_edema_makes_the_fat_under_the_skin_dense():
    labels, hu = torso_slice()
    inner = body_mask(hu, (1.5, 1.5)) & (labels == VALUE["subcutaneous_fat"])
    labels[inner], hu[inner] = 0, 5
    assert "edema" in edema(subject(labels, hu)).text


def test_muscle_index_is_compared_within_the_sex():
    assert muscle_implausible_for_sex(subject(patient=Patient("male", 180.0))) is None
    assert "expected 22 to 100" in muscle_implausible_for_sex(subject(patient=Patient("male", 100.0))).text
    assert muscle_implausible_for_sex(subject(patient=Patient(None, 100.0))) is None


def test_weight_in_pounds_does_not_fit_the_trunk():
    assert body_implausible_for_size(subject(patient=Patient("male", 180.0, 75.0))) is None
    assert "times" in body_implausible_for_size(subject(patient=Patient("male", 180.0, 190.0))).text
    assert body_implausible_for_size(subject(patient=Patient("male", None, 190.0))) is None


def test_lungs_are_unlike_the_training_slices():
    labels, hu = torso_slice()
    hu[(labels == VALUE["visceral_fat"]) | (labels == VALUE["bowel"])] = -800
    assert "air within the body" in unlike_training(subject(labels, hu)).text
