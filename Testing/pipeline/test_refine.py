"""CT numbers decide within regions, and the skin is a rim of 2 mm."""

import numpy as np
import pytest

from pipeline.phantoms import rings
from SegmentL3Lib.body import body_mask, depth_mm
from SegmentL3Lib.labels import load_labels
from SegmentL3Lib.refine import (
    apply_skin_rim,
    drop_bright_muscle,
    gate,
    refine,
    refiner,
    return_blurred_fat,
)
from SegmentL3Lib.regions import Region

LABEL = {label.id: label.value for label in load_labels()}
NOTHING = 0


@pytest.mark.parametrize(
    ("region", "hu", "label"),
    [
        (Region.SUBCUTANEOUS, -191, NOTHING),
        (Region.SUBCUTANEOUS, -190, LABEL["subcutaneous_fat"]),
        (Region.SUBCUTANEOUS, -30, LABEL["subcutaneous_fat"]),
        (Region.SUBCUTANEOUS, -29, NOTHING),
        (Region.VISCERAL, -151, NOTHING),
        (Region.VISCERAL, -150, LABEL["visceral_fat"]),
        (Region.VISCERAL, -50, LABEL["visceral_fat"]),
        (Region.VISCERAL, -49, NOTHING),
        (Region.MUSCLE, -191, NOTHING),
        (Region.MUSCLE, -190, LABEL["intermuscular_fat"]),
        (Region.MUSCLE, -30, LABEL["intermuscular_fat"]),
        (Region.MUSCLE, -29, LABEL["skeletal_muscle"]),
        (Region.MUSCLE, 150, LABEL["skeletal_muscle"]),
        (Region.MUSCLE, 151, NOTHING),
        (Region.INTERMUSCULAR, -29, LABEL["skeletal_muscle"]),
        (Region.INTERMUSCULAR, -30, LABEL["intermuscular_fat"]),
        (Region.BONE, -1000, LABEL["bone"]),
        (Region.BONE, 2000, LABEL["bone"]),
        (Region.BOWEL, -1000, LABEL["bowel"]),
        (Region.BOWEL, 600, LABEL["bowel"]),
        (Region.OTHER, -100, NOTHING),
        (Region.BACKGROUND, -100, NOTHING),
    ],
)
def test_windows_are_inclusive(region, hu, label):
    tissues = gate(np.full((1, 1), region, np.uint8), np.full((1, 1), hu, np.int16))
    assert tissues.dtype == np.uint8
    assert tissues[0, 0] == label


def row(*values):
    return np.repeat(np.array([values]), 3, axis=0)


def test_fat_on_the_border_of_a_muscle_belongs_to_the_fat_outside():
    regions = row(*[Region.SUBCUTANEOUS] * 3, *[Region.MUSCLE] * 5).astype(np.uint8)
    hu = row(-100, -100, -100, -60, 50, -80, 50, 50)
    returned = return_blurred_fat(regions, hu)
    assert list(returned[1]) == [Region.SUBCUTANEOUS] * 4 + [Region.MUSCLE] * 4
    assert gate(returned, hu)[1, 5] == LABEL["intermuscular_fat"]


def test_only_the_outermost_pixel_is_returned_and_only_to_fat():
    regions = row(*[Region.VISCERAL] * 2, *[Region.MUSCLE] * 3, Region.OTHER).astype(np.uint8)
    hu = row(-100, -100, -90, -90, -90, -90)
    assert list(return_blurred_fat(regions, hu)[1]) == [Region.VISCERAL] * 3 + [Region.MUSCLE] * 2 + [Region.OTHER]


def test_fat_that_was_seen_as_intermuscular_stays_so():
    regions = row(Region.SUBCUTANEOUS, Region.INTERMUSCULAR, Region.MUSCLE).astype(np.uint8)
    assert list(return_blurred_fat(regions, row(-100, -90, 50))[1]) == list(regions[1])


def back():
    """Muscle and the subcutaneous fat behind it; pixels of 1 mm."""
    regions = np.full((60, 40), Region.SUBCUTANEOUS, np.uint8)
    regions[:30] = Region.MUSCLE
    return regions, np.where(regions == Region.MUSCLE, 50, -100).astype(np.int16)


