"""Where and how networks are run."""

from .device import choose_device, limit_threads
from .engine import Prediction, predict
from .image2d import mirrored_probabilities, to_native_grid, window_probabilities
from .region import Box, box_from_lps_bounds, box_from_slices

__all__ = [
    "Box",
    "Prediction",
    "box_from_lps_bounds",
    "box_from_slices",
    "choose_device",
    "limit_threads",
    "mirrored_probabilities",
    "predict",
    "to_native_grid",
    "window_probabilities",
]
