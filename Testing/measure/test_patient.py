"""What the user may say of a patient."""

import pytest

from SegmentL3Lib.errors import UsageError
from SegmentL3Lib.measure import make_patient
from SegmentL3Lib.results import Patient


def test_nothing_known_stays_unknown():
    assert make_patient() == Patient(None, None, None)


@pytest.mark.parametrize("height", [50, 250])
@pytest.mark.parametrize("weight", [2, 400])
def test_limits_themselves_are_accepted(height, weight):
    assert make_patient("female", height, weight) == Patient("female", height, weight)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"height_cm": 1.75}, "Height must be between 50 and 250 cm; 1.75 cm was given."),
        ({"height_cm": 251}, "Height"),
        ({"height_cm": float("nan")}, "Height"),
        ({"weight_kg": 0}, "Weight"),
        ({"weight_kg": float("inf")}, "Weight"),
        ({"weight_kg": -70}, "Weight"),
        ({"sex": "F"}, "Sex must be female or male; 'F' was given."),
        ({"sex": ""}, "Sex"),
    ],
)
def test_implausible_input_is_refused_in_plain_words(given, words):
    with pytest.raises(UsageError, match=words.replace(".", r"\.")) as error:
        make_patient(**given)
    assert error.value.exit_code == 2
