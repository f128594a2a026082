"""Why a point of a result is this tissue."""

import numpy as np
import pytest

from gui.torso import GEOMETRY, LEVEL_SLICE, torso
from SegmentL3Lib.errors import InputError, UsageError
from SegmentL3Lib.pixel_features import FEATURES
from SegmentL3Lib.report.point_explanation import explain_slice
from SegmentL3Lib.volume import Geometry, LabelMap, Volume

INSIDE = {"subcutaneous fat": (15, 60), "skeletal muscle": (57, 78), "bone": (80, 78)}
HU = [feature.id for feature in FEATURES].index("hu")


@pytest.fixture(scope="module")
def measured():
    volume, labels = torso()
    return explain_slice(volume, labels, LEVEL_SLICE)


@pytest.mark.parametrize("tissue", INSIDE)
def test_the_answer_is_that_of_the_result(measured, tissue):
    explained = measured.at(GEOMETRY.index_to_lps((*INSIDE[tissue], LEVEL_SLICE)))
    assert explained.answer == f"The result: {tissue}"
    assert explained.place == INSIDE[tissue]
    assert explained.figures[HU] == pytest.approx(measured.hu[INSIDE[tissue][::-1]])


def test_the_way_ends_with_what_the_tree_says(measured):
    figures = measured.at(GEOMETRY.index_to_lps((80, 78, LEVEL_SLICE))).figures
    last = measured.tree.path(figures)[-1]
    assert last.region == measured.tree.regions(figures)
    assert last.region_probability == pytest.approx(measured.tree.leaves[measured.tree.leaf(figures)].max())


def test_a_wrong_label_is_not_followed(measured):
    assert measured.at(GEOMETRY.index_to_lps((80, 78, LEVEL_SLICE))).is_followed
    volume, labels = torso()
    array = labels.array.copy()
    array[array == 5] = 1
    explained = explain_slice(volume, LabelMap(array, GEOMETRY), LEVEL_SLICE).at(
        GEOMETRY.index_to_lps((80, 78, LEVEL_SLICE))
    )
    assert explained.answer == "The result: subcutaneous fat" and not explained.is_followed


def test_a_scan_from_head_to_foot_and_from_the_left_is_told_alike(measured):
    volume, labels = torso()
    direction = (-1.0, 0, 0, 0, 1.0, 0, 0, 0, -1.0)
    corner = GEOMETRY.index_to_lps((volume.array.shape[2] - 1, 0, volume.array.shape[0] - 1))
    geometry = Geometry(corner, GEOMETRY.spacing, direction)
    turned = Volume(volume.array[::-1, :, ::-1], geometry), LabelMap(labels.array[::-1, :, ::-1], geometry)
    place = GEOMETRY.index_to_lps((57, 78, LEVEL_SLICE))
    explained = explain_slice(*turned, len(volume.array) - 1 - LEVEL_SLICE).at(place)
    assert explained.answer == measured.at(place).answer
    assert explained.figures == pytest.approx(measured.at(place).figures)


@pytest.mark.parametrize("index", [(57, 78, LEVEL_SLICE + 1), (500, 78, LEVEL_SLICE), (2, 2, LEVEL_SLICE)])
def test_a_point_off_the_slice_or_in_the_air_is_refused(measured, index):
    with pytest.raises(UsageError):
        measured.at(GEOMETRY.index_to_lps(index))


def test_a_slice_of_air_is_refused():
    volume, labels = torso()
    air = Volume(np.full_like(volume.array, -1000), volume.geometry)
    with pytest.raises(InputError, match="No body"):
        explain_slice(air, labels, LEVEL_SLICE)
