"""What is wrong with the scan: contrast, voltage, kernel, noise, metal, streaks."""

import numpy as np
import pytest

from quality.torso import SIZE, VALUE, subject, torso_slice
from SegmentL3Lib.quality.contrast import contrast_in_scan
from SegmentL3Lib.quality.metal import metal_in_body, streaks_across_body
from SegmentL3Lib.quality.noise import noise_hu, too_noisy
from SegmentL3Lib.quality.scanner import sharp_kernel, unusual_voltage

CHANCE = np.random.default_rng(3).normal(0, 1, (SIZE, SIZE))


def effect(finding):
    return finding and finding.effect


def test_a_plain_scan_passes():
    for check in (contrast_in_scan, metal_in_body, streaks_across_body, too_noisy, sharp_kernel, unusual_voltage):
        assert check(subject()) is None


def with_disc(radius_px, hu_of_disc, label=0, row=143, column=140):
    labels, hu = torso_slice()
    rows, columns = np.indices(hu.shape)
    disc = np.hypot(rows - row, columns - column) < radius_px
    labels[disc], hu[disc] = label, hu_of_disc
    return subject(labels, hu)


def test_contrast_is_told_by_the_file_or_by_the_aorta():
    assert "file says" in contrast_in_scan(subject(acquisition={"contrast": True})).text
    finding = contrast_in_scan(with_disc(7, 180))
    assert finding.effect == "note" and "7 HU" in finding.text


@pytest.mark.parametrize(
    "scan", [(7, 50), (1.5, 400), (7, 300, VALUE["bowel"])], ids=["native blood", "calcified wall", "oral contrast"]
)
def test_other_bright_things_are_no_contrast(scan):
    assert contrast_in_scan(with_disc(*scan)) is None


@pytest.mark.parametrize(
    ("kvp", "expected"), [(None, None), (120.0, None), (119.0, None), (100.0, "note"), (80.0, "check"), (140, "note")]
)
def test_voltage(kvp, expected):
    facts = {} if kvp is None else {"kvp": kvp}
    assert effect(unusual_voltage(subject(acquisition=facts))) == expected


@pytest.mark.parametrize("name", ["B70f", "Br64d 3", "I80s", "BONEPLUS", "LUNG", "FC52"])
def test_kernels_for_bone_and_lung(name):
    assert sharp_kernel(subject(acquisition={"convolution_kernel": name})).effect == "check"


@pytest.mark.parametrize("name", ["", "B30f", "Br38f 3", "I40f", "STANDARD", "SOFT", "FC13", "B", "YA1"])
def test_kernels_for_soft_tissue_or_of_unknown_names(name):
    assert sharp_kernel(subject(acquisition={"convolution_kernel": name})) is None


@pytest.mark.parametrize("noise", [10.0, 20.0])
def test_noise_is_measured_in_hounsfield_units(noise):
    labels, hu = torso_slice()
    measured = noise_hu(subject(labels, hu + noise * CHANCE))
    assert measured == pytest.approx(noise, rel=0.1)


def test_only_strong_noise_is_said():
    labels, hu = torso_slice()
    assert too_noisy(subject(labels, hu + 20 * CHANCE)) is None
    assert too_noisy(subject(labels, hu + 45 * CHANCE)).effect == "check"


def test_noise_is_unknown_without_muscle_and_fat():
    labels, hu = torso_slice()
    assert noise_hu(subject(np.zeros_like(labels), hu)) is None


def test_metal_is_denser_than_bone():
    assert metal_in_body(with_disc(4, 1500)) is None
    assert metal_in_body(with_disc(4, 3000)).effect == "check"


def test_metal_outside_the_body_is_none_of_its_own():
    assert metal_in_body(with_disc(4, 3000, row=250, column=20)) is None


def test_streaks_are_noise_in_lines():
    labels, hu = torso_slice()
    lines = np.repeat(30 * CHANCE[:, :1], SIZE, axis=1)
    assert streaks_across_body(subject(labels, hu + lines)).effect == "check"
    assert streaks_across_body(subject(labels, hu + 30 * CHANCE)) is None
