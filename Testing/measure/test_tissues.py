"""Areas and mean HU from labels and raw CT numbers."""

import csv

import numpy as np
import pytest

from SegmentL3Lib.labels import load_labels
from SegmentL3Lib.measure import load_tissues, measure_tissues, tissue_mask
from SegmentL3Lib.resources import resource_path

VALUE = {label.id: label.value for label in load_labels()}


def tissue(tissue_id):
    return next(tissue for tissue in load_tissues() if tissue.id == tissue_id)


def test_a_square_has_its_exact_area_and_mean():
    labels = np.zeros((40, 40), np.uint8)
    labels[5:15, 10:30] = VALUE["skeletal_muscle"]
    hu = np.full(labels.shape, -1000, np.int16)
    hu[5:15, 10:20], hu[5:15, 20:30] = 40, 60
    area_cm2, mean_hu = measure_tissues(labels, hu, pixel_area_mm2=0.8 * 0.7)
    assert area_cm2["skeletal_muscle"] == pytest.approx(200 * 0.56 / 100)
    assert mean_hu["skeletal_muscle"] == 50
    assert area_cm2["subcutaneous_fat"] == 0
    assert mean_hu["subcutaneous_fat"] is None


@pytest.mark.parametrize("tissue_id", [tissue.id for tissue in load_tissues() if tissue.hu_min is not None])
def test_windows_include_both_ends_and_nothing_beyond(tissue_id):
    subject = tissue(tissue_id)
    labels = np.full((1, 4), VALUE[subject.segment], np.uint8)
    hu = np.array([[subject.hu_min - 1, subject.hu_min, subject.hu_max, subject.hu_max + 1]])
    assert tissue_mask(subject, labels, hu).tolist() == [[False, True, True, False]]


def test_tissues_without_window_count_every_pixel():
    labels = np.full((2, 2), VALUE["bowel"], np.uint8)
    hu = np.array([[-1000, 3000], [0, -100]])
    area_cm2, mean_hu = measure_tissues(labels, hu, 100.0)
    assert area_cm2["bowel"] == 4
    assert mean_hu["bowel"] == 475


def test_low_and_normal_attenuation_muscle_make_up_the_muscle():
    labels = np.full((1, 180), VALUE["skeletal_muscle"], np.uint8)
    hu = np.arange(-29, 151)[None]
    area_cm2, _ = measure_tissues(labels, hu, 1.0)
    assert area_cm2["low_attenuation_muscle"] == pytest.approx(0.59)
    assert area_cm2["normal_attenuation_muscle"] == pytest.approx(1.21)
    assert area_cm2["skeletal_muscle"] == pytest.approx(1.80)


def test_wide_visceral_window_takes_the_unlabeled_rim_within_three_pixels():
    labels = np.zeros((1, 12), np.uint8)
    labels[0, 0] = VALUE["visceral_fat"]
    hu = np.full((1, 12), -40)
    hu[0, 0] = -100
    assert tissue_mask(tissue("visceral_fat_190_30"), labels, hu)[0].tolist() == [True] * 4 + [False] * 8
    assert tissue_mask(tissue("visceral_fat_150_50"), labels, hu)[0].tolist() == [True] + [False] * 11


def test_wide_visceral_window_takes_nothing_from_other_segments_or_other_numbers():
    labels = np.zeros((1, 4), np.uint8)
    labels[0] = [VALUE["visceral_fat"], VALUE["intermuscular_fat"], 0, 0]
    hu = np.array([[-100, -100, -20, -200]])
    assert tissue_mask(tissue("visceral_fat_190_30"), labels, hu)[0].tolist() == [True, False, False, False]


def test_rim_reaches_diagonally():
    labels = np.zeros((8, 8), np.uint8)
    labels[0, 0] = VALUE["visceral_fat"]
    mask = tissue_mask(tissue("visceral_fat_190_30"), labels, np.full((8, 8), -100))
    assert mask.sum() == 16 and mask[3, 3] and not mask[4, 4]


def test_shapes_that_differ_are_refused():
    with pytest.raises(ValueError, match="shape"):
        measure_tissues(np.zeros((2, 2), np.uint8), np.zeros((2, 3)), 1.0)


@pytest.mark.parametrize("area", [0.0, -1.0, float("nan")])
def test_pixel_area_must_be_positive(area):
    with pytest.raises(ValueError, match="pixel area"):
        measure_tissues(np.zeros((2, 2), np.uint8), np.zeros((2, 2)), area)


def test_every_row_of_the_tissue_table_is_complete():
    segments = {label.id for label in load_labels()}
    ids = [tissue.id for tissue in load_tissues()]
    assert len(set(ids)) == len(ids)
    for row in load_tissues():
        assert row.segment in segments
        assert row.name and row.source
        assert (row.hu_min is None) == (row.hu_max is None)
        assert row.hu_min is None or row.hu_min < row.hu_max
        assert row.grow_px >= 0


def test_the_keys_that_other_programs_rely_on_are_there():
    with resource_path("Measurements", "tissues.csv").open(encoding="utf-8") as file:
        ids = {row["id"] for row in csv.DictReader(file)}
    assert ids >= {
        "subcutaneous_fat",
        "visceral_fat_150_50",
        "visceral_fat_190_30",
        "skeletal_muscle",
        "intermuscular_fat",
        "bowel",
        "bone",
    }
