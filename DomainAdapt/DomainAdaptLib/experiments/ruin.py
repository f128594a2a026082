"""Masks ruined in the ways in which segmentations fail, on the coarse grid of aligned slices."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from scipy import ndimage

from SegmentL3Lib.slice_alignment import PIXEL_MM


def _pixels(length_mm: float) -> float:
    return length_mm / PIXEL_MM


def _disc(mask: np.ndarray, center: tuple[int, int], radius_mm: float) -> np.ndarray:
    y, x = np.indices(mask.shape)
    return np.hypot(y - center[0], x - center[1]) <= _pixels(radius_mm)


def _random_pixel(rng: np.random.Generator, where: np.ndarray) -> tuple[int, int]:
    rows, columns = np.nonzero(where)
    chosen = rng.integers(len(rows))
    return int(rows[chosen]), int(columns[chosen])


def missing_part(mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """All within 40 to 70 mm of a pixel of the mask is lost."""
    return mask & ~_disc(mask, _random_pixel(rng, mask), rng.uniform(40, 70))


def missing_side(mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One side of the spine is lost."""
    lost = np.zeros_like(mask)
    middle = mask.shape[1] // 2
    lost[:, slice(None, middle) if rng.uniform() < 0.5 else slice(middle, None)] = True
    return mask & ~lost


def leak(mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A round organ of 25 to 45 mm radius that touches the mask is taken for it."""
    radius = rng.uniform(25, 45)
    distance = ndimage.distance_transform_edt(~mask)
    return mask | _disc(mask, _random_pixel(rng, np.abs(distance - 0.7 * _pixels(radius)) < 1), radius)


def shifted(mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Moved by 25 to 50 mm in a random direction."""
    angle, length = rng.uniform(0, 2 * np.pi), _pixels(rng.uniform(25, 50))
    return ndimage.shift(mask.astype(np.uint8), (length * np.sin(angle), length * np.cos(angle)), order=0) > 0


def upside_down(mask: np.ndarray, _rng: np.random.Generator) -> np.ndarray:
    """Front and back are exchanged within the box around the mask."""
    box = ndimage.find_objects(mask.astype(np.uint8))[0]
    turned = mask.copy()
    turned[box] = mask[box][::-1]
    return turned


def thickened(mask: np.ndarray, _rng: np.random.Generator) -> np.ndarray:
    """Wider by a pixel all around."""
    return ndimage.binary_dilation(mask)


def speckled(mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Pieces of about 20 mm are lost and others appear within 30 mm of the mask."""
    noise = ndimage.gaussian_filter(rng.standard_normal(mask.shape), _pixels(8))
    near = ndimage.distance_transform_edt(~mask) <= _pixels(30)
    return (mask & ~(noise > 1.0 * noise.std())) | (near & ~mask & (noise < -1.2 * noise.std()))


RUINS: Mapping[str, Callable[[np.ndarray, np.random.Generator], np.ndarray]] = MappingProxyType(
    {
        "a part of 40 to 70 mm radius missing": missing_part,
        "one side missing": missing_side,
        "an organ of 25 to 45 mm radius added": leak,
        "shifted by 25 to 50 mm": shifted,
        "front and back exchanged": upside_down,
        "one pixel (5.5 mm) thicker": thickened,
        "speckled": speckled,
    }
)
