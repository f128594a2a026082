"""Where and how networks are run."""

import os

# Images of networks are large, and most of the time of a simple operation can go into getting memory from the system
# in pages of 4 kB. PyTorch reads this before it first takes memory; only Linux knows it.
os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")

from .device import choose_device, limit_threads
from .engine import Prediction, predict
from .image2d import mirrored_probabilities, to_native_grid
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
]
