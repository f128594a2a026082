"""Images of a synthetic head: partial volume, texture, thick slices, uneven coils, noise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from SegmentL3Lib.connected import largest_part

from .brain_fields import depth_in_mm, distances, smooth_noise, spread
from .brain_tissues import FLUIDS, INTRACRANIAL, Tissue

# Lesions without a sharp border, and how faint they may be on average: the share of the lesion's own signal.
_SOFT_EDGES = {Tissue.PLAQUE: 0.35, Tissue.ENHANCING_PLAQUE: 0.35, Tissue.EDEMA: 0.6, Tissue.INFARCT: 0.5}
_STRENGTH_VARIES, _LEAST_STRENGTH, _LARGEST_GAIN = 0.2, 0.15, 5.0
_BRIGHTEST_LINING = 0.5
# How much the signal of healthy tissue differs from place to place, and over how many millimeters, each contrast for
# itself: long tracts are brighter than other white matter, cortex has bright spots, and fluid that flows is brighter or
# darker than at rest.
_VARIES = (
    ((Tissue.WHITE_MATTER, Tissue.CEREBELLAR_WHITE_MATTER, Tissue.BRAINSTEM), 0.05, 22),
    ((Tissue.CORTEX, Tissue.CEREBELLAR_CORTEX, Tissue.HIPPOCAMPUS, Tissue.THALAMUS, Tissue.STRIATUM), 0.15, 22),
    ((Tissue.CORTEX, Tissue.CEREBELLAR_CORTEX, Tissue.HIPPOCAMPUS), 0.12, 8),
    (FLUIDS, 0.6, 22),
    ((Tissue.VESSEL,), 0.4, 22),
)
# Cortex of the insula and of the limbic lobe, whose T2 is longer than that of other (C. S. Georgiades et al., AJNR 22,
# 1732-1737, 2001), lies deeper below the skull than most other.
_LIMBIC = (Tissue.CORTEX, Tissue.HIPPOCAMPUS)
_LIMBIC_FROM_MM, _LIMBIC_TO_MM = 10, 24
_MOST_FAILURES, _TIGHTLY_STRIPPED = 2, 0.4


@dataclass(frozen=True, eq=False)
class Anatomy:
    """What all contrasts of a patient have in common.

    Attributes:
        tissues: values of ``brain_tissues.Tissue``, 1 mm; those of lesions with a sharp border included.
        blended: share (float32, 0 to 1) of what has no sharp border, by tissue.
        uneven: where the texture is rougher than that of the brain.
        limbic: share (float32, 0 to 1) to which tissue is cortex of the limbic lobe or the insula.
    """

    tissues: np.ndarray
    blended: Mapping[Tissue, np.ndarray]
    uneven: np.ndarray
    limbic: np.ndarray


def blend(tissues: np.ndarray, lesions: np.ndarray, rng: np.random.Generator) -> Anatomy:
    """Faint and strong lesions, soft borders, and the bright lining that healthy ventricles have.

    Args:
        tissues, lesions: values of ``brain_tissues.Tissue``, 1 mm; lesions 0 where there are none.
    """
    softness = rng.uniform(0.4, 1.3)
    blended = {}
    for tissue, faintest in _SOFT_EDGES.items():
        mask = lesions == tissue
        if mask.any():
            strength = rng.uniform(faintest, 1) + _STRENGTH_VARIES * smooth_noise(rng, tissues.shape, 10)
            share = np.clip(strength, _LEAST_STRENGTH, 1) * _gain_of_small(mask, softness)
            blended[tissue] = np.minimum(ndimage.gaussian_filter(share, softness, truncate=2), 1)
    sharp = np.where(np.isin(lesions, tuple(_SOFT_EDGES)), 0, lesions)
    lining = rng.uniform(0, _BRIGHTEST_LINING) * (tissues == Tissue.VENTRICLE)
    lining = ndimage.gaussian_filter(lining.astype(np.float32), rng.uniform(1, 2), truncate=2)
    lining *= tissues == Tissue.WHITE_MATTER
    blended[Tissue.PLAQUE] = np.maximum(blended.get(Tissue.PLAQUE, 0), lining)
    depth_mm = depth_in_mm(np.isin(tissues, INTRACRANIAL))
    limbic = np.clip((depth_mm - _LIMBIC_FROM_MM) / (_LIMBIC_TO_MM - _LIMBIC_FROM_MM), 0, 1) * np.isin(tissues, _LIMBIC)
    return Anatomy(np.where(sharp > 0, sharp, tissues), blended, lesions > 0, limbic)


def render(anatomy: Anatomy, signal: np.ndarray, rng: np.random.Generator, limbic: float = 0.0) -> np.ndarray:
    """One contrast (float32) of a head with lesions, without noise.

    Args:
        signal: of each tissue, by value.
        limbic: how much brighter cortex of the limbic lobe is than other, as a part of its signal.
    """
    values = signal.astype(np.float32)
    image = values[anatomy.tissues] * (1 + np.float32(limbic) * anatomy.limbic)
    for tissue, share in anatomy.blended.items():
        image += share * (values[tissue] - image)
    texture = rng.uniform(0.01, 0.05) * smooth_noise(rng, image.shape, 3)
    texture += rng.uniform(0, 0.05) * smooth_noise(rng, image.shape, 12)
    texture[anatomy.uneven] *= rng.uniform(1, 4)
    image *= np.maximum(1 + texture, 0)
    _vary(image, anatomy.tissues, rng)
    _fail_near_air(image, anatomy.tissues, rng)
    return _resolve(image, rng)


def disturb(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Uneven coils and Rician noise, white matter being about 1."""
    image = image * np.exp(rng.uniform(0, 0.15) * smooth_noise(rng, image.shape, 50))
    level = rng.uniform(0, 0.05)
    real = image + level * rng.standard_normal(image.shape, np.float32)
    return np.hypot(real, level * rng.standard_normal(image.shape, np.float32)).astype(np.float32)


