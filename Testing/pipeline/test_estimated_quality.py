"""No result leaves the pipeline without an estimate of its quality."""

from dataclasses import replace

import numpy as np
import pytest

from models.packages import SCALING, spacing, write_tiny
from pipeline.networks import ThresholdNetwork, with_network
from pipeline.phantoms import numbered_volume
from SegmentL3Lib import pipeline
from SegmentL3Lib.labels import load_labels
from SegmentL3Lib.models import load_bundle
from SegmentL3Lib.trust.references import shipped_references

SLICE = 4


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    """Result on rings, which no reference resembles, and what was told meanwhile."""
    told = []
    path = write_tiny(tmp_path_factory.mktemp("model") / "tiny", transforms=[spacing(4.0, 4.0), SCALING])
    model = with_network(load_bundle(path), ThresholdNetwork())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "shipped_model", lambda name: replace(model, name=name))
        patch.setattr(pipeline, "all_references", lambda: shipped_references()[:2])
        result = pipeline.run(numbered_volume(), slice_index=SLICE, progress=lambda _share, text: told.append(text))
    return result, told


def test_every_structure_is_estimated_with_intervals(outcome):
    quality = outcome[0].quality
    assert [item.structure for item in quality.structures] == [label.id for label in load_labels()]
    assert quality.coverage == pytest.approx(0.95)
    areas = outcome[0].measurements.area_cm2
    for item in quality.structures:
        if item.dice is None:
            assert not areas.get(item.structure)
            continue
        low, high = item.dice_interval
        assert 0 <= low <= item.dice <= high <= 1
        if item.area_interval_cm2 is not None:
            assert item.area_interval_cm2[0] <= item.area_interval_cm2[1] and areas[item.structure] > 0


def test_a_body_unlike_any_known_one_is_not_trusted(outcome):
    quality = outcome[0].quality
    assert quality.verdict != "good"
    assert any("may be wrong" in str(reason) for reason in quality.reasons)


def test_the_maps_of_doubt_lie_where_the_slice_lies(outcome):
    result = outcome[0]
    volume = numbered_volume()
    assert set(result.doubt) == {"entropy", "mutual_information"}
    for doubt in result.doubt.values():
        assert doubt.array.shape == (1, *volume.array.shape[1:])
        assert doubt.geometry.index_to_lps((0, 0, 0)) == volume.geometry.index_to_lps((0, 0, SLICE))
        assert np.isfinite(doubt.array).all()


def test_it_says_what_it_does(outcome):
    told = outcome[1]
    assert "Asking the model again (1 of 6)" in told and "Comparing with known slices (2 of 2)" in told
