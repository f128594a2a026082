"""Images of a synthetic head: partial volume, texture, thick slices, uneven coils, noise."""

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from .brain_fields import smooth_noise, spread
from .brain_tissues import FIRST_LESION, INTRACRANIAL, Tissue

_SOFT_EDGES = (Tissue.PLAQUE, Tissue.ENHANCING_PLAQUE, Tissue.EDEMA, Tissue.INFARCT)


def render(
    tissues: np.ndarray, lesions: np.ndarray, signal: np.ndarray, softness: float, rng: np.random.Generator
) -> np.ndarray:
    """One contrast (float32) of a head with lesions.

    Args:
        tissues, lesions: values of ``brain_tissues.Tissue``, 1 mm; lesions 0 where there are none.
        signal: of each tissue, by value.
        softness: width of the border of lesions that have no sharp one, mm.
    """
    values = signal.astype(np.float32)
    image = values[tissues]
    soft = [tissue for tissue in _SOFT_EDGES if (lesions == tissue).any()]
    for tissue in soft:
        share = ndimage.gaussian_filter((lesions == tissue).astype(np.float32), softness, truncate=2)
        image += share * (values[tissue] - image)
    hard = np.where(np.isin(lesions, soft), 0, lesions)
    image = np.where(hard > 0, values[hard], image)
    texture = rng.uniform(0.01, 0.05) * smooth_noise(rng, image.shape, 3)
    texture += rng.uniform(0, 0.05) * smooth_noise(rng, image.shape, 12)
    uneven = lesions >= FIRST_LESION
    texture[uneven] *= rng.uniform(1, 4)
    image *= np.maximum(1 + texture, 0)
    image = _resolve(image, rng)
    image *= np.exp(rng.uniform(0, 0.25) * smooth_noise(rng, image.shape, 80))
    return image


def add_noise(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Rician noise, white matter being about 1."""
    level = rng.uniform(0, 0.08)
    real = image + level * rng.standard_normal(image.shape, np.float32)
    return np.hypot(real, level * rng.standard_normal(image.shape, np.float32)).astype(np.float32)


def head_mask(tissues: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The brain as an imperfect skull stripping leaves it."""
    brain = ndimage.binary_fill_holes(np.isin(tissues[::2, ::2, ::2], INTRACRANIAL)).astype(np.float32)
    soft = ndimage.gaussian_filter(brain, rng.uniform(0.8, 2.0))
    soft += rng.uniform(0.02, 0.15) * smooth_noise(rng, brain.shape, 10)
    mask = spread(soft, tissues.shape) > rng.uniform(0.25, 0.65)
    parts, count = ndimage.label(mask)
    return parts == np.bincount(parts.ravel())[1:].argmax() + 1 if count > 1 else mask


def field_of_view(shape: Sequence[int], rng: np.random.Generator) -> np.ndarray:
    """What a scan covers that cuts a part of the head off."""
    offsets = np.ix_(*(np.linspace(-1, 1, size, dtype=np.float32) for size in shape))
    direction = np.array([0.25, 0.25, 1]) * rng.standard_normal(3)
    direction /= np.linalg.norm(direction)
    return sum(offset * part for offset, part in zip(offsets, direction, strict=True)) < rng.uniform(0.05, 0.6)


def _resolve(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Blur, and take and interpolate thick slices along one axis in half of the images."""
    widths = np.full(3, rng.uniform(0.3, 0.8))
    axis = int(rng.choice(3, p=(0.15, 0.15, 0.7)))
    thick = rng.uniform() < 0.5
    thickness = rng.uniform(2, 5)
    widths[axis] = thickness / 2.355 if thick else widths[axis]
    image = ndimage.gaussian_filter(image, widths, truncate=2.5)
    if not thick:
        return image
    slices = list(image.shape)
    slices[axis] = max(2, round(image.shape[axis] / thickness))
    chosen = np.linspace(0, image.shape[axis] - 1, slices[axis]).round().astype(int)
    return spread(image.take(chosen, axis), image.shape)