def head_mask(tissues: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The brain as an imperfect skull stripping leaves it, with all the fluid around it or hardly any."""
    tight = rng.uniform() < _TIGHTLY_STRIPPED
    kept = [each for each in INTRACRANIAL if not (tight and each in (Tissue.CEREBROSPINAL_FLUID, Tissue.VESSEL))]
    brain = ndimage.binary_fill_holes(np.isin(tissues[::2, ::2, ::2], kept)).astype(np.float32)
    soft = ndimage.gaussian_filter(brain, rng.uniform(0.8, 2.0))
    soft += rng.uniform(0.02, 0.15) * smooth_noise(rng, brain.shape, 10)
    return largest_part(spread(soft, tissues.shape) > rng.uniform(0.25, 0.65))


def field_of_view(shape: Sequence[int], rng: np.random.Generator) -> np.ndarray:
    """What a scan covers that cuts a part of the head off."""
    offsets = np.ix_(*(np.linspace(-1, 1, size, dtype=np.float32) for size in shape))
    direction = np.array([0.25, 0.25, 1]) * rng.standard_normal(3)
    direction /= np.linalg.norm(direction)
    return sum(offset * part for offset, part in zip(offsets, direction, strict=True)) < rng.uniform(0.05, 0.6)


def _gain_of_small(mask: np.ndarray, softness: float) -> np.ndarray:
    """What brings small parts of a mask (float32, 0 outside) to their strength although their border is soft."""
    parts, count = ndimage.label(mask)
    peaks = np.zeros(count + 1, np.float32)
    np.maximum.at(peaks, parts[mask], ndimage.gaussian_filter(mask.astype(np.float32), softness, truncate=2)[mask])
    gains = 1 / np.maximum(peaks, 1 / _LARGEST_GAIN)
    gains[0] = 0
    return gains[parts]


def _vary(image: np.ndarray, tissues: np.ndarray, rng: np.random.Generator) -> None:
    for group, most, over_mm in _VARIES:
        field = np.exp(rng.uniform(0, most) * smooth_noise(rng, image.shape, over_mm))
        np.multiply(image, field, out=image, where=np.isin(tissues, group))


def _fail_near_air(image: np.ndarray, tissues: np.ndarray, rng: np.random.Generator) -> None:
    """Signal lost or piled up where air below the brain disturbs the field of the magnet."""
    low = tissues.shape[2] // 2
    near = np.argwhere(tissues[::3, ::3, :low:3] == Tissue.OUTER_AIR) * 3
    for _ in range(rng.integers(_MOST_FAILURES + 1) if len(near) else 0):
        far = distances(image.shape, near[rng.integers(len(near))] + rng.normal(0, 6, 3)) / rng.uniform(6, 16)
        image *= np.exp(rng.uniform(-1.2, 0.6) * np.exp(-(far**2)))


def _resolve(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Blur, and take and interpolate thick slices along one axis in a third of the images."""
    widths = np.full(3, rng.uniform(0.3, 0.8))
    axis = int(rng.choice(3, p=(0.15, 0.15, 0.7)))
    thick = rng.uniform() < 0.35
    thickness = rng.uniform(2, 5)
    widths[axis] = thickness / 2.355 if thick else widths[axis]
    image = ndimage.gaussian_filter(image, widths, truncate=2.5)
    if not thick:
        return image
    slices = list(image.shape)
    slices[axis] = max(2, round(image.shape[axis] / thickness))
    chosen = np.linspace(0, image.shape[axis] - 1, slices[axis]).round().astype(int)
    return spread(image.take(chosen, axis), image.shape)
