"""The network of the level finder sees both sides alike, and a spine that is built differently is named."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from SegmentL3Lib import locate as level_finder
from SegmentL3Lib.spine_sequence import VERTEBRAE, SpineReading
from SegmentL3Lib.spine_views import COLUMNS, FRONTAL_COLUMNS
from SegmentL3Lib.volume import Geometry, Volume

CHANNELS = ("background", *VERTEBRAE, "T10_and_above", "sacrum", "rib", "hip_bone")


@pytest.fixture
def model():
    """A network that sees left and right differently."""
    torch.manual_seed(0)
    network = torch.nn.Conv2d(2, len(CHANNELS), 3, stride=(2, 1), padding=1)
    scale = SimpleNamespace(scale=lambda image: image / 1000)
    return SimpleNamespace(name="toy", channels=CHANNELS, network=network, preprocessing=scale)


def test_a_mirrored_patient_has_the_same_vertebrae(model):
    views = np.random.default_rng(0).normal(0, 300, (2, 40, COLUMNS)).astype(np.float32)
    mirrored = views.copy()
    mirrored[..., :FRONTAL_COLUMNS] = views[..., FRONTAL_COLUMNS - 1 :: -1]
    seen, seen_mirrored = (level_finder.view_probabilities(image, model) for image in (views, mirrored))
    for name in CHANNELS:
        frontal, other = (each[name][:, :FRONTAL_COLUMNS] for each in (seen, seen_mirrored))
        np.testing.assert_allclose(frontal[:, ::-1], other, atol=1e-5)
        assert np.abs(frontal[:, ::-1] - frontal).max() > 0.01
    assert sum(seen.values()) == pytest.approx(np.ones((20, COLUMNS)), abs=1e-5)


@pytest.mark.parametrize(("ribs", "asks"), [(36.0, False), (0.0, True)])
def test_a_count_from_the_sacrum_alone_is_to_be_checked(monkeypatch, model, ribs, asks):
    names = list(VERTEBRAE)
    middles = {name: 5.0 + 9 * number for number, name in enumerate(names)}
    seen = {"ribs": ribs, "the sacrum": 36.0}
    reading = SpineReading(middles, dict.fromkeys(names, 0.97), dict.fromkeys(names, 1.0), seen)
    monkeypatch.setattr(level_finder, "read_spine", lambda evidence: reading)
    found = level_finder.locate(Volume(np.zeros((80, 8, 8), np.int16), Geometry(spacing=(4.0, 4.0, 4.0))), model)
    assert found.found and ("check the level" in found.reason) == asks
    assert found.certainty < 0.8 if asks else found.certainty > 0.9


@pytest.mark.parametrize(
    ("variant", "said"),
    [("L6", "sixth lumbar"), ("T13", "thirteenth pair of ribs"), ("sacralized L5", "joined to the sacrum")],
)
def test_a_spine_that_is_built_differently_is_told_in_words(monkeypatch, model, variant, said):
    names = list(VERTEBRAE)
    middles = {name: 5.0 + 9 * number for number, name in enumerate(names)}
    seen = {"ribs": 36.0, "the sacrum": 36.0}
    reading = SpineReading(middles, dict.fromkeys(names, 0.97), dict.fromkeys(names, 1.0), seen, {variant: 0.4})
    monkeypatch.setattr(level_finder, "read_spine", lambda evidence: reading)
    found = level_finder.locate(Volume(np.zeros((80, 8, 8), np.int16), Geometry(spacing=(4.0, 4.0, 4.0))), model)
    assert found.found and found.transitional
    assert said in found.reason and "40%" in found.reason
