"""About how far places lie outside of ellipsoids and of rods with round ends."""

from collections.abc import Sequence

import numpy as np


def ellipsoid_distance(
    axes: Sequence[np.ndarray], radii: Sequence[float], center: Sequence[float] = (0.0, 0.0, 0.0)
) -> np.ndarray:
    """About how many mm outside of an ellipsoid each place lies; negative inside.

    Args:
        axes: coordinates of the places (float32), one array for each axis, mm.
        radii: half axes, mm.
        center: of the ellipsoid, mm.
    """
    offsets = [np.float32(1 / radius) * (axis - at) for axis, radius, at in zip(axes, radii, center, strict=True)]
    scaled = np.sqrt(sum(offset**2 for offset in offsets))
    slope = np.sqrt(sum((offset / radius) ** 2 for offset, radius in zip(offsets, radii, strict=True)))
    return (scaled - 1) * scaled / np.maximum(slope, 1e-3)


def rod_distance(
    axes: Sequence[np.ndarray], start: Sequence[float], stop: Sequence[float], radii: Sequence[float]
) -> np.ndarray:
    """The same for a rod with round ends, whose radius changes from the first to the second of ``radii``."""
    way = np.subtract(stop, start)
    offsets = [axis - np.float32(at) for axis, at in zip(axes, start, strict=True)]
    share = sum(np.float32(step / (way @ way)) * offset for step, offset in zip(way, offsets, strict=True))
    share = np.clip(share, 0, 1)
    square = sum((offset - np.float32(step) * share) ** 2 for step, offset in zip(way, offsets, strict=True))
    return np.sqrt(square) - (np.float32(radii[0]) + np.float32(radii[1] - radii[0]) * share)
