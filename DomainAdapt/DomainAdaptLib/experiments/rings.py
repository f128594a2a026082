"""The toy task: find the ring that has another texture than its surroundings.

As in the authors' toy task an image shows a ring of one texture on another, both always from the same place of their
pattern.  The textures here are procedural, distorted stripes and grain, in place of photographs from the Brodatz album,
which may not be passed on.
"""

import numpy as np
import torch
from scipy import ndimage

from .pairs import Pairs

_TEXTURE_SEED = 20150901
_PERIOD_PIXELS = 5.0
_ANGLES_DEG = (20.0, 110.0)
_SMALLEST_SHARE = 4  # the outer radius is at least the image size divided by this


def ring_pairs(seed: int, count: int, size: int) -> Pairs:
    """Random rings.

    Args:
        seed: the same seed gives the same rings; the textures are the same for all seeds.
        count: number of pairs.
        size: rows and columns.
    """
    textures = np.random.default_rng(_TEXTURE_SEED)
    ring, ground = (_texture(textures, size, angle) for angle in _ANGLES_DEG)
    rng = np.random.default_rng(seed)
    masks = np.stack([_ring(rng, size) for _ in range(count)])
    images = np.where(masks, ring, ground)
    return Pairs(*(torch.from_numpy(values.astype(np.float32))[:, None] for values in (images, masks)))


def _texture(rng: np.random.Generator, size: int, angle_deg: float) -> np.ndarray:
    """Distorted stripes with grain, values from 0 to 1."""
    y, x = np.mgrid[:size, :size]
    angle = np.radians(angle_deg)
    phase = 2 * np.pi * (x * np.cos(angle) + y * np.sin(angle)) / _PERIOD_PIXELS
    values = np.sin(phase + _noise(rng, size, _PERIOD_PIXELS / 2)) + 0.5 * _noise(rng, size, 0.7)
    return (values - values.min()) / np.ptp(values)


def _noise(rng: np.random.Generator, size: int, length: float) -> np.ndarray:
    noise = ndimage.gaussian_filter(rng.standard_normal((size, size)), length, mode="wrap")
    return noise / noise.std()


def _ring(rng: np.random.Generator, size: int) -> np.ndarray:
    smallest = size // _SMALLEST_SHARE
    row, column = rng.integers(smallest, size - smallest + 1, 2)
    outer = rng.integers(smallest, min(row, column, size - row, size - column) + 1)
    inner = rng.integers(-(-outer // 4), 3 * outer // 4 + 1)
    y, x = np.mgrid[:size, :size]
    distance = np.hypot(y - row, x - column)
    return (distance <= outer) & (distance > inner)
