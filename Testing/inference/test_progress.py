"""A user sees how far it is and can cancel at any time."""

import time

import pytest
import torch
from torch import nn

from inference.small_models import UNCHANGED, model, network, scan, stage
from SegmentL3Lib.inference import predict


class CancelledError(RuntimeError):
    pass


class Slow(nn.Module):
    """A network of many slow layers."""

    def __init__(self, layers: int):
        super().__init__()
        self.first = network()
        self.others = nn.Sequential(*(Nap() for _ in range(layers)))

    def forward(self, image):
        return self.others(self.first(image))


class Nap(nn.Module):
    def forward(self, image):
        time.sleep(0.1)
        return image


def test_progress_rises_to_the_end_and_tells_the_time_that_remains():
    told = []
    predict(model(stage(resampling=UNCHANGED)), [scan()], progress=lambda *news: told.append(news))
    fractions = [fraction for fraction, _ in told]
    assert fractions == sorted(fractions)
    assert fractions[0] == 0.0 and fractions[-1] == pytest.approx(1.0)
    assert any("s left" in text for _, text in told)
    assert told[-1][1].startswith("window ")


def test_stages_share_the_progress():
    told = []
    cascade = model(stage(), stage(network(inputs=3), previous_labels=(1, 2)))
    predict(cascade, [scan()], progress=lambda *news: told.append(news))
    assert all(fraction <= 0.5 for fraction, text in told if text.startswith("Stage 1 of 2"))
    assert all(fraction >= 0.5 for fraction, text in told if text.startswith("Stage 2 of 2"))
    assert told[-1][0] == pytest.approx(1.0)


def test_a_long_window_can_be_cancelled_within_two_seconds():
    began = []

    def cancel(_fraction, _text):
        if not began:
            began.append(time.perf_counter())
        elif time.perf_counter() - began[0] > 1:
            began.append(time.perf_counter())
            raise CancelledError

    whole = stage(Slow(100), patch=(16, 64, 64), resampling=UNCHANGED)
    with pytest.raises(CancelledError):
        predict(model(whole), [scan(shape=(16, 64, 64))], progress=cancel)
    assert time.perf_counter() - began[1] < 2


def test_cancelling_is_not_taken_for_an_error_of_the_network():
    def cancel(fraction, _text):
        if fraction > 0:
            raise CancelledError("out of memory")

    with pytest.raises(CancelledError):
        predict(model(stage()), [scan()], progress=cancel)


def test_nothing_stays_attached_to_the_networks():
    used = stage()
    predict(model(used), [scan()])
    assert all(not module._forward_pre_hooks for module in used.networks[0].modules())
    assert torch.is_inference_mode_enabled() is False
