"""Samples for the fetal models: parts of synthetic scans, mirrored or not, with other gray values."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
from torch.nn import functional

from ..synthesis.fetal_warp import VOXEL_MM
from .boxes import cut
from .fetal_material import read_case
from .pools import pool_files

_IN_PATIENT = 0.85
_ZOOM = 0.15  # logarithm of the most


@dataclass
class FetalSamples:
    """Sample maker for ``loop.train``: number -> image (1, x, y, z) and classes (x, y, z).

    Attributes:
        recipe: the recipe of the model; ``segment`` are the voxels of a sample along each axis, of ``voxel_mm``.
        pool: folder of cases, see ``fetal_material``.
        seed: other samples for another seed.
    """

    mirrored: ClassVar[tuple[int, ...]] = (0,)

    recipe: dict
    pool: Path
    seed: int = 0

    def __post_init__(self):
        self._paths = pool_files(self.pool)

    def __call__(self, number: int) -> tuple[torch.Tensor, torch.Tensor]:
        rng = np.random.default_rng((self.seed, number))
        image, classes = read_case(self._paths[rng.integers(len(self._paths))])
        size = self._size(rng)
        start = _place(classes, rng) - size // 2 + rng.integers(-(size // 4), size // 4 + 1)
        image, classes = (cut(values, start, size) for values in (image, classes))
        turned = [axis for axis in self.mirrored if rng.uniform() < 0.5]
        image, classes = np.flip(image, turned), np.flip(classes, turned)
        changed = self._resized(_changed(image, rng), "trilinear")
        return changed[None], self._resized(classes.astype(np.float32), "nearest-exact").long()

    def _size(self, _rng: np.random.Generator) -> np.ndarray:
        """Voxels of a case that a sample covers."""
        return np.rint(np.array(self.recipe["segment"]) * self.recipe["voxel_mm"] / VOXEL_MM).astype(int)

    def _resized(self, values: np.ndarray, mode: str) -> torch.Tensor:
        """Values on the voxels of the segment."""
        tensor = torch.from_numpy(np.ascontiguousarray(values))[None, None]
        return functional.interpolate(tensor, self.recipe["segment"], mode=mode)[0, 0]


@dataclass
class WombSamples(FetalSamples):
    """The same of scans of the pregnant abdomen in any plane, whose voxels are ``material_mm`` of the recipe.

    They are mirrored along all axes, as files count slices, rows and columns from either end, and enlarged or reduced.
    """

    mirrored: ClassVar[tuple[int, ...]] = (0, 1, 2)

    def _size(self, rng: np.random.Generator) -> np.ndarray:
        voxels = np.divide(self.recipe["voxel_mm"], self.recipe["material_mm"])
        return np.rint(np.array(self.recipe["segment"]) * voxels * np.exp(rng.uniform(-_ZOOM, _ZOOM, 3))).astype(int)


def _place(classes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A voxel of the patient, or any."""
    place = rng.integers(classes.shape)
    for _ in range(30 if rng.uniform() < _IN_PATIENT else 0):
        if classes[tuple(place)]:
            break
        place = rng.integers(classes.shape)
    return place


def _changed(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Values from 0 to about 1 (float32) with another gain and curve, and noise; what is 0 stays 0."""
    image = (values / np.float32(255)) ** np.float32(np.exp(0.2 * rng.standard_normal()))
    image *= np.float32(np.exp(0.2 * rng.standard_normal()))
    if rng.uniform() < 0.3:
        image += np.float32(rng.uniform(0, 0.04)) * rng.standard_normal(image.shape, np.float32) * (values > 0)
    return image
