"""The way to compute is chosen by what it costs and whether the labels stay the same."""

import pytest
import torch
from torch import nn

from inference.small_models import model, network, scan, stage
from SegmentL3Lib.errors import UsageError
from SegmentL3Lib.inference import precision, predict
from SegmentL3Lib.inference.precision import (
    LEAST_AGREEMENT,
    SAMPLE_VOXELS,
    choose_way,
    has_fast_bf16,
    sample_size,
)
from SegmentL3Lib.inference.runner import Runner
from SegmentL3Lib.models.plan import Window

CPU = torch.device("cpu")


def labels(logits):
    return logits.argmax(0)


def choose(networks, wanted="auto", sample=None):
    sample = torch.randn(1, 1, 16, 16, 16) if sample is None else sample
    with torch.inference_mode():
        return choose_way(networks, CPU, wanted, sample, labels, lambda: None)


@pytest.fixture
def other_network(monkeypatch):
    """Makes ``accelerated`` give a network of one's own."""
    return lambda made: monkeypatch.setattr(precision, "accelerated", made)


@pytest.fixture
def clock(monkeypatch):
    """Lets each look at the clock give the next of some times."""

    def set_times(*times):
        found = iter(times)
        monkeypatch.setattr(precision.time, "process_time", lambda: next(found))

    return set_times


def copy_of(plain):
    return nn.Sequential(plain).eval()


def test_a_faster_network_with_the_same_labels_is_taken(other_network, clock):
    other_network(copy_of)
    clock(0, 10, 10, 15)
    plain = network()
    way = choose([plain])
    assert way.networks[0] is not plain
    assert (way.precision, way.agreement) == ("fp32", 1.0)


def test_a_slower_network_is_not_taken(other_network, clock):
    other_network(copy_of)
    clock(0, 10, 10, 25)
    plain = network()
    assert choose([plain]).networks == (plain,)


def test_a_network_with_other_labels_is_not_taken(other_network, clock):
    other_network(lambda plain: network(seed=1))
    clock(0, 10, 10, 15)
    plain = network()
    way = choose([plain])
    assert way.networks == (plain,)
    assert way.agreement is None


def test_all_folds_are_computed_the_same_way(other_network, clock):
    other_network(copy_of)
    clock(0, 10, 10, 15)
    folds = [network(seed=seed) for seed in range(3)]
    found = choose(folds).networks
    assert [fold[0] for fold in found] == folds


def test_bfloat16_is_taken_where_it_is_faster_and_agrees(monkeypatch, other_network, clock):
    other_network(lambda plain: plain)
    monkeypatch.setattr(precision, "has_fast_bf16", lambda device: True)
    monkeypatch.setattr(precision, "LEAST_AGREEMENT", {"fp32": 0.999, "bf16": 0.9})
    clock(0, 10, 10, 15)
    way = choose([network()])
    assert way.bf16 and way.precision == "bf16"
    assert 0.9 <= way.agreement <= 1


def test_bfloat16_is_not_tried_where_it_is_slow_or_not_wanted(monkeypatch, other_network):
    other_network(lambda plain: plain)
    monkeypatch.setattr(precision, "has_fast_bf16", lambda device: False)
    assert not choose([network()]).bf16
    monkeypatch.setattr(precision, "has_fast_bf16", lambda device: True)
    assert not choose([network()], "fp32").bf16


def test_bfloat16_that_is_asked_for_is_taken_and_its_agreement_told(clock):
    clock(0, 10, 10, 50)
    way = choose([network()], "bf16")
    assert way.bf16
    assert 0 < way.agreement <= 1


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("dimensions, patch", [(3, (8, 16, 12)), (2, (16, 12))])
def test_labels_in_bfloat16_are_those_of_float32(dimensions, patch, seed):
    small = model(stage(network(dimensions, seed=seed), patch=patch))
    found, expected = (predict(small, [scan()], precision=name) for name in ("bf16", "fp32"))
    assert (found.precision, expected.precision) == ("bf16", "fp32")
    assert len(set(expected.labels.array.flat)) == 3
    assert (found.labels.array == expected.labels.array).mean() >= LEAST_AGREEMENT["bf16"]


def test_bfloat16_is_computed_and_windows_are_added_up_in_float32():
    plain, windows = network(), torch.randn(1, 1, 16, 16, 16)
    with torch.inference_mode():
        found, expected = (Runner([plain], CPU, bf16=bf16)(windows) for bf16 in (True, False))
    assert found.dtype == torch.float32
    assert 1e-4 < (found - expected).abs().max() / expected.std() < 0.1


def test_a_sample_that_the_network_cannot_take_leaves_the_plain_way(other_network):
    other_network(copy_of)
    plain = network()
    assert choose([plain], sample=torch.randn(1, 2, 16, 16, 16)).networks == (plain,)


def test_a_sample_too_small_for_a_normalization_leaves_the_plain_way(other_network):
    other_network(copy_of)
    plain = nn.Sequential(nn.Conv3d(1, 2, 3, 2, 1), nn.InstanceNorm3d(2)).eval()
    assert choose([plain], sample=torch.randn(1, 1, 2, 2, 2)).networks == (plain,)


def test_an_unknown_precision_is_refused():
    with pytest.raises(UsageError, match="auto, fp32, bf16"):
        choose([network()], "fp64")


def test_fast_bfloat16_is_read_from_the_processor(monkeypatch):
    for name in ("amx_bf16", "avx512_bf16"):
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda name=name: {name: True})
        assert has_fast_bf16(CPU)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx2": True})
    assert not has_fast_bf16(CPU)


@pytest.mark.parametrize(
    "patch, size", [((128, 128, 128), (32, 32, 64)), ((96, 160, 160), (32, 32, 64)), ((8, 16, 12), (8, 16, 12))]
)
def test_the_check_takes_little_of_a_large_window(patch, size):
    found = sample_size(Window(patch, "nnunet"), CPU)
    assert sorted(found) == sorted(size)
    assert sample_size(Window(patch, "nnunet"), torch.device("cuda")) == patch


def test_a_window_that_cannot_be_halved_is_checked_whole():
    assert sample_size(Window((SAMPLE_VOXELS + 1,), "nnunet"), CPU)[0] < SAMPLE_VOXELS
    assert sample_size(Window((32,) * 4, "nnunet"), CPU) == (32,) * 4
