"""The pipeline measures the slice that is meant, whatever the order of the file."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from models.packages import SCALING, spacing, write_tiny
from pipeline.networks import ThresholdNetwork, with_network
from pipeline.phantoms import BONE, numbered_volume
from SegmentL3Lib import pipeline
from SegmentL3Lib.errors import LevelNotFoundError, ModelError, UsageError
from SegmentL3Lib.models import load_bundle
from SegmentL3Lib.results import LevelResult, Patient
from SegmentL3Lib.trust.estimate import Estimate
from SegmentL3Lib.volume import Geometry, Volume

COUNT, FOUND = 6, 2
IDENTITY = np.eye(3)


@pytest.fixture(autouse=True)
def threshold_model(tmp_path, monkeypatch):
    """Both shipped models are replaced by one that knows the rings."""
    path = write_tiny(tmp_path / "tiny", transforms=[spacing(4.0, 4.0), SCALING])
    model = with_network(load_bundle(path), ThresholdNetwork())
    monkeypatch.setattr(pipeline, "shipped_model", lambda name: replace(model, name=name))
    # Tested in test_estimated_quality.py; here it would only take time.
    monkeypatch.setattr(pipeline, "estimate_quality", lambda *_: Estimate((), None))
    return model


@pytest.fixture
def located(monkeypatch):
    """The level finder answers this; L3 is slice 2 from the feet."""
    return answer_with(monkeypatch, found=True)


def answer_with(monkeypatch, found):
    def locate(volume_axial, model, level="L3", progress=None):
        progress(0.5, "Looking")
        if not found:
            return LevelResult(level, False, None, None, 0.0, "L3 is not in this scan: it ends above.")
        position = pipeline.slice_center_lps_mm(volume_axial, FOUND)
        return LevelResult(level, True, FOUND, position, 0.9, "Counted from the sacrum.", {"L3": 2.0, "L2": 3.5})

    monkeypatch.setattr(pipeline, "locate", locate)


def stored_volume(axes, flips) -> Volume:
    """``numbered_volume`` stored with its (z, y, x) axes permuted and flipped, the patient unmoved."""
    axial = numbered_volume(COUNT)
    array = np.flip(axial.array.transpose(axes), [axis for axis in range(3) if flips[axis]])
    columns = [2 - axis for axis in axes][::-1]
    signs = [-1 if flip else 1 for flip in flips][::-1]
    size = [axial.array.shape[axis] for axis in axes][::-1]
    spacing_mm = [axial.geometry.spacing[column] for column in columns]
    direction = IDENTITY[:, columns] * signs
    corner = [(count - 1) * mm if sign < 0 else 0 for count, mm, sign in zip(size, spacing_mm, signs, strict=True)]
    origin = -direction @ np.array(corner)
    geometry = Geometry(tuple(origin.tolist()), tuple(spacing_mm), tuple(direction.ravel().tolist()))
    return Volume(np.ascontiguousarray(array), geometry, modality="CT")


ORDERS = [
    (axes, flips)
    for axes in itertools.permutations(range(3))
    for flips in [(False, False, False), (True, False, False), (False, True, True), (True, True, True)]
]


@pytest.mark.parametrize(("axes", "flips"), ORDERS)
def test_the_slice_index_counts_in_the_order_of_the_file(axes, flips):
    volume = stored_volume(axes, flips)
    file_axis = axes.index(0)
    for index in (0, 4):
        result = pipeline.run(volume, slice_index=index)
        bone_hu = np.take(volume.array, index, file_axis).max()
        assert result.slice_index == index
        assert result.measurements.mean_hu["bone"] == pytest.approx(bone_hu, abs=1)
        holds_labels = result.segmentation.array.any(axis=tuple(axis for axis in range(3) if axis != file_axis))
        assert list(np.flatnonzero(holds_labels)) == [index]
        assert result.segmentation.geometry == volume.geometry


@pytest.mark.parametrize(("axes", "flips"), ORDERS)
def test_a_found_level_is_told_in_the_order_of_the_file(axes, flips, located):
    volume = stored_volume(axes, flips)
    flipped = flips[axes.index(0)]
    result = pipeline.run(volume)
    assert result.slice_index == result.level.slice_index == (COUNT - 1 - FOUND if flipped else FOUND)
    assert result.level.vertebrae["L2"] == (COUNT - 1 - 3.5 if flipped else 3.5)
    assert result.measurements.mean_hu["bone"] == pytest.approx(BONE + 10 * FOUND, abs=1)
    assert result.slice_position_lps_mm == pytest.approx((126.0, 126.0, 10.0))
    assert pipeline.find_level(volume) == result.level


def test_the_measured_rings_have_their_size():
    area = pipeline.run(numbered_volume(), slice_index=0).measurements.area_cm2
    assert area["bone"] == pytest.approx(np.pi * 2.0**2, rel=0.1)
    assert area["skeletal_muscle"] == pytest.approx(np.pi * (8.0**2 - 6.5**2), rel=0.1)


def test_results_name_models_software_and_patient(located):
    patient = Patient("female", 165.0, 70.0)
    result = pipeline.run(numbered_volume(), patient=patient)
    assert [model["name"] for model in result.models] == ["l3_level_2d", "l3_tissue_2d"]
    assert all(len(model["weights_sha256"]) == 64 for model in result.models)
    assert {"SegmentL3", "torch", "monai"} <= set(result.software)
    assert result.patient == patient
    assert result.measurements.indices["smi_cm2_per_m2"] == pytest.approx(
        result.measurements.area_cm2["skeletal_muscle"] / 1.65**2
    )


def test_a_slice_that_was_chosen_needs_no_level_finder():
    result = pipeline.run(numbered_volume(), slice_index=1)
    assert result.level is None
    assert [model["name"] for model in result.models] == ["l3_tissue_2d"]


def test_a_level_that_is_not_there_is_told(monkeypatch):
    answer_with(monkeypatch, found=False)
    with pytest.raises(LevelNotFoundError, match="L3 is not in this scan"):
        pipeline.run(numbered_volume())
    assert not pipeline.find_level(numbered_volume()).found


@pytest.mark.parametrize("index", [-1, COUNT])
def test_a_slice_outside_the_scan_is_refused_with_the_range(index):
    with pytest.raises(UsageError, match="slices are 0 to 5"):
        pipeline.run(numbered_volume(COUNT), slice_index=index)


def test_a_single_slice_is_taken_and_its_level_not_confirmed():
    result = pipeline.run(numbered_volume(1))
    assert result.slice_index == 0
    assert result.level is None
    assert result.quality.verdict != "good"
    assert any("single slice" in reason.text for reason in result.quality.reasons)


def test_a_damaged_model_is_a_model_error(monkeypatch):
    def damaged(name):
        raise ModelError("The weights are damaged.")

    monkeypatch.setattr(pipeline, "shipped_model", damaged)
    with pytest.raises(ModelError, match="damaged"):
        pipeline.run(numbered_volume(), slice_index=0)


def test_the_same_scan_gives_the_same_result(located):
    first, second = (pipeline.run(numbered_volume()) for _ in range(2))
    np.testing.assert_array_equal(first.segmentation.array, second.segmentation.array)
    assert first.measurements == second.measurements


def test_the_scan_is_left_as_it_was():
    volume = numbered_volume()
    before = volume.array.copy()
    pipeline.run(volume, slice_index=3)
    np.testing.assert_array_equal(volume.array, before)


def test_progress_only_goes_forward(located):
    fractions = []
    pipeline.run(numbered_volume(), progress=lambda fraction, text: fractions.append(fraction))
    assert fractions == sorted(fractions)
    assert 0 <= fractions[0] < fractions[-1] <= 1
