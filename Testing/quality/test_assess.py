"""Numbers and verdict together."""

import numpy as np
import pytest

from quality.torso import VALUE, subject, torso_slice
from SegmentL3Lib.quality import assess
from SegmentL3Lib.results import Patient

NOISE = np.random.default_rng(7).normal(0, 8, (256, 256))
PATIENT = Patient("male", 180.0, 85.0)


def assessed(labels, hu, **changes):
    case = subject(labels, hu, **changes)
    return assess(case.volume, case.slice_index, case.labels, case.hu, case.level, PATIENT)


def cut(shift_mm):
    labels, hu = torso_slice(shift_mm)
    return assessed(labels, (hu + NOISE).astype(np.int16))


def test_all_areas_of_a_whole_body_are_given():
    measurements, quality = assessed(*torso_slice())
    assert None not in measurements.area_cm2.values()
    assert quality.verdict == "good"


def test_the_area_of_cut_fat_is_refused_with_its_reason_and_all_that_hangs_on_it():
    measurements, quality = cut((0, 30))
    assert measurements.area_cm2["subcutaneous_fat"] is None
    assert measurements.reasons["subcutaneous_fat_area_cm2"] == (
        "The field of view cuts off a part of subcutaneous fat."
    )
    assert measurements.indices["fat_mass_kg"] is None
    assert measurements.reasons["fat_mass_kg"] == measurements.reasons["subcutaneous_fat_area_cm2"]
    assert measurements.area_cm2["skeletal_muscle"] > 0 and measurements.indices["smi_cm2_per_m2"] > 0
    assert [reason.code for reason in quality.reasons] == ["FIELD_OF_VIEW_CUT"]


def test_a_cut_through_muscle_refuses_the_muscle_index_and_its_cutoffs():
    measurements, quality = cut((0, 60))
    assert measurements.area_cm2["skeletal_muscle"] is None and measurements.area_cm2["low_attenuation_muscle"] is None
    assert measurements.indices["smi_cm2_per_m2"] is None
    smi = [cutoff for cutoff in measurements.cutoffs if cutoff.quantity == "smi_cm2_per_m2"]
    assert smi and all(cutoff.result == "not assessable" and "cuts off" in cutoff.reason for cutoff in smi)
    assert quality.verdict == "unusable"


def test_contrast_that_the_vessels_show_counts_as_given():
    labels, hu = torso_slice()
    rows, columns = np.indices(hu.shape)
    aorta = np.hypot(rows - 143, columns - 140) < 7
    labels[aorta], hu[aorta] = 0, 180
    measurements, quality = assessed(labels, hu)
    assert [reason.code for reason in quality.reasons] == ["CONTRAST"]
    assert quality.verdict == "good"
    density = [cutoff for cutoff in measurements.cutoffs if cutoff.quantity == "smd_hu"]
    assert density and not any("unknown" in cutoff.reason for cutoff in density)


@pytest.mark.parametrize("segment", ["bone", "skeletal_muscle"])
def test_nothing_breaks_where_a_tissue_is_missing(segment):
    labels, hu = torso_slice()
    labels[labels == VALUE[segment]] = 0
    assert assessed(labels, hu)[1].verdict != "good"


def test_nothing_breaks_in_an_empty_image():
    labels, hu = np.zeros((64, 64), np.uint8), np.full((64, 64), -1000, np.int16)
    assert assessed(labels, hu)[1].verdict == "unusable"
