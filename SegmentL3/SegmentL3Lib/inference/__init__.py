"""Where and how networks are run."""

from .device import choose_device, limit_threads
from .image2d import mirrored_probabilities, to_native_grid

__all__ = ["choose_device", "limit_threads", "mirrored_probabilities", "to_native_grid"]
