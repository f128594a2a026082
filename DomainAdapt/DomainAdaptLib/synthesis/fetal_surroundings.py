"""What lies around a fetal brain: fluid below the skull, skull, skin, and the rest of fetus and mother as blobs."""

import numpy as np
from scipy import ndimage

from .brain_fields import smooth_noise, spread
from .fetal_atlases import FetalTissue

_BLOB_TISSUES = 6


def add_outer_fluid(tissues: np.ndarray, thickness_mm: float, rng: np.random.Generator) -> np.ndarray:
    """New voxels of extra-axial fluid (boolean) in a layer of uneven thickness; they are set in ``tissues``."""
    outside = _distance_from(tissues)
    uneven = thickness_mm * (1 + 0.4 * smooth_noise(rng, tissues.shape, 25))
    new = (tissues == 0) & (outside <= uneven)
    tissues[new] = FetalTissue.EXTRA_AXIAL_CSF
    return new


def surroundings(tissues: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Image (float32) of all that is not brain, white matter being 1; within the brain it has no meaning."""
    outside = _distance_from(tissues)
    image = blobs(tissues.shape, rng)
    skin, skull = np.cumsum(rng.uniform((0.8, 0.8), (3.0, 3.0)))[::-1]
    fluid_around = outside < skin + rng.uniform(0, 12) * (1 + smooth_noise(rng, tissues.shape, 25))
    if rng.uniform() < 0.7:
        image[fluid_around] = rng.uniform(1.2, 2.6)
    image[outside < skin] = rng.uniform(0.5, 1.5)
    image[outside < skull] = rng.uniform(0.05, 0.6)
    return image


def blobs(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Random smooth regions (float32) of random signal and texture."""
    fields = [smooth_noise(rng, shape, rng.uniform(10, 30)) for _ in range(_BLOB_TISSUES)]
    signal = rng.uniform(0.05, 2.5, _BLOB_TISSUES).astype(np.float32)
    image = signal[np.argmax(fields, 0)]
    return image * np.maximum(1 + np.float32(rng.uniform(0, 0.2)) * smooth_noise(rng, shape, 3), 0)


def _distance_from(tissues: np.ndarray) -> np.ndarray:
    """Distance from the brain in voxels, computed on half of them along each axis for speed."""
    return spread(2 * ndimage.distance_transform_edt(tissues[::2, ::2, ::2] == 0), tissues.shape)
