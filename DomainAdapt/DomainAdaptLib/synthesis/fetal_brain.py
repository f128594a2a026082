"""Synthetic MR of fetal brains, as one scan or a reconstructed volume shows them: image and tissues, by seed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from .brain_fields import smooth_noise
from .fetal_atlases import Atlas
from .fetal_contrast import draw_signal, image_of_atlas, image_of_tissues
from .fetal_stack import draw_motion, take_stack, thin_voxels
from .fetal_surroundings import add_outer_fluid, surroundings
from .fetal_warp import warp

_STRIPPED, _FLUID_ADDED, _OF_ATLAS, _STACK = 0.45, 0.5, 0.5, 0.55
_MARGIN_MM = 12.0
_THICKNESS_MM = (2.5, 4.0)


@dataclass(frozen=True, eq=False)
class FetalBrain:
    """A synthetic fetal brain.

    Attributes:
        image: float32 (x, y, z), voxels of ``fetal_warp.VOXEL_MM``; outside of a stripped brain 0.
        tissues: uint8, values of ``FetalTissue``.
    """

    image: np.ndarray
    tissues: np.ndarray


def make_brain(atlases: Sequence[Atlas], seed: int) -> FetalBrain:
    """A brain of another age, with or without what lies around it, with or without motion between thick slices.

    Args:
        atlases: of which one is taken.
        seed: decides everything else.
    """
    rng = np.random.default_rng((seed, 11))
    atlas = atlases[rng.integers(len(atlases))]
    stripped = rng.uniform() < _STRIPPED
    image, tissues = warp(atlas, _MARGIN_MM, rng)
    signal = draw_signal(rng)
    of_atlas = rng.uniform() < _OF_ATLAS
    own = image_of_atlas(image, tissues, signal, rng) if of_atlas else image_of_tissues(tissues, signal, rng)
    if rng.uniform() < _FLUID_ADDED:
        new = add_outer_fluid(tissues, rng.uniform(0.5, 6), rng)
        own[new] = signal[tissues[new]]
    image = with_surroundings(own, tissues, stripped, rng)
    image = ndimage.gaussian_filter(image, rng.uniform(0.2, 0.7), truncate=2.5)
    if stripped:
        image[tissues == 0] = 0
    image *= np.exp(rng.uniform(0, 0.25) * smooth_noise(rng, image.shape, 70))
    if rng.uniform() < _STACK:
        image, tissues = as_stack(image, tissues, rng)
    return FetalBrain(with_noise(image, stripped, rng), tissues)


def with_surroundings(own: np.ndarray, tissues: np.ndarray, stripped: bool, rng: np.random.Generator) -> np.ndarray:
    """Image of a brain with the rest of fetus and mother around it, or with nothing."""
    return np.where(tissues > 0, own, 0 if stripped else surroundings(tissues, rng)).astype(np.float32)


def as_stack(image: np.ndarray, tissues: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """What thick slices of a moving fetus show, on the voxels of the image."""
    axis, thickness = int(rng.integers(3)), rng.uniform(*_THICKNESS_MM)
    size = image.shape[axis]
    slices, labels = take_stack(image, tissues, axis, thickness, draw_motion(rng), rng)
    return thin_voxels(slices, axis, size, thickness, True), thin_voxels(labels, axis, size, thickness, False)


def with_noise(image: np.ndarray, empty_outside: bool, rng: np.random.Generator) -> np.ndarray:
    """Rician noise, white matter being about 1; what is 0 stays 0 where nothing surrounds the brain."""
    level = np.float32(rng.uniform(0, 0.08))
    real, imaginary = level * rng.standard_normal((2, *image.shape), np.float32)
    noisy = np.hypot(image + real, imaginary)
    return np.where(image > 0, noisy, 0) if empty_outside else noisy
