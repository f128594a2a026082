"""Does the field of view cut the body, and where?"""

import numpy as np
import pytest
import SimpleITK

from quality.torso import SIZE, SPACING_MM, VALUE, subject, torso_slice
from SegmentL3Lib.labels import load_labels
from SegmentL3Lib.quality.field_of_view import field_edge, field_of_view_cuts_body

NOISE = np.random.default_rng(7).normal(0, 8, (SIZE, SIZE))


def noisy(hu):
    """Air with noise, as where no circle was blanked."""
    return (hu + NOISE).astype(np.int16)


def test_a_body_well_inside_the_image_is_not_cut():
    assert field_of_view_cuts_body(subject()) is None
    assert field_of_view_cuts_body(subject(hu=noisy(torso_slice()[1]))) is None


@pytest.mark.parametrize(
    ("shift_mm", "side"),
    [((0, 40), "left"), ((0, -40), "right"), ((-95, 0), "front"), ((95, 0), "back")],
)
def test_the_side_of_the_cut_is_the_patients_own(shift_mm, side):
    labels, hu = torso_slice(shift_mm)
    finding = field_of_view_cuts_body(subject(labels, noisy(hu)))
    assert f"the patient's {side} over" in finding.text
    assert "subcutaneous fat is too small and not valid" in finding.text


def test_a_cut_through_fat_asks_for_a_check_and_a_cut_through_muscle_is_unusable():
    assert field_of_view_cuts_body(subject(*torso_slice((0, 30)))).effect == "check"
    finding = field_of_view_cuts_body(subject(*torso_slice((0, 60))))
    assert finding.effect == "unusable"
    assert "muscle" in finding.text


def test_a_blanked_circle_cuts_like_the_image_border():
    labels, hu = torso_slice((60, 20))
    rows, columns = np.indices(hu.shape) - (SIZE - 1) / 2
    beyond = np.hypot(rows, columns) > SIZE / 2
    labels[beyond], cut = 0, noisy(hu)
    cut[beyond] = -1024
    finding = field_of_view_cuts_body(subject(labels, cut))
    assert "left" in finding.text or "back" in finding.text


@pytest.mark.parametrize("padding", [-2000, -3024])
def test_padding_below_air_marks_a_smaller_field_of_view(padding):
    labels, hu = torso_slice()
    hu = noisy(hu)
    outside = np.indices(hu.shape)[1] > SIZE / 2 + 150 / SPACING_MM[0]
    labels[outside], hu[outside] = 0, padding
    finding = field_of_view_cuts_body(subject(labels, hu))
    assert "the patient's left" in finding.text


def test_padding_away_from_the_body_cuts_nothing():
    _, hu = torso_slice()
    hu = noisy(hu)
    hu[:, -5:] = -2000
    assert field_of_view_cuts_body(subject(hu=hu)) is None


def test_arms_apart_from_the_trunk_may_be_cut():
    labels, hu = torso_slice()
    hu = noisy(hu)
    hu[120:150, -8:] = 40
    assert field_of_view_cuts_body(subject(labels, hu)) is None


def test_a_table_below_the_body_is_no_body():
    _, hu = torso_slice()
    hu = noisy(hu)
    hu[215:218] = 100
    assert field_of_view_cuts_body(subject(hu=hu)) is None


def test_noise_in_the_corners_means_that_no_circle_was_blanked():
    edge = field_edge(noisy(torso_slice()[1]))
    assert edge.sum() == 4 * SIZE - 4


def test_left_flank_of_a_real_scan_is_found_cut(shared_data):
    folder = shared_data / "ct" / "hcc002"
    if not folder.is_dir():
        pytest.skip("hcc002 is absent")
    image = SimpleITK.ReadImage(str(folder / "ct.nii.gz"))[:, :, 14:15]
    hu = SimpleITK.GetArrayFromImage(image)[0]
    labels = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(folder / "slices" / "hcc002_z14_label.nii.gz")))[0]
    labels[labels > len(load_labels())] = 0
    finding = field_of_view_cuts_body(subject(labels.astype(np.uint8), hu))
    assert finding.effect == "check"
    assert "the patient's left over" in finding.text and "right" not in finding.text
    assert (labels == VALUE["skeletal_muscle"]).any()
