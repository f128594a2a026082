"""Samples for the level finder: views of phantoms and reference anatomies, cut like real scans and degraded."""

import logging
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from SegmentL3Lib.spine_views import (
    AIR_HU,
    COLUMN_MM,
    COLUMNS,
    EVIDENCE_MM,
    FRONTAL_COLUMNS,
    ROW_MM,
    ROWS_EACH,
    WINDOW_ROWS,
)

from ..processes import single_threaded_pool
from ..synthesis.render import smooth_field
from .level_material import LEVEL_CLASSES, RANDOM_PATIENT, LevelReference, load_references, phantom_classes
from .level_render import render_views
from .tissue import normalize

_SHORTEST_SCAN_MM = 70.0
_STORED_ROWS = 200
_WITHOUT_L3 = 0.12  # share of scans that end below L3
_L3 = LEVEL_CLASSES.index("L3")
logger = logging.getLogger(__name__)


def make_views(
    maps: Path, references: Path, path: Path, per_phantom: int, per_reference: int, processes: int | None = None
) -> None:
    """Render many views of random and of reference anatomies to one ``.npz``; nothing is done if it is there."""
    if path.exists():
        return
    with np.load(maps) as file:
        labels, bodies = file["maps"], file["bodies"]
    anatomies = [
        (LevelReference(RANDOM_PATIENT, None, label, phantom_classes(label, body)), per_phantom)
        for label, body in zip(labels, bodies, strict=True)
    ]
    anatomies += [(item, per_reference) for item in load_references(references)]
    jobs = ((item, range(1000 * number, 1000 * number + count)) for number, (item, count) in enumerate(anatomies))
    with single_threaded_pool(processes) as pool:
        groups = list(pool.imap(_render_all, jobs))
    images, classes = (np.concatenate([group[which] for group in groups]) for which in (0, 1))
    cases = np.repeat([item.case for item, _ in anatomies], [count for _, count in anatomies])
    part = path.with_suffix(".part.npz")
    np.savez_compressed(part, images=images, classes=classes, cases=cases)
    part.rename(path)
    logger.info("%d views rendered", len(images))


def _render_all(job: tuple[LevelReference, range]) -> tuple[np.ndarray, np.ndarray]:
    """Views of one anatomy, one for each seed, all with the same number of rows."""
    reference, seeds = job
    views = [render_views(reference, seed) for seed in seeds]
    images = np.stack([_fit_rows(image, np.float16(AIR_HU)) for image, _ in views])
    return images, np.stack([_fit_rows(target[None], np.uint8(0))[0] for _, target in views])


def _fit_rows(views: np.ndarray, fill) -> np.ndarray:
    """Same number of rows for all: taller ones are cut at the top, shorter ones are filled up with air."""
    rows = _STORED_ROWS
    result = np.full((views.shape[0], rows, views.shape[2]), fill, views.dtype)
    count = min(rows, views.shape[1])
    result[:, :count] = views[:, :count]
    return result


