"""Slices, and those beside them, spoiled as scans are: the drawing stays true of the patient, the image gets worse."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np
from scipy import ndimage

from ..evaluation.slices import TrueSlice

_AIR_HU = -1000
_PADDING_HU = -1024


def noisy(item: TrueSlice, rng: np.random.Generator) -> TrueSlice:
    """Noise of 25 to 130 HU, grainy as after a soft kernel."""
    sigma, strength_hu = rng.uniform(0.3, 1.0), _log_uniform(rng, 25, 130)

    def change(hu: np.ndarray) -> np.ndarray:
        noise = ndimage.gaussian_filter(rng.standard_normal(hu.shape), sigma)
        return hu + noise / noise.std() * strength_hu

    return _changed(item, change)


def offset(item: TrueSlice, rng: np.random.Generator) -> TrueSlice:
    """All CT numbers off by 20 to 120 HU."""
    difference = rng.choice((-1, 1)) * _log_uniform(rng, 20, 120)
    return _changed(item, lambda hu: hu + difference)


def scaled(item: TrueSlice, rng: np.random.Generator) -> TrueSlice:
    """The scale of the CT numbers off by 10 to 50 %; air stays air."""
    factor = np.exp(rng.choice((-1, 1)) * rng.uniform(np.log(1.1), np.log(1.5)))
    return _changed(item, lambda hu: (hu - _AIR_HU) * factor + _AIR_HU)


def streaked(item: TrueSlice, rng: np.random.Generator) -> TrueSlice:
    """Bright and dark rays of 60 to 400 HU from a piece of metal within the body."""
    rows, columns = np.nonzero(item.drawn)
    chosen = rng.integers(len(rows))
    y, x = np.indices(item.hu.shape)
    y, x = y - rows[chosen], x - columns[chosen]
    profile = ndimage.gaussian_filter1d(rng.standard_normal(720), rng.uniform(3, 10), mode="wrap")
    rays = (profile / profile.std())[(np.arctan2(y, x) / np.pi * 360).astype(int) % 720]
    reach_px = rng.uniform(40, 120) / item.pixel_mm
    strength = _log_uniform(rng, 60, 400) * np.exp(-np.hypot(y, x) / reach_px)
    metal = np.hypot(y, x) * item.pixel_mm < 5
    return _changed(item, lambda hu: np.where(metal, 2500, hu + rays * strength * (hu > -900)))


def blurred(item: TrueSlice, rng: np.random.Generator) -> TrueSlice:
    """Blurred over 1.5 to 6 mm (standard deviation)."""
    sigma_px = _log_uniform(rng, 1.5, 6) / item.pixel_mm
    return _changed(item, lambda hu: ndimage.gaussian_filter(hu.astype(np.float32), sigma_px))


def doubled(item: TrueSlice, rng: np.random.Generator) -> TrueSlice:
    """Mixed with a copy moved by 5 to 15 mm, as after a breath."""
    length, angle = rng.uniform(5, 15) / item.pixel_mm, rng.uniform(0, 2 * np.pi)
    way, share = (length * np.sin(angle), length * np.cos(angle)), rng.uniform(0.25, 0.5)

    def change(hu: np.ndarray) -> np.ndarray:
        return (1 - share) * hu + share * ndimage.shift(hu.astype(np.float32), way, order=1, mode="nearest")

    return _changed(item, change)


def cut(item: TrueSlice, rng: np.random.Generator) -> TrueSlice:
    """Seen through a round field of view that loses a part of the body; what is lost is not in the truth either."""
    rows, columns = np.nonzero(item.drawn)
    half_px = max(np.ptp(rows), np.ptp(columns)) / 2
    y, x = np.indices(item.hu.shape)
    middle = np.array([rows.mean(), columns.mean()])
    center = middle + 0.15 * half_px * rng.standard_normal(2)
    outside = np.hypot(y - center[0], x - center[1]) > rng.uniform(0.6, 1.0) * half_px
    seen = _changed(item, lambda hu: np.where(outside, _PADDING_HU, hu))
    return replace(seen, drawn=np.where(outside, 0, item.drawn).astype(np.uint8))


def wrong_spacing(item: TrueSlice, rng: np.random.Generator) -> TrueSlice:
    """A pixel size in the file that is 15 to 60 % off."""
    return replace(item, pixel_mm=item.pixel_mm * np.exp(rng.choice((-1, 1)) * rng.uniform(np.log(1.15), np.log(1.6))))


def upside_down(item: TrueSlice, _rng: np.random.Generator) -> TrueSlice:
    """Front and back exchanged, as of a patient on the belly or in a file with a wrong orientation."""
    return replace(_changed(item, lambda hu: hu[::-1]), drawn=item.drawn[::-1].copy())


IMAGE_RUINS: Mapping[str, Callable[[TrueSlice, np.random.Generator], TrueSlice]] = MappingProxyType(
    {
        "noise": noisy,
        "offset": offset,
        "scale": scaled,
        "streaks": streaked,
        "blur": blurred,
        "motion": doubled,
        "cut field of view": cut,
        "wrong pixel size": wrong_spacing,
        "upside down": upside_down,
    }
)


def _changed(item: TrueSlice, change: Callable[[np.ndarray], np.ndarray]) -> TrueSlice:
    """The slice and those beside it with other CT numbers."""

    def changed(hu: np.ndarray) -> np.ndarray:
        return np.clip(np.round(change(hu)), -1024, 3071).astype(np.int16)

    beside = tuple(replace(each, hu=changed(each.hu)) for each in item.beside)
    return replace(item, hu=changed(item.hu), beside=beside)


def _log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))
