"""Samples for the brain lesion model: segments of synthetic patients with their surroundings."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from scipy import ndimage

from .boxes import cut
from .lesion_material import read_case, restored
from .pools import pool_files

# Which contrasts there are, of FLAIR (always), T1, T1 after contrast agent and T2, and how often.
_AVAILABLE = (
    ((1, 1, 1, 1), 0.4),
    ((1, 0, 1, 0), 0.18),
    ((1, 0, 0, 0), 0.12),
    ((1, 1, 0, 0), 0.1),
    ((1, 0, 0, 1), 0.08),
    ((1, 1, 0, 1), 0.06),
    ((1, 1, 1, 0), 0.06),
)
_AT_PART, _AT_LESION, _IN_HEAD = 0.35, 0.25, 0.35
_CRUMB_VOXELS = 8


@dataclass
class LesionSamples:
    """Sample maker for ``loop.train``: number -> contrasts with surroundings (4, x, y, z) and classes (x, y, z).

    Attributes:
        recipe: the recipe of the model.
        pool: folder of patients, see ``lesion_material.make_pools``.
        seed: other samples for another seed.
    """

    recipe: dict
    pool: Path
    seed: int = 0

    def __post_init__(self):
        self._paths = pool_files(self.pool)
        self._parts: dict[Path, np.ndarray] = {}

    def __call__(self, number: int) -> tuple[torch.Tensor, torch.Tensor]:
        rng = np.random.default_rng((self.seed, number))
        path = self._paths[rng.integers(len(self._paths))]
        contrasts, lesions = read_case(path)
        segment, around = self.recipe["segment"], self.recipe["surroundings"]
        place = self._place(path, contrasts, lesions, rng)
        start = place - segment // 2 + rng.integers(-segment // 3, segment // 3 + 1, 3)
        image = cut(contrasts, start - around, segment + 2 * around)
        pairs = zip(image, available(rng), strict=True)
        image = np.stack([_changed(values, rng) if there else _missing(values) for values, there in pairs])
        classes = cut(lesions, start, segment).astype(np.int64)
        if rng.uniform() < 0.5:
            image, classes = image[:, ::-1], classes[::-1]
        return torch.from_numpy(image.copy()), torch.from_numpy(classes.copy())

    def _place(self, path: Path, contrasts: np.ndarray, lesions: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Voxel in a part of the lesions, however small, in the lesions, in the head, or anywhere."""
        choice = rng.uniform()
        if choice < _AT_PART and lesions.any():
            if path not in self._parts:
                self._parts[path] = _one_voxel_of_each(lesions)
            return self._parts[path][rng.integers(len(self._parts[path]))]
        if choice < _AT_PART + _AT_LESION and lesions.any():
            flat = np.flatnonzero(lesions)
            return np.array(np.unravel_index(flat[rng.integers(len(flat))], lesions.shape))
        place = rng.integers(lesions.shape)
        for _ in range(20 if choice < _AT_PART + _AT_LESION + _IN_HEAD else 0):
            if contrasts[(0, *place)] != 0:
                break
            place = rng.integers(lesions.shape)
        return place


def _one_voxel_of_each(lesions: np.ndarray) -> np.ndarray:
    """A voxel of each connected part that is no crumb, (part, axis); of each crumb where there is nothing else."""
    parts, _ = ndimage.label(lesions)
    _, first, sizes = np.unique(parts[lesions], return_index=True, return_counts=True)
    large = sizes >= min(_CRUMB_VOXELS, sizes.max())
    return np.argwhere(lesions)[first[large]]


def available(rng: np.random.Generator) -> tuple[int, ...]:
    """Which contrasts a patient has, 1 or 0 for each."""
    patterns, shares = zip(*_AVAILABLE, strict=True)
    return patterns[rng.choice(len(patterns), p=shares)]


def _changed(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Normalized values (float32) of a contrast with another gain and offset, and noise; what is 0 stays 0."""
    inside = values != 0
    image = restored(values)
    image *= np.float32(np.exp(0.12 * rng.standard_normal()))
    image += np.float32(0.15 * rng.standard_normal())
    if rng.uniform() < 0.3:
        image += np.float32(rng.uniform(0, 0.15)) * rng.standard_normal(image.shape, np.float32)
    image *= inside
    return image


def _missing(values: np.ndarray) -> np.ndarray:
    return np.zeros(values.shape, np.float32)
