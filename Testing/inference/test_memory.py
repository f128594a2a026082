"""What is done when memory does not suffice, and how little is needed."""

import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from inference.small_models import UNCHANGED, model, network, scan, stage
from SegmentL3Lib.errors import InputError, ModelError
from SegmentL3Lib.inference import predict
from SegmentL3Lib.inference.allocation import kept_memory
from SegmentL3Lib.inference.memory import attempts, is_out_of_memory, shrunk
from SegmentL3Lib.models.plan import Window

ROOT = Path(__file__).resolve().parents[2]
EXHAUSTED = RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory")
GRAPHICS = torch.device("cuda")
CLASSES, SHAPE = (2, 60), (600, 64, 64)
PEAKS = f"""
import resource, torch
from inference.small_models import UNCHANGED, model, scan, stage
from SegmentL3Lib.inference import predict
for classes in {CLASSES}:
    network = torch.nn.Conv3d(1, classes, 1).eval()
    used = model(stage(network, patch=(16, 64, 64), resampling=UNCHANGED), values=tuple(range(1, classes)))
    predict(used, [scan(shape={SHAPE})], device="cpu")
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if {sys.platform == "darwin"} else 1024))
"""


class Greedy(nn.Module):
    """A network that runs out of memory on windows of more than some voxels."""

    def __init__(self, most: int, error: Exception = EXHAUSTED):
        super().__init__()
        self.inner = network()
        self.most = most
        self.error = error

    def forward(self, image):
        if image[0, 0].numel() > self.most:
            raise self.error
        return self.inner(image)


@pytest.mark.parametrize("error", [RuntimeError("CUDA error: out of memory"), MemoryError(), torch.OutOfMemoryError()])
def test_smaller_windows_are_tried_and_it_is_said(error):
    greedy = stage(Greedy(8 * 16 * 16, error), patch=(8, 48, 48), resampling=UNCHANGED)
    found = predict(model(greedy), [scan()], device="cpu")
    assert "smaller parts (8 x 16 x 16 voxels)" in found.notes[0]
    smaller = predict(model(stage(patch=(8, 16, 16), resampling=UNCHANGED)), [scan()], device="cpu")
    assert np.array_equal(found.labels.array, smaller.labels.array)
    assert smaller.notes == ()


def test_where_nothing_suffices_the_user_is_told_what_to_do():
    with pytest.raises(InputError, match="memory of this computer does not suffice"):
        predict(model(stage(Greedy(0), patch=(8, 16, 16))), [scan()], device="cpu")


def test_other_errors_of_a_network_are_not_taken_for_it():
    with pytest.raises(ModelError, match="wrong shape"):
        predict(model(stage(Greedy(0, RuntimeError("wrong shape")))), [scan()], device="cpu")


def test_a_graphics_processor_is_given_up_for_the_processor_last():
    tried = list(attempts(GRAPHICS, Window((128, 128, 96), "nnunet")))
    assert [attempt.device.type for attempt in tried] == ["cuda"] * 3 + ["cpu"] * 3
    assert [attempt.window.patch_size for attempt in tried[:3]] == [(128, 128, 96), (64, 64, 32), (32, 32, 32)]
    assert tried[0].note == ""
    assert "processor" in tried[3].note and "smaller" not in tried[3].note
    assert "processor" in tried[4].note and "smaller" in tried[4].note


def test_slices_are_run_one_by_one_before_windows_shrink():
    tried = list(attempts(GRAPHICS, Window((256, 256), "nnunet")))
    assert tried[0].batch > 1
    assert (tried[1].batch, tried[1].window.patch_size, tried[1].note) == (1, (256, 256), "")


@pytest.mark.parametrize("size, half", [(128, 64), (112, 48), (96, 32), (40, 16), (32, 32), (20, 8), (7, 3)])
def test_smaller_windows_stay_divisible_as_they_were(size, half):
    assert shrunk(Window((size,), "nnunet")).patch_size == (half,)


@pytest.mark.parametrize("message", ["CUDA out of memory. Tried", "MPS backend out of memory", "not enough memory"])
def test_messages_of_all_devices_are_known(message):
    assert is_out_of_memory(RuntimeError(message))
    assert not is_out_of_memory(ValueError(message))


def test_memory_does_not_grow_with_the_number_of_classes_times_the_volume():
    pytest.importorskip("resource")
    folders = [str(ROOT / folder) for folder in ("SegmentL3", "Testing")]
    command = [sys.executable, "-c", f"import sys; sys.path[:0] = {folders!r}\n{PEAKS}"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    result = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    few, many = map(int, result.stdout.split())
    assert many - few < CLASSES[1] * math.prod(SHAPE) * 4 / 4


def test_memory_is_kept_until_the_outermost_block_ends(monkeypatch):
    class Library:
        def __init__(self):
            self.calls = []

        def mallopt(self, parameter, value):
            self.calls.append((parameter, value))

        def malloc_trim(self, _pad):
            self.calls.append("trim")

    library = Library()
    monkeypatch.setattr("SegmentL3Lib.inference.allocation._gnu_library", lambda: library)
    with kept_memory():
        with kept_memory():
            pass
        assert "trim" not in library.calls
    assert library.calls[-1] == "trim"


def test_memory_is_kept_within_and_given_back_after():
    with kept_memory():
        total = sum(float(torch.ones(1 << 20).sum()) for _ in range(3))
    assert total == 3 << 20
