"""Label maps spoiled in the ways in which segmentations fail, mildly or wholly."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from scipy import ndimage

from SegmentL3Lib.labels import load_labels

Ruin = Callable[[np.ndarray, float, np.random.Generator], np.ndarray]
_EXCHANGES = (
    ("subcutaneous_fat", "visceral_fat"),
    ("skeletal_muscle", "bowel"),
    ("skeletal_muscle", "bone"),
    ("visceral_fat", "intermuscular_fat"),
)
_VALUES = {label.id: label.value for label in load_labels()}


def shifted(labels: np.ndarray, pixel_mm: float, rng: np.random.Generator) -> np.ndarray:
    """Moved by 2 to 40 mm."""
    length, angle = np.exp(rng.uniform(np.log(2), np.log(40))) / pixel_mm, rng.uniform(0, 2 * np.pi)
    return ndimage.shift(labels, (length * np.sin(angle), length * np.cos(angle)), order=0)


def mirrored(labels: np.ndarray, _pixel_mm: float, _rng: np.random.Generator) -> np.ndarray:
    """Left and right exchanged within the box around the labels."""
    box = ndimage.find_objects((labels > 0).astype(np.uint8))[0]
    turned = labels.copy()
    turned[box] = labels[box][:, ::-1]
    return turned


def stretched(labels: np.ndarray, _pixel_mm: float, rng: np.random.Generator) -> np.ndarray:
    """Larger or smaller by 3 to 25 % around the middle of the image."""
    factor = np.exp(rng.choice((-1, 1)) * rng.uniform(0.03, 0.25))
    middle = (np.asarray(labels.shape) - 1) / 2
    return ndimage.affine_transform(labels, [factor, factor], middle - factor * middle, order=0)


def swollen(labels: np.ndarray, pixel_mm: float, rng: np.random.Generator) -> np.ndarray:
    """A structure takes 1 to 10 mm of what surrounds it."""
    value = _one_of(labels, rng)
    near = ndimage.distance_transform_edt(labels != value) * pixel_mm <= rng.uniform(1, 10)
    return np.where(near, value, labels).astype(labels.dtype)


def shrunken(labels: np.ndarray, pixel_mm: float, rng: np.random.Generator) -> np.ndarray:
    """A structure loses 1 to 6 mm of its border."""
    value = _one_of(labels, rng)
    rim = (labels == value) & (ndimage.distance_transform_edt(labels == value) * pixel_mm <= rng.uniform(1, 6))
    return np.where(rim, 0, labels).astype(labels.dtype)


def exchanged(labels: np.ndarray, _pixel_mm: float, rng: np.random.Generator) -> np.ndarray:
    """A share of the pixels of two structures bear the label of the other, on one side of a line."""
    first, second = (_VALUES[name] for name in _EXCHANGES[rng.integers(len(_EXCHANGES))])
    there = _half_plane(labels, rng)
    changed = labels.copy()
    changed[there & (labels == first)] = second
    changed[there & (labels == second)] = first
    return changed


def missing_part(labels: np.ndarray, pixel_mm: float, rng: np.random.Generator) -> np.ndarray:
    """All within 20 to 80 mm of a labeled pixel is lost."""
    return np.where(_disc(labels, pixel_mm, rng.uniform(20, 80), rng), 0, labels).astype(labels.dtype)


def missing_side(labels: np.ndarray, _pixel_mm: float, rng: np.random.Generator) -> np.ndarray:
    """A structure is lost on one side of a line."""
    lost = _half_plane(labels, rng) & (labels == _one_of(labels, rng))
    return np.where(lost, 0, labels).astype(labels.dtype)


def leak(labels: np.ndarray, pixel_mm: float, rng: np.random.Generator) -> np.ndarray:
    """A structure takes all within 15 to 60 mm of a pixel."""
    taken = _disc(labels, pixel_mm, rng.uniform(15, 60), rng)
    return np.where(taken, _one_of(labels, rng), labels).astype(labels.dtype)


def speckled(labels: np.ndarray, pixel_mm: float, rng: np.random.Generator) -> np.ndarray:
    """Patches of about 10 mm are lost, 5 to 40 % of the image."""
    noise = ndimage.gaussian_filter(rng.standard_normal(labels.shape), 5 / pixel_mm)
    lost = noise > np.quantile(noise, 1 - rng.uniform(0.05, 0.4))
    return np.where(lost, 0, labels).astype(labels.dtype)


MASK_RUINS: Mapping[str, Ruin] = MappingProxyType(
    {
        "shifted": shifted,
        "mirrored": mirrored,
        "stretched": stretched,
        "swollen": swollen,
        "shrunken": shrunken,
        "exchanged": exchanged,
        "part missing": missing_part,
        "side missing": missing_side,
        "leak": leak,
        "speckled": speckled,
    }
)


def _one_of(labels: np.ndarray, rng: np.random.Generator) -> int:
    return int(rng.choice(np.unique(labels[labels > 0])))


def _half_plane(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Pixels on one side of a line in a random direction, with 10 to 90 % of the labeled pixels."""
    angle = rng.uniform(0, 2 * np.pi)
    y, x = np.indices(labels.shape)
    along = y * np.sin(angle) + x * np.cos(angle)
    return along < np.quantile(along[labels > 0], rng.uniform(0.1, 0.9))


def _disc(labels: np.ndarray, pixel_mm: float, radius_mm: float, rng: np.random.Generator) -> np.ndarray:
    rows, columns = np.nonzero(labels)
    chosen = rng.integers(len(rows))
    y, x = np.indices(labels.shape)
    return np.hypot(y - rows[chosen], x - columns[chosen]) * pixel_mm <= radius_mm
