"""Samples for the fetal models: parts of synthetic scans, as they are or turned, with other gray values."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from SegmentL3Lib.errors import InputError

from .fetal_material import read_case
from .lesion_material import restored

_IN_PATIENT, _ANY_TURN = 0.85, 0.5


@dataclass
class FetalSamples:
    """Sample maker for ``loop.train``: number -> image (1, x, y, z), with surroundings, and classes (x, y, z).

    Attributes:
        recipe: the recipe of the model; ``segment`` and ``surroundings`` are voxels along each axis.
        pool: folder of cases, see ``fetal_material``.
        seed: other samples for another seed.
    """

    recipe: dict
    pool: Path
    seed: int = 0

    def __post_init__(self):
        self._paths = sorted(self.pool.glob("*.npy"))
        if not self._paths:
            raise InputError(f"There are no cases in {self.pool}; prepare the material first.")

    def __call__(self, number: int) -> tuple[torch.Tensor, torch.Tensor]:
        rng = np.random.default_rng((self.seed, number))
        image, classes = read_case(self._paths[rng.integers(len(self._paths))])
        segment, around = np.array(self.recipe["segment"]), np.array(self.recipe["surroundings"])
        start = _place(classes, rng) - segment // 2 + rng.integers(-(segment // 4), segment // 4 + 1)
        turn = _draw_turn(rng, self.recipe["turned"])
        image = turn(cut(image, start - around, segment + 2 * around))
        classes = turn(cut(classes, start, segment))
        return torch.from_numpy(_changed(image, rng)[None]), torch.from_numpy(classes.astype(np.int64))


def cut(values: np.ndarray, start: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Box of an array, with zeros where it reaches beyond."""
    result = np.zeros(tuple(size), values.dtype)
    first, stop = np.maximum(start, 0), np.minimum(start + size, values.shape)
    if (stop > first).all():
        source = tuple(slice(a, b) for a, b in zip(first, stop, strict=True))
        target = tuple(slice(a - s, b - s) for a, b, s in zip(first, stop, start, strict=True))
        result[target] = values[source]
    return result


def _place(classes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A voxel of the patient, or any."""
    place = rng.integers(classes.shape)
    for _ in range(30 if rng.uniform() < _IN_PATIENT else 0):
        if classes[tuple(place)]:
            break
        place = rng.integers(classes.shape)
    return place


def _draw_turn(rng: np.random.Generator, turned: bool):
    """Mirror left and right; where wanted, put the head into any of the positions that keep the axes."""
    axes, mirrored = np.arange(3), np.array([rng.uniform() < 0.5, False, False])
    if turned and rng.uniform() < _ANY_TURN:
        axes, mirrored = rng.permutation(3), rng.uniform(size=3) < 0.5
    return lambda values: np.ascontiguousarray(np.flip(values.transpose(axes), np.flatnonzero(mirrored)))


def _changed(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Normalized values (float32) with another gain and offset, and noise; what is 0 stays 0."""
    inside = values != 0
    image = restored(values)
    image *= np.float32(np.exp(0.12 * rng.standard_normal()))
    image += np.float32(0.15 * rng.standard_normal())
    if rng.uniform() < 0.3:
        image += np.float32(rng.uniform(0, 0.15)) * rng.standard_normal(image.shape, np.float32)
    return image * inside