def augment_views(image: np.ndarray, classes: np.ndarray, seed) -> tuple[torch.Tensor, torch.Tensor]:
    """Bend, stretch, degrade and cut views, as scans of random patients and random extent would show them.

    Returns:
        Image (2, ``WINDOW_ROWS``, columns), HU, and classes, rows of ``EVIDENCE_MM``.
    """
    rng = np.random.default_rng(seed)
    draw, normal = rng.uniform, rng.standard_normal
    generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
    rows = image.shape[1]
    z = (torch.arange(WINDOW_ROWS) - (WINDOW_ROWS - 1) / 2) * float(np.exp(0.1 * normal())) + draw(0.2, 0.8) * rows
    z = z + smooth_field(generator, (WINDOW_ROWS, 2), 96 / ROW_MM)[0][:, 0] * draw(0, 6) / ROW_MM
    columns = torch.arange(COLUMNS, dtype=torch.float32)
    frontal = columns < FRONTAL_COLUMNS
    middle = torch.where(frontal, FRONTAL_COLUMNS / 2, FRONTAL_COLUMNS + (COLUMNS - FRONTAL_COLUMNS) / 2)
    stretch = torch.where(frontal, float(np.exp(0.08 * normal())), float(np.exp(0.08 * normal())))
    shift = torch.where(frontal, float(2 * normal()), float(2 * normal()))
    mirror = torch.where(frontal, -1.0 if draw() < 0.5 else 1.0, 1.0)
    x = (columns - middle) * stretch * mirror + middle + shift
    # A view never shows columns of the other one.
    x = torch.where(frontal, x.clamp(0, FRONTAL_COLUMNS - 1), x.clamp(FRONTAL_COLUMNS, COLUMNS - 1))
    grid = torch.stack(torch.meshgrid((z + 0.5) / rows * 2 - 1, (x + 0.5) / COLUMNS * 2 - 1, indexing="ij")[::-1], -1)
    grid = grid[None].float()
    source = torch.from_numpy(image.astype(np.float32))[None] - AIR_HU
    image = functional.grid_sample(source, grid, mode="bilinear", padding_mode="zeros", align_corners=False)[0] + AIR_HU
    target = torch.from_numpy(classes.astype(np.float32))[None, None]
    between = grid.unflatten(1, (-1, ROWS_EACH)).mean(2)
    target = functional.grid_sample(target, between, mode="nearest", padding_mode="zeros", align_corners=False)
    target = target[0, 0].long()
    tissue = image > -600
    image = image * torch.where(image > 100, float(np.exp(0.25 * normal())), 1.0)
    image = image + tissue * 12 * normal() + torch.randn(image.shape, generator=generator) * draw(0, 25)
    if draw() < 0.3:  # oral contrast, calcification and metal in front of the spine
        tall = round(COLUMN_MM / ROW_MM)
        blobs = smooth_field(generator, (WINDOW_ROWS // tall, COLUMNS), draw(2, 6))[0] > draw(1.2, 2.2)
        blobs = blobs.repeat_interleave(tall, 0)
        image = torch.where(blobs & tissue, image + draw(50, 600), image)
    return _cut_scan(image, target, rng)


def _cut_scan(image, classes, rng):
    """Blank what lies above and below a scan of random extent."""
    draw = rng.uniform
    tall = WINDOW_ROWS * ROW_MM
    bottom, top = 0.0, tall
    if draw() < 0.7:
        length = draw(_SHORTEST_SCAN_MM, tall)
        bottom = draw(0, tall - length)
        top = bottom + length
    l3 = (classes == _L3).any(1).nonzero()
    if draw() < _WITHOUT_L3 and len(l3):
        bottom, top = 0.0, max(_SHORTEST_SCAN_MM, float(l3[0]) * EVIDENCE_MM - draw(0, 50))
    image = torch.where(_outside(len(image[0]), ROW_MM, bottom, top), torch.tensor(AIR_HU), image)
    classes = torch.where(_outside(len(classes), EVIDENCE_MM, bottom, top), torch.tensor(0), classes)
    return image.float(), classes


def _outside(rows: int, row_mm: float, bottom: float, top: float) -> torch.Tensor:
    """Rows whose middle is not in a scan, boolean (rows, 1)."""
    middle = (torch.arange(rows) + 0.5) * row_mm
    return ((middle < bottom) | (middle > top))[:, None]


def save_counted(views: dict[str, tuple[np.ndarray, np.ndarray]], path: Path) -> None:
    """Write the views of real scans in the form of ``make_views``."""
    images = np.stack([_fit_rows(image, np.float32(AIR_HU)).astype(np.float16) for image, _ in views.values()])
    classes = np.stack([_fit_rows(target[None], np.uint8(0))[0] for _, target in views.values()])
    np.savez_compressed(path, images=images, classes=classes, cases=np.array(list(views)))


@dataclass
class LevelSamples:
    """Sample maker for ``loop.train``: number -> network input (2, rows, columns) and classes, half as many rows.

    Attributes:
        recipe: the recipe of the model.
        views: files of ``make_views`` and ``save_counted``.
        real_share: share of samples that come from real anatomies, each as often as the others.
        without: anatomies that are left out.
        seed: other samples for another seed.
    """

    recipe: dict
    views: tuple[Path, ...]
    real_share: float
    without: frozenset[str] = frozenset()
    seed: int = 0

    def __post_init__(self):
        parts = defaultdict(list)
        for path in self.views:
            with np.load(path, allow_pickle=False) as file:
                images, classes, cases = file["images"], file["classes"], file["cases"]
            for case in set(cases.tolist()) - self.without:
                parts[case].append((images[cases == case], classes[cases == case]))
        self._cases = {case: tuple(map(np.concatenate, zip(*part, strict=True))) for case, part in parts.items()}
        self._real = sorted(set(self._cases) - {RANDOM_PATIENT})
        scale = next(step for step in self.recipe["preprocessing"] if step["_target_"] == "ScaleIntensityRanged")
        self._window = scale["a_min"], scale["a_max"]

    def __call__(self, number: int) -> tuple[torch.Tensor, torch.Tensor]:
        rng = np.random.default_rng((self.seed, number))
        real = self._real and rng.uniform() < self.real_share
        case = self._real[rng.integers(len(self._real))] if real else RANDOM_PATIENT
        images, classes = self._cases[case]
        chosen = rng.integers(len(images))
        image, target = augment_views(images[chosen], classes[chosen], int(rng.integers(2**62)))
        return normalize(image, *self._window), target
