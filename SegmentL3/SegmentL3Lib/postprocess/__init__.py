"""What is done to labels after the network: parts kept or dropped, holes and gaps filled; and how even slices are."""

from .consistency import slice_consistency
from .steps import STEPS, clean, slice_order

__all__ = ["STEPS", "clean", "slice_consistency", "slice_order"]
