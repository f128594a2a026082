"""What to try when memory does not suffice."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch

from ..models.plan import Window

_PHRASES = ("out of memory", "can't allocate memory", "not enough memory", "cannot allocate memory")
LARGEST_STRIDE = 32
SMALLER_TILES = 2
# Windows of a 2D network that a graphics processor, and a processor, take at once.
BATCH_2D = {"cuda": 16, "mps": 4, "cpu": 2}


@dataclass(frozen=True)
class Attempt:
    """One way to run a stage.

    Attributes:
        device: where the network runs.
        window: of the stage, or a smaller one.
        batch: windows at once.
        note: what the user should know where this is not the first choice.
    """

    device: torch.device
    window: Window
    batch: int
    note: str = ""


def attempts(device: torch.device, window: Window) -> Iterator[Attempt]:
    """Ways to run a stage, the best first, each needing less memory of its device than the one before."""
    batch = BATCH_2D.get(device.type, 1) if len(window.patch_size) == 2 else 1
    yield Attempt(device, window, batch)
    if batch > 1:
        yield Attempt(device, window, 1)
    smaller = window
    for _ in range(SMALLER_TILES):
        smaller = shrunk(smaller)
        size = " x ".join(str(length) for length in smaller.patch_size)
        yield Attempt(
            device,
            smaller,
            1,
            f"Memory did not suffice; the model was run on smaller parts ({size} voxels), which can change the result.",
        )
    if device.type != "cpu":
        note = "The memory of the graphics processor did not suffice; the model was run on the processor."
        for attempt in attempts(torch.device("cpu"), window):
            yield replace(attempt, note=" ".join(filter(None, (note, attempt.note))))


def shrunk(window: Window) -> Window:
    """The window with each axis about halved, but still divisible as its size is, up to what networks need."""
    return replace(window, patch_size=tuple(halved(length) for length in window.patch_size))


def halved(length: int) -> int:
    """About half of a length, divisible as the length is, up to what networks need."""
    divisor = min(length & -length, LARGEST_STRIDE)
    return max(divisor, length // 2 // divisor * divisor)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory, of the computer or of a graphics processor, did not suffice."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(phrase in str(error).lower() for phrase in _PHRASES)


def free(device: torch.device) -> None:
    """Give back what a failed attempt has left on a graphics processor."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()
