"""The device is what the user chose, or what there is."""

import pytest
import torch

from SegmentL3Lib.errors import UsageError
from SegmentL3Lib.inference import choose_device


def test_the_processor_can_always_be_chosen():
    assert choose_device("cpu") == torch.device("cpu")


def test_auto_takes_the_graphics_card_where_there_is_one(monkeypatch):
    monkeypatch.setattr("SegmentL3Lib.inference.device._cuda_obstacle", lambda: None)
    assert choose_device("auto") == torch.device("cuda")


def test_auto_falls_back_to_the_processor_and_logs_why(monkeypatch, caplog):
    monkeypatch.setattr("SegmentL3Lib.inference.device._cuda_obstacle", lambda: "there is none")
    with caplog.at_level("INFO", logger="SegmentL3Lib"):
        assert choose_device("auto") == torch.device("cpu")
    assert "there is none" in caplog.text


def test_a_graphics_card_that_is_asked_for_must_be_there(monkeypatch):
    monkeypatch.setattr("SegmentL3Lib.inference.device._cuda_obstacle", lambda: "there is none")
    with pytest.raises(UsageError, match="there is none"):
        choose_device("cuda")


def test_an_unknown_device_is_refused():
    with pytest.raises(UsageError, match="auto, cpu, cuda"):
        choose_device("tpu")
