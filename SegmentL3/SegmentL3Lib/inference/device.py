"""Which processor runs the networks."""

import logging

import torch

from ..errors import UsageError

DEVICES = ("auto", "cpu", "cuda")

logger = logging.getLogger(__name__)


def choose_device(name: str = "auto") -> torch.device:
    """Processor for a choice of the user.

    Args:
        name: "cpu", "cuda" (an NVIDIA graphics card), or "auto": the graphics card where there is one that works.

    Raises:
        UsageError: an unknown name, or "cuda" where no graphics card can be used.
    """
    if name not in DEVICES:
        raise UsageError(f'The device "{name}" is not known; choose one of {", ".join(DEVICES)}.')
    if name == "cpu":
        return torch.device("cpu")
    obstacle = _cuda_obstacle()
    if obstacle is None:
        return torch.device("cuda")
    if name == "cuda":
        raise UsageError(f"The graphics card cannot be used: {obstacle}. Choose the device cpu or auto.")
    logger.info("Running on the processor: %s.", obstacle)
    return torch.device("cpu")


def limit_threads() -> None:
    """Leave one processor core to others, where there is more than one."""
    torch.set_num_threads(max(1, torch.get_num_threads() - 1))


def _cuda_obstacle() -> str | None:
    if torch.version.cuda is None:
        return "the installed PyTorch is the build without CUDA"
    if not torch.cuda.is_available():
        return "PyTorch finds no NVIDIA graphics card with a working driver"
    return None
