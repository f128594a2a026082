"""Which processor runs the networks."""

import logging

import torch

from ..errors import UsageError

DEVICES = ("auto", "cpu", "cuda", "mps")

logger = logging.getLogger(__name__)


def choose_device(name: str = "auto") -> torch.device:
    """Processor for a choice of the user.

    Args:
        name: "cpu", "cuda" (an NVIDIA graphics card), "mps" (the graphics part of an Apple processor), or "auto": the
            first of these graphics processors that works, the processor where there is none.

    Raises:
        UsageError: an unknown name, or a graphics processor that cannot be used.
    """
    if name not in DEVICES:
        raise UsageError(f'The device "{name}" is not known; choose one of {", ".join(DEVICES)}.')
    obstacles = {"cuda": _cuda_obstacle, "mps": _mps_obstacle}
    if name in obstacles:
        obstacle = obstacles[name]()
        if obstacle is not None:
            raise UsageError(f"The graphics card cannot be used: {obstacle}. Choose the device cpu or auto.")
        return torch.device(name)
    return _first_that_works(obstacles) if name == "auto" else torch.device("cpu")


def limit_threads() -> None:
    """Leave one processor core to others, where there is more than one."""
    torch.set_num_threads(max(1, torch.get_num_threads() - 1))


def _first_that_works(obstacles) -> torch.device:
    found = {}
    for name, find in obstacles.items():
        found[name] = find()
        if found[name] is None:
            return torch.device(name)
    logger.info("Running on the processor: %s.", found["cuda"])
    return torch.device("cpu")


def _cuda_obstacle() -> str | None:
    if torch.version.cuda is None:
        return "the installed PyTorch is the build without CUDA"
    if not torch.cuda.is_available():
        return "PyTorch finds no NVIDIA graphics card with a working driver"
    return None


def _mps_obstacle() -> str | None:
    return None if torch.backends.mps.is_available() else "PyTorch finds no Apple graphics processor"
