"""All numbers of one slice together."""

import numpy as np
import pytest

from SegmentL3Lib.labels import load_labels
from SegmentL3Lib.measure import load_equations, load_tissues, measure_slice
from SegmentL3Lib.measure.slice import contrast_given
from SegmentL3Lib.results import Patient

VALUE = {label.id: label.value for label in load_labels()}
HU = {
    "subcutaneous_fat": -100,
    "visceral_fat": -100,
    "skeletal_muscle": 45,
    "intermuscular_fat": -60,
    "bone": 300,
    "bowel": 30,
}
AREA_CM2 = {
    "subcutaneous_fat": 180,
    "visceral_fat": 120,
    "skeletal_muscle": 150,
    "intermuscular_fat": 10,
    "bone": 25,
    "bowel": 80,
}


def slice_of(areas_cm2):
    """Labels in a row, one pixel a square centimeter."""
    labels = np.concatenate([np.full(area, VALUE[name], np.uint8) for name, area in areas_cm2.items()])[None]
    hu = np.concatenate([np.full(area, HU[name]) for name, area in areas_cm2.items()])[None]
    return labels, hu


def measure(patient, areas_cm2=None, **acquisition):
    return measure_slice(*slice_of(areas_cm2 or AREA_CM2), 100.0, patient, acquisition)


def test_every_tissue_and_every_index_has_a_key_whatever_is_known():
    for patient in (Patient(), Patient("female", 165.0, 60.0)):
        measurements = measure(patient)
        assert list(measurements.area_cm2) == list(measurements.mean_hu) == [tissue.id for tissue in load_tissues()]
        assert list(measurements.indices) == [equation.id for equation in load_equations()]
        assert set(measurements.reasons) == {key for key, value in measurements.indices.items() if value is None}


def test_muscle_index_and_its_cutoff():
    measurements = measure(Patient("male", 200.0, 90.0))
    assert measurements.indices["smi_cm2_per_m2"] == pytest.approx(37.5)
    martin = next(cutoff for cutoff in measurements.cutoffs if cutoff.name == "Martin 2013")
    assert (martin.result, martin.value, martin.threshold) == ("below", pytest.approx(37.5), 43)


def test_context_and_never_a_dose_comes_first():
    assert "never a dose" in measure(Patient()).notes[0]


def test_masses_that_do_not_add_up_to_the_weight_are_pointed_out():
    # 0.30 * 150 + 6.06 = 51.06 kg and 0.042 * 310 + 11.2 = 24.22 kg.
    assert not any("kg" in note for note in measure(Patient(weight_kg=75.0)).notes)
    doubt = measure(Patient(weight_kg=55.0)).notes[-1]
    assert "75.3 kg" in doubt and "37 % more" in doubt
    assert "less" in measure(Patient(weight_kg=120.0)).notes[-1]


def test_fat_mass_names_its_window_and_the_fat_that_it_lacks():
    assert any("-190 to -30 HU" in note for note in measure(Patient()).notes)
    lacking = measure(Patient(), {**AREA_CM2, "intermuscular_fat": 0}).notes
    assert any("Intermuscular fat is empty" in note for note in lacking)


@pytest.mark.parametrize(
    ("acquisition", "given"),
    [
        ({}, None),
        ({"contrast": True}, True),
        ({"contrast": False}, False),
        ({"contrast": "Iomeprol 400"}, True),
        ({"contrast": " none "}, False),
        ({"contrast": ""}, False),
    ],
)
def test_contrast_as_files_say_it(acquisition, given):
    assert contrast_given(acquisition) is given


def test_contrast_is_spoken_of_unless_there_was_none():
    assert any("does not say" in note for note in measure(Patient()).notes)
    assert any("Contrast" in note for note in measure(Patient(), contrast=True).notes)
    assert not any("ontrast" in note for note in measure(Patient(), contrast=False).notes)
