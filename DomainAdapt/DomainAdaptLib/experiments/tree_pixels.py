"""Pixels of slices with their figures, what the tissue network says of them, and what they are."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from SegmentL3Lib.models import Bundle
from SegmentL3Lib.models.shipped import TISSUE_MODEL
from SegmentL3Lib.pixel_features import pixel_features
from SegmentL3Lib.regions import Region
from SegmentL3Lib.segment import region_probabilities

from ..evaluation.held_out import held_out_models
from ..synthesis.render import MAP_MM, PIXEL_MM, render_slice
from ..synthesis.torso import Torso
from ..training.material import LUMBAR_Z_MM, load_drawn

FIRST_SEED = 970_000  # no recipe and no table of accuracy uses seeds from here on
logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Pixels:
    """Pixels that the network takes for some tissue.

    Attributes:
        figures: ``pixel_features.FEATURES``, float32 (pixels, features).
        taught: probability of each region by the network, float32 (pixels, regions).
        true: regions, int64 (pixels,).
    """

    figures: np.ndarray
    taught: np.ndarray
    true: np.ndarray

    def save(self, path: Path) -> None:
        """Write to an ``.npz``."""
        np.savez_compressed(path, **{field.name: getattr(self, field.name) for field in fields(self)})


def load_pixels(path: Path) -> Pixels:
    """Read what ``Pixels.save`` wrote."""
    with np.load(path, allow_pickle=False) as file:
        return Pixels(**{field.name: file[field.name] for field in fields(Pixels)})


def generated_pixels(first: int, count: int, per_slice: int, model: Bundle) -> Pixels:
    """Pixels of rendered slices of random patients that no model has seen."""
    return _together(_generated(first + number, per_slice, model) for number in range(count))


def drawn_pixels(work: Path, per_slice: int) -> Pixels:
    """Pixels of the drawn slices; each is told by weights that have not seen the patient.

    Raises:
        ModelError: the weights of a run that is needed are not in ``work``.
    """
    items = load_drawn(work / "drawn.npz")
    return _together(
        _sample(item.hu, item.zones, item.pixel_mm, model, per_slice, seed=number)
        for model, cases in held_out_models(TISSUE_MODEL, work)
        for number, item in enumerate(items)
        if item.case in cases
    )


def _generated(seed: int, per_slice: int, model: Bundle) -> Pixels:
    rng = np.random.default_rng((FIRST_SEED + seed, 6))
    fine = Torso(FIRST_SEED + seed).slice_at(rng.uniform(*LUMBAR_Z_MM), MAP_MM).labels
    image, classes = render_slice(fine, FIRST_SEED + seed)
    return _sample(image.numpy(), classes.numpy(), PIXEL_MM, model, per_slice, seed)


def _sample(hu, true, pixel_mm: float, model: Bundle, per_slice: int, seed: int) -> Pixels:
    """Random pixels, as many of each tissue as there are, and no background."""
    probabilities = region_probabilities(hu, (pixel_mm, pixel_mm), model)
    inside = np.flatnonzero(((true != Region.BACKGROUND) & (probabilities.argmax(0) != Region.BACKGROUND)).ravel())
    chosen = np.random.default_rng((seed, 7)).choice(inside, min(per_slice, inside.size), replace=False)
    figures = pixel_features(hu, pixel_mm).reshape(hu.size, -1)[chosen]
    taught = probabilities.reshape(len(probabilities), -1).T[chosen]
    logger.info("slice %d sampled", seed)
    return Pixels(figures, taught.astype(np.float32), true.ravel()[chosen].astype(np.int64))


def _together(parts: Iterable[Pixels]) -> Pixels:
    parts = list(parts)
    return Pixels(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Pixels)))
