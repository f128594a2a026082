"""The whole estimate of a slice: figures of each structure, maps, progress, and slices that show nothing."""

import numpy as np
import pytest

from models.packages import SCALING, spacing, write_tiny
from pipeline.networks import ThresholdNetwork, with_network
from quality.torso import VALUE
from SegmentL3Lib.models import load_bundle
from SegmentL3Lib.trust.doubt import gather
from SegmentL3Lib.trust.estimate import estimate_quality
from SegmentL3Lib.trust.evidence import FIGURES, gather_evidence
from SegmentL3Lib.trust.samples import COUNT, sampled_probabilities
from trust.test_estimator import stub
from trust.torsos import PIXEL_YX_MM, noisy_torso, reference, untrained_autoencoder


@pytest.fixture(scope="module")
def references():
    return [reference(1)]


@pytest.fixture
def model(tmp_path):
    path = write_tiny(tmp_path / "tiny", transforms=[spacing(3.0, 3.0), SCALING])
    return with_network(load_bundle(path), ThresholdNetwork())


def estimate(labels, hu, model, references, **more):
    return estimate_quality(labels, hu, PIXEL_YX_MM, model, references, untrained_autoencoder(), stub(), **more)


def test_every_structure_and_both_maps_come_back(model, references):
    labels, hu = noisy_torso(0)
    seen = []
    found = estimate(labels, hu, model, references, progress=lambda share, text: seen.append((share, text)))
    assert [item.structure for item in found.structures] == list(VALUE)
    assert all(item.dice == pytest.approx(0.9) for item in found.structures if item.structure == "skeletal_muscle")
    assert found.coverage == 0.95
    assert set(found.doubt) == {"entropy", "mutual_information"}
    assert all(values.shape == hu.shape and values.dtype == np.float32 for values in found.doubt.values())
    assert found.doubt["entropy"].max() > 0 and found.doubt["entropy"][0, 0] == 0
    shares = [share for share, _ in seen]
    assert shares == sorted(shares) and shares[0] >= 0 and shares[-1] <= 1 and len(seen) > COUNT
    assert "Comparing with known slices (1 of 1)" in [text for _, text in seen]


def test_whoever_watches_can_stop_it(model, references):
    def stop(share, _text):
        if share > 0.3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        estimate(*noisy_torso(0), model, references, progress=stop)


def test_without_a_body_nothing_is_estimated(model, references):
    air = np.full((96, 96), -1000, np.int16)
    found = estimate(np.zeros(air.shape, np.uint8), air, model, references)
    assert found.coverage is None
    assert all(item.dice is None and item.dice_interval is None for item in found.structures)


def test_figures_fall_when_a_mask_is_spoiled(model, references):
    labels, hu = noisy_torso(0)
    spoiled = np.roll(labels, 12, axis=1)
    doubt = gather(sampled_probabilities(hu, PIXEL_YX_MM, model), hu, PIXEL_YX_MM)
    figures = gather_evidence(hu, PIXEL_YX_MM, [labels, spoiled], [doubt] * 2, references, untrained_autoencoder())
    assert figures.shape == (2, 6, len(FIGURES))
    good, bad = (dict(zip(FIGURES, row, strict=True)) for row in figures[:, VALUE["skeletal_muscle"] - 1])
    for name in ("reverse_best", "reverse_mean", "atlas_dice", "samples_dice"):
        assert bad[name] < good[name] - 0.1, name
    assert good["area_share"] == pytest.approx(bad["area_share"])
    assert good["left_share"] == pytest.approx(0.5, abs=0.03)
    assert good["noise_hu"] == pytest.approx(20, rel=0.3)


def test_a_structure_that_is_not_there_has_no_figures(model, references):
    labels, hu = noisy_torso(0)
    labels = np.where(labels == VALUE["bowel"], 0, labels).astype(np.uint8)
    doubt = gather(sampled_probabilities(hu, PIXEL_YX_MM, model), hu, PIXEL_YX_MM)
    figures = gather_evidence(hu, PIXEL_YX_MM, [labels], [doubt], references, untrained_autoencoder())[0]
    assert np.isnan(figures[VALUE["bowel"] - 1]).all()
    assert np.isfinite(np.delete(figures, VALUE["bowel"] - 1, axis=0)).all()
