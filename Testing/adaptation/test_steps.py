"""Interruption in the middle, and going on."""

import errno
from pathlib import Path

import pytest
import torch

from adaptation import squares
from DomainAdaptLib.adaptation import steps
from DomainAdaptLib.adaptation.methods import adapt
from SegmentL3Lib.errors import InputError, ModelError

LEARNING = {"entropy": {"steps": 5}, "adversarial": {"steps": 5, "connections": 2}, "mean_teacher": {"steps": 5}}


@pytest.fixture(autouse=True)
def checkpoint_after_every_step(monkeypatch):
    monkeypatch.setattr(steps, "CHECKPOINT_EVERY_S", 0)


def stop_at(share):
    def progress(fraction, _text):
        if fraction >= share:
            raise KeyboardInterrupt

    return progress


@pytest.mark.parametrize("method", LEARNING)
def test_what_goes_on_after_an_interruption_ends_as_if_there_had_been_none(method, tmp_path):
    whole = adapt(method, squares.task(), LEARNING[method]).network.state_dict()
    checkpoint = tmp_path / "checkpoint.pt"
    with pytest.raises(KeyboardInterrupt):
        adapt(method, squares.task(checkpoint=checkpoint, progress=stop_at(0.55)), LEARNING[method])
    resumed = []
    task = squares.task(checkpoint=checkpoint, metric=lambda _series, step, _value: resumed.append(step))
    found = adapt(method, task, LEARNING[method]).network.state_dict()
    assert min(resumed) == 4
    assert all(torch.equal(whole[name], found[name]) for name in whole)


def test_a_finished_run_is_not_learned_again(tmp_path):
    task = squares.task(checkpoint=tmp_path / "checkpoint.pt")
    first = adapt("entropy", task, LEARNING["entropy"]).network.state_dict()
    again = squares.task(checkpoint=tmp_path / "checkpoint.pt", metric=lambda *_point: pytest.fail("learned again"))
    second = adapt("entropy", again, LEARNING["entropy"]).network.state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_a_full_disk_is_said_and_the_last_checkpoint_stays(tmp_path, monkeypatch):
    checkpoint = tmp_path / "checkpoint.pt"
    write, written = Path.write_bytes, []

    def full_after_two(path, content):
        written.append(path)
        if len(written) > 2:
            write(path, content[: len(content) // 2])
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", full_after_two)
    with pytest.raises(InputError, match="disk is full"):
        adapt("entropy", squares.task(checkpoint=checkpoint), LEARNING["entropy"])
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.pt"]
    assert torch.load(checkpoint, weights_only=True)["step"] == 2


def test_a_damaged_checkpoint_is_said(tmp_path):
    checkpoint = tmp_path / "checkpoint.pt"
    checkpoint.write_bytes(b"cut short")
    with pytest.raises(ModelError, match="checkpoint"):
        adapt("entropy", squares.task(checkpoint=checkpoint), LEARNING["entropy"])
