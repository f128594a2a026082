"""Are the numbers Hounsfield units?"""

import numpy as np
import pytest

from quality.torso import VALUE, subject, torso_slice
from SegmentL3Lib.quality.hounsfield import air_off_scale, fat_off_scale, not_ct


def test_a_plausible_scan_passes():
    for check in (not_ct, air_off_scale, fat_off_scale):
        assert check(subject()) is None


def test_modality_has_to_be_ct_where_it_is_known():
    assert not_ct(subject(modality=None)) is None
    finding = not_ct(subject(modality="MR"))
    assert finding.effect == "unusable" and "MR" in finding.text


def test_values_without_rescale_are_unusable():
    finding = air_off_scale(subject(hu=torso_slice()[1] + 1024))
    assert finding.effect == "unusable"
    assert "lowest value 24" in finding.text and "not Hounsfield units" in finding.text


def test_air_far_off_is_unusable():
    hu = torso_slice()[1]
    hu[hu == -1000] = -500
    finding = air_off_scale(subject(hu=hu))
    assert finding.effect == "unusable" and "-500 HU" in finding.text


@pytest.mark.parametrize(("shift", "expected"), [(0, None), (50, None), (-50, None), (100, "check"), (-100, "check")])
def test_air_may_be_off_by_little(shift, expected):
    finding = air_off_scale(subject(hu=torso_slice()[1] + shift))
    assert (finding and finding.effect) == expected


def test_air_is_not_judged_by_table_or_padding():
    hu = torso_slice()[1]
    hu[230:236] = 60
    hu[:, :30] = -3024
    assert air_off_scale(subject(hu=hu)) is None


def test_an_image_of_the_inside_of_the_body_is_unusable():
    finding = air_off_scale(subject(hu=np.full((64, 64), 40), labels=np.zeros((64, 64), np.uint8)))
    assert finding.effect == "unusable" and "No air" in finding.text


@pytest.mark.parametrize("fat_hu", [-160, -60])
def test_fat_far_from_minus_100_asks_for_a_check(fat_hu):
    labels, hu = torso_slice()
    hu[np.isin(labels, (VALUE["subcutaneous_fat"], VALUE["visceral_fat"]))] = fat_hu
    finding = fat_off_scale(subject(hu=hu))
    assert finding.effect == "check" and "Fat has its peak at" in finding.text


def test_fat_that_drowns_in_swollen_tissue_has_no_peak():
    labels, hu = torso_slice()
    fat = np.isin(labels, (VALUE["subcutaneous_fat"], VALUE["visceral_fat"]))
    hu[fat] = np.linspace(-120, -20, fat.sum()) ** 2 / -120 - 20
    assert "no peak" in fat_off_scale(subject(hu=hu)).text


def test_a_body_without_fat_has_nothing_to_judge():
    labels, hu = torso_slice()
    hu[np.isin(labels, (VALUE["subcutaneous_fat"], VALUE["visceral_fat"]))] = 30
    assert fat_off_scale(subject(hu=hu)) is None
