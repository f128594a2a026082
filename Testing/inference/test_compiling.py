"""A network is compiled only where that is asked for, possible and faster."""

import functools

import pytest
import torch
from torch import nn

from inference.small_models import model, network, scan, stage
from SegmentL3Lib.inference import precision, predict
from SegmentL3Lib.inference.compiling import Compiled
from SegmentL3Lib.inference.precision import NOT_COMPILED, choose_way

CPU = torch.device("cpu")


class Pretended(nn.Module):
    """A compiled network that is the plain one."""

    def __init__(self, plain: nn.Module):
        super().__init__()
        self.plain = plain

    def forward(self, windows: torch.Tensor) -> torch.Tensor:
        return self.plain(windows)


@pytest.fixture
def compiler(monkeypatch):
    """Lets a class of one's own stand in for the compiler, and each look at the clock give the next of some times."""

    def take(kind, *times):
        found = iter(times)
        monkeypatch.setattr(precision, "Compiled", kind)
        monkeypatch.setattr(precision, "accelerated", lambda plain: plain)
        monkeypatch.setattr(precision, "has_fast_bf16", lambda device: False)
        monkeypatch.setattr(precision.time, "process_time", lambda: next(found))

    return take


def choose(networks, wanted="auto", heartbeat=lambda: None):
    with torch.inference_mode():
        sample = torch.randn(1, 1, 16, 16, 16)
        return choose_way(networks, CPU, wanted, sample, lambda logits: logits.argmax(0), heartbeat, compiled=True)


def test_a_compiled_network_that_is_faster_is_taken_for_every_fold(compiler):
    compiler(Pretended, 0, 10, 10, 15)
    folds = [network(seed=seed) for seed in range(2)]
    way = choose(folds)
    assert [fold.plain for fold in way.networks] == folds
    assert (way.note, way.agreement) == ("The network was compiled.", 1.0)


def test_a_compiled_network_that_is_slower_is_left_out_and_that_is_said(compiler):
    compiler(Pretended, 0, 10, 10, 25)
    plain = network()
    way = choose([plain])
    assert way.networks == (plain,)
    assert way.note.startswith(NOT_COMPILED) and "not faster" in way.note


def test_other_labels_of_a_compiled_network_leave_it_out(compiler):
    compiler(lambda plain: network(seed=1), 0, 10, 10, 15)
    plain = network()
    assert choose([plain]).networks == (plain,)


@pytest.mark.parametrize("error", [RuntimeError("Compiler: cl is not found."), FileNotFoundError("g++")])
def test_what_the_compiler_lacks_is_said_and_the_plain_way_is_taken(compiler, error):
    def fail(_plain):
        raise error

    compiler(fail, 0, 10)
    plain = network()
    way = choose([plain])
    assert way.networks == (plain,)
    assert way.note.startswith(NOT_COMPILED) and "C++ compiler" in way.note


def test_bfloat16_that_is_asked_for_is_compiled_in_bfloat16(compiler):
    compiler(Pretended, 0, 10, 10, 20, 20, 25)
    way = choose([network()], "bf16")
    assert way.bf16 and isinstance(way.networks[0], Pretended)


def test_compiling_can_be_cancelled(compiler):
    def cancel():
        raise KeyboardInterrupt

    compiler(Pretended, *range(9))
    with pytest.raises(KeyboardInterrupt):
        choose([network()], heartbeat=cancel)


def test_a_prediction_says_what_became_of_compiling(compiler):
    compiler(Pretended, *[0, 10, 10, 25])
    found = predict(model(stage(network())), [scan()], compiled=True)
    assert any(note.startswith(NOT_COMPILED) for note in found.notes)
    assert predict(model(stage(network())), [scan()]).notes == ()


def test_a_network_is_handed_to_the_compiler_without_what_watches_it(monkeypatch):
    # Translating to machine code takes too long for a test; this backend runs what was to be translated.
    monkeypatch.setattr(torch, "compile", functools.partial(torch.compile, backend="eager"))
    plain, image = network(), torch.randn(1, 1, 8, 8, 8)
    found = Compiled(plain)
    assert list(found.modules()) == [found]
    with torch.inference_mode():
        assert torch.equal(found(image), plain(image))