def test_a_kidney_that_was_called_muscle_is_none():
    regions, hu = back()
    hu[5:20, 5:20] = 130
    dropped = drop_bright_muscle(regions, hu, (1.0, 1.0))
    assert (dropped[7:18, 7:18] == Region.OTHER).all()
    assert (dropped[:30, 26:] == Region.MUSCLE).all() and (dropped[30:] == Region.SUBCUTANEOUS).all()


@pytest.mark.parametrize(
    ("muscle_hu", "bright_hu", "stays"),
    [(50, 80, True), (30, 80, False), (5, 64, True), (5, 80, False), (70, 98, False)],
)
def test_what_is_too_bright_for_muscle_depends_on_the_muscle_of_the_patient(muscle_hu, bright_hu, stays):
    regions, hu = back()
    hu[regions == Region.MUSCLE] = muscle_hu
    hu[5:20, 5:20] = bright_hu
    dropped = drop_bright_muscle(regions, hu, (1.0, 1.0))
    assert (dropped[10:15, 10:15] == (Region.MUSCLE if stays else Region.OTHER)).all()


def test_a_slice_without_muscle_has_none_to_drop():
    regions = np.full((20, 20), Region.VISCERAL, np.uint8)
    assert np.array_equal(drop_bright_muscle(regions, np.full((20, 20), -100, np.int16), (1.0, 1.0)), regions)


def test_a_bright_pixel_of_noise_stays_muscle():
    regions, hu = back()
    hu[10, 10] = 140
    np.testing.assert_array_equal(drop_bright_muscle(regions, hu, (1.0, 1.0)), regions)


def depth_below_skin(hu, spacing):
    return depth_mm(body_mask(hu, spacing), spacing)


def test_pixels_within_2_mm_of_the_outline_are_skin():
    hu, regions = rings()
    rimmed = apply_skin_rim(regions, depth_below_skin(hu, (1.0, 1.0)))
    middle = rimmed[128]
    first = np.flatnonzero(regions[128])[0]
    assert list(middle[first : first + 4]) == [Region.OTHER, Region.OTHER, Region.SUBCUTANEOUS, Region.SUBCUTANEOUS]


def test_skin_predicted_deeper_than_the_rim_becomes_subcutaneous():
    hu, regions = rings()
    first = np.flatnonzero(regions[128])[0]
    regions[128, first : first + 12] = Region.OTHER
    rimmed = apply_skin_rim(regions, depth_below_skin(hu, (1.0, 1.0)))[128]
    assert set(rimmed[first + 2 : first + 4]) == {Region.SUBCUTANEOUS}
    assert set(rimmed[first + 5 : first + 12]) == {Region.OTHER}


def test_the_rim_keeps_its_width_in_smaller_pixels():
    hu, regions = rings(512, 0.5)
    rimmed = apply_skin_rim(regions, depth_below_skin(hu, (0.5, 0.5)))[256]
    first = np.flatnonzero(regions[256])[0]
    assert set(rimmed[first : first + 4]) == {Region.OTHER}
    assert rimmed[first + 4] == Region.SUBCUTANEOUS


def test_several_answers_to_a_slice_are_refined_like_each_alone():
    hu, regions = rings()
    tissues_of = refiner(hu, (1.0, 1.0))
    for answer in (regions, np.roll(regions, 3, axis=0)):
        np.testing.assert_array_equal(tissues_of(answer), refine(answer, hu, (1.0, 1.0)))


def test_the_rim_is_one_pixel_where_pixels_are_larger():
    hu, regions = rings(80, 3.2)
    tissues = refine(regions, hu, (3.2, 3.2))[40]
    first = np.flatnonzero(regions[40])[0]
    assert list(tissues[first : first + 2]) == [0, Region.SUBCUTANEOUS]


def test_there_is_no_rim_where_the_image_cuts_the_body():
    hu, regions = rings(center=(0.0, -100.0))
    rimmed = apply_skin_rim(regions, depth_below_skin(hu, (1.0, 1.0)))
    assert regions[128, 0] == Region.VISCERAL
    np.testing.assert_array_equal(rimmed[40:216, :2], regions[40:216, :2])


def test_regions_are_left_as_they_were():
    hu, regions = rings()
    before = regions.copy()
    refine(regions, hu, (1.0, 1.0))
    np.testing.assert_array_equal(regions, before)


def test_an_image_without_a_body_has_no_tissue():
    air = np.full((32, 32), -1000, np.int16)
    assert not refine(np.zeros((32, 32), np.uint8), air, (1.0, 1.0)).any()
