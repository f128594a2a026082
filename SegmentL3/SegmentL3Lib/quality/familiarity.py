"""Is the slice like those that the model has learned from?"""

import json
from collections.abc import Mapping
from functools import cache

import numpy as np

from ..resources import resource_path
from ..results import QualityReason
from .reasons import CHECK, reason
from .subject import Subject

# CT numbers between which a share of the body is counted.
_SHARES_HU = {
    "air_percent": (-3000, -300),
    "fat_percent": (-190, -30),
    "soft_percent": (-29, 150),
    "dense_percent": (151, 4000),
}


def unlike_training(subject: Subject) -> QualityReason | None:
    """A plain figure of the slice far outside of what the training slices have."""
    if not subject.body.any():
        return None
    figures = slice_figures(subject.hu, subject.body, subject.spacing_yx_mm)
    odd = [_told(name, value) for name, value in figures.items() if value is not None and _is_odd(name, value)]
    if not odd:
        return None
    text = f"The slice is unlike those that the model has learned from: {'; '.join(odd)}."
    return reason("UNLIKE_TRAINING", CHECK, text)


def slice_figures(hu: np.ndarray, body: np.ndarray, spacing_yx_mm: tuple[float, float]) -> dict[str, float | None]:
    """Plain figures of a slice: size and shape of the body, what it consists of, and its typical CT numbers.

    Args:
        hu: CT numbers, (y, x).
        body: pixels of the body, boolean (y, x), at least one.
        spacing_yx_mm: pixel size.

    Returns:
        Values by the names of ``Resources/Measurements/training_ranges.json``; None where there is nothing to measure.
    """
    rows, columns = (np.nonzero(body.any(axis=axis))[0] for axis in (1, 0))
    depth_mm = (rows[-1] - rows[0] + 1) * spacing_yx_mm[0]
    width_mm = (columns[-1] - columns[0] + 1) * spacing_yx_mm[1]
    values = hu[body]
    figures = {
        "width_mm": width_mm,
        "depth_by_width": depth_mm / width_mm,
        **{name: 100 * _within(values, window).mean() for name, window in _SHARES_HU.items()},
        "fat_hu": _median(values, _SHARES_HU["fat_percent"]),
        "soft_hu": _median(values, _SHARES_HU["soft_percent"]),
    }
    return {name: None if value is None else float(value) for name, value in figures.items()}


def _is_odd(name: str, value: float) -> bool:
    return not _ranges()[name]["low"] <= value <= _ranges()[name]["high"]


def _told(name: str, value: float) -> str:
    entry = _ranges()[name]
    shown = f"{value:.{entry['decimals']}f} {entry['unit']}".rstrip()
    return f"{entry['name']} {shown} (usual: {entry['low']:g} to {entry['high']:g})"


def _within(values: np.ndarray, window: tuple[int, int]) -> np.ndarray:
    return (values >= window[0]) & (values <= window[1])


def _median(values: np.ndarray, window: tuple[int, int]) -> float | None:
    chosen = values[_within(values, window)]
    return float(np.median(chosen)) if chosen.size else None


@cache
def _ranges() -> Mapping[str, Mapping]:
    return json.loads(resource_path("Measurements", "training_ranges.json").read_text(encoding="utf-8"))["figures"]
