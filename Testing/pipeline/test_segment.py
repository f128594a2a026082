"""The tissue model sees the slice on its own grid; its answer comes back to the slice's grid."""

import numpy as np
import pytest

from models.packages import SCALING, TINY_2D, TINY_3D, spacing, write_tiny
from pipeline.networks import ThresholdNetwork, with_network
from pipeline.phantoms import AIR, rings
from SegmentL3Lib.errors import ModelError
from SegmentL3Lib.models import load_bundle
from SegmentL3Lib.regions import Region
from SegmentL3Lib.segment import (
    SliceBeside,
    most_probable,
    region_probabilities,
    segment_slice,
    slices_beside,
)


@pytest.fixture
def model(tmp_path):
    return load_bundle(write_tiny(tmp_path / "tiny", transforms=[spacing(1.5, 1.5), SCALING]))


@pytest.mark.parametrize(("size", "spacing_mm"), [(512, 0.5), (256, 1.0), (200, 1.5), (100, 3.0)])
def test_regions_come_back_to_the_grid_of_the_slice(model, size, spacing_mm):
    hu, truth = rings(size, spacing_mm)
    truth[truth == Region.VISCERAL] = Region.SUBCUTANEOUS
    regions = segment_slice(hu, (spacing_mm, spacing_mm), with_network(model, ThresholdNetwork()))
    assert regions.shape == hu.shape
    assert regions.dtype == np.uint8
    for region in (Region.SUBCUTANEOUS, Region.MUSCLE, Region.BONE):
        found, wanted = regions == region, truth == region
        assert 2 * (found & wanted).sum() / (found.sum() + wanted.sum()) > 0.9


def test_a_body_off_the_center_is_found(model):
    hu, truth = rings(256, 1.5, center=(60.0, -70.0))
    regions = segment_slice(hu, (1.5, 1.5), with_network(model, ThresholdNetwork()))
    np.testing.assert_array_equal(regions == Region.BONE, truth == Region.BONE)


def test_pixels_need_not_be_square(model):
    hu, truth = rings(256, 1.0)
    regions = segment_slice(hu[::2], (2.0, 1.0), with_network(model, ThresholdNetwork()))
    found, wanted = regions == Region.BONE, truth[::2] == Region.BONE
    assert 2 * (found & wanted).sum() / (found.sum() + wanted.sum()) > 0.9


@pytest.mark.parametrize(
    ("intermuscular", "visceral", "region"),
    [(0.5, 0.3, Region.VISCERAL), (0.6, 0.3, Region.INTERMUSCULAR), (0.5, 0.1, Region.INTERMUSCULAR)],
)
def test_fat_is_intermuscular_only_where_that_is_sure(intermuscular, visceral, region):
    probabilities = np.zeros((len(Region), 1, 1), np.float32)
    probabilities[[Region.INTERMUSCULAR, Region.VISCERAL], 0, 0] = intermuscular, visceral
    assert most_probable(probabilities) == [[region]]


def test_probabilities_sum_up_to_one_everywhere(model):
    hu, _ = rings(256, 1.0)
    probabilities = region_probabilities(hu, (1.0, 1.0), model)
    assert probabilities.dtype == np.float32
    assert probabilities.min() >= -1e-6
    np.testing.assert_allclose(probabilities.sum(0), 1, atol=1e-5)


def test_air_far_from_the_body_is_background(model):
    hu, _ = rings(512, 1.0)
    assert not segment_slice(hu, (1.0, 1.0), model)[:40].any()


def test_an_image_of_air_is_survived(model):
    regions = segment_slice(np.full((64, 64), AIR, np.int16), (1.0, 1.0), with_network(model, ThresholdNetwork()))
    assert not regions.any()


def test_the_network_sees_a_multiple_of_32_and_no_less_than_in_training(tmp_path):
    metadata = {"network_data_format": {"inputs": {"image": {"spatial_shape": [208, 320]}}}}
    path = write_tiny(tmp_path / "tiny", transforms=[spacing(1.5, 1.5), SCALING], **metadata)
    model = with_network(load_bundle(path), ThresholdNetwork())
    hu, _ = rings(256, 1.0)
    segment_slice(hu, (1.0, 1.0), model)
    assert model.network.seen.shape == (2, 1, 208, 320)
    hu, _ = rings(256, 4.0 * 256 / 200)
    hu[:] = 50
    segment_slice(hu, (2.0, 2.0), model)
    assert model.network.seen.shape == (2, 1, 384, 384)


def test_a_network_that_prefers_one_side_is_evened_out(model):
    hu, _ = rings(256, 1.5)
    network = with_network(model, ThresholdNetwork(side=Region.BOWEL))
    bowel = region_probabilities(hu, (1.5, 1.5), network)[Region.BOWEL]
    np.testing.assert_allclose(bowel, bowel[:, ::-1], atol=1e-3)


def test_slices_beside_it_are_asked_the_more_the_nearer_they_are_but_not_for_bone(model):
    hu, truth = rings(256, 1.5)
    network = with_network(model, ThresholdNetwork())
    empty = np.full_like(hu, AIR)

    def seen(region, *distances_mm):
        beside = [SliceBeside(empty, distance) for distance in distances_mm]
        probabilities = region_probabilities(hu, (1.5, 1.5), network, beside=beside)
        np.testing.assert_allclose(probabilities.sum(0), 1, atol=1e-5)
        return probabilities[region][truth == region].mean()

    assert seen(Region.MUSCLE, 3.0, 3.0) < seen(Region.MUSCLE, 3.0) < seen(Region.MUSCLE, 6.0) < seen(Region.MUSCLE)
    found = segment_slice(hu, (1.5, 1.5), network, beside=[SliceBeside(empty, 6.0)])
    np.testing.assert_array_equal(found == Region.BONE, truth == Region.BONE)


def test_equal_slices_beside_it_change_nothing_but_what_the_mirror_evens_out(model):
    hu, _ = rings(256, 1.5)
    network = with_network(model, ThresholdNetwork())
    alone = region_probabilities(hu, (1.5, 1.5), network)
    together = region_probabilities(hu, (1.5, 1.5), network, beside=[SliceBeside(hu, 3.0)] * 2)
    np.testing.assert_allclose(together, alone, atol=1e-3)


@pytest.mark.parametrize(
    ("index", "step_mm", "expected"),
    [(5, 1.0, [(8, 3.0), (2, 3.0)]), (5, 5.0, [(6, 5.0), (4, 5.0)]), (0, 2.5, [(1, 2.5)]), (5, 10.0, [])],
)
def test_the_slices_beside_a_slice_are_about_3_mm_away(index, step_mm, expected):
    array = np.arange(10)[:, None, None] * np.ones((1, 2, 2))
    found = [(item.hu[0, 0], item.distance_mm) for item in slices_beside(array, index, step_mm)]
    assert found == expected


def test_the_same_slice_gives_the_same_regions(model):
    hu, _ = rings(256, 1.0)
    first, second = (region_probabilities(hu, (1.0, 1.0), model) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_the_slice_is_left_as_it_was(model):
    hu, _ = rings(128, 2.0)
    before = hu.copy()
    segment_slice(hu, (2.0, 2.0), model)
    np.testing.assert_array_equal(hu, before)


@pytest.mark.parametrize("network_def", [TINY_3D, {**TINY_2D, "out_channels": 3}])
def test_a_model_of_another_kind_is_refused(tmp_path, network_def):
    model = load_bundle(write_tiny(tmp_path / "tiny", network_def))
    hu, _ = rings(64, 4.0)
    with pytest.raises(ModelError, match="tiny"):
        segment_slice(hu, (4.0, 4.0), model)
