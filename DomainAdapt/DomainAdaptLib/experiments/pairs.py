"""Pairs of an aligned slice and its muscle on a coarse grid, of phantoms and of drawn slices."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from SegmentL3Lib.slice_alignment import GRID, align_slice, scale_hu

from ..synthesis.render import PIXEL_MM, render_slice
from ..synthesis.structures import TISSUES
from ..training.material import DrawnSlice

MUSCLE = TISSUES.index("skeletal_muscle")
_STEPS = 255  # images are kept in this many steps of gray
logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Pairs:
    """Images and label maps of equal size.

    Attributes:
        images: values in [0, 1], float32 (pairs, 1, rows, columns).
        masks: 0 and 1, float32, of the same shape.
    """

    images: torch.Tensor
    masks: torch.Tensor

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, chosen: slice | Sequence[int]) -> "Pairs":
        return Pairs(self.images[chosen], self.masks[chosen])


def phantom_pairs(maps: np.ndarray, numbers: Iterable[int]) -> Pairs:
    """Pairs of rendered phantoms.

    Args:
        maps: label maps of random patients, (patients, rows, columns), of ``training.material.make_maps``.
        numbers: patients; each is also the seed of the rendering.
    """
    pairs = []
    for count, number in enumerate(numbers, start=1):
        image, classes = render_slice(maps[number], number)
        pairs.append(_aligned(image.numpy(), classes.numpy() == MUSCLE, PIXEL_MM))
        if count % 100 == 0:
            logger.info("%d phantoms rendered", count)
    return _together(pairs)


def drawn_pairs(slices: Iterable[DrawnSlice]) -> Pairs:
    """Pairs of drawn slices; the muscle is the region before the HU gate, as in the phantoms."""
    return _together([_aligned(item.hu, item.zones == MUSCLE, item.pixel_mm) for item in slices])


def save_pairs(pairs: Pairs, path: Path) -> None:
    """Write pairs to a compressed ``.npz``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part.npz")
    images, masks = (np.round(values.numpy() * _STEPS).astype(np.uint8) for values in (pairs.images, pairs.masks))
    np.savez_compressed(part, images=images, masks=masks)
    part.rename(path)


def load_pairs(path: Path) -> Pairs:
    """Read what ``save_pairs`` wrote."""
    with np.load(path, allow_pickle=False) as file:
        return Pairs(*(torch.from_numpy(file[name].astype(np.float32) / _STEPS) for name in ("images", "masks")))


def _aligned(hu: np.ndarray, muscle: np.ndarray, pixel_mm: float) -> tuple[np.ndarray, np.ndarray]:
    alignment = align_slice(hu, pixel_mm)
    return alignment.to_grid(scale_hu(hu)), alignment.to_grid(muscle) > 0.5


def _together(pairs: Sequence[tuple[np.ndarray, np.ndarray]]) -> Pairs:
    images, masks = (
        torch.from_numpy(np.array(values, np.float32)).reshape(-1, 1, *GRID) for values in zip(*pairs, strict=True)
    )
    return Pairs(images, masks)
