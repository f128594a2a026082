"""Samples for the level finder: views of phantoms and reference anatomies, bent, cut like real scans, degraded."""

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from SegmentL3Lib.spine_line import find_spine
from SegmentL3Lib.spine_views import (
    AIR_HU,
    COLUMN_MM,
    COLUMNS,
    EVIDENCE_MM,
    FRONTAL_COLUMNS,
    ROW_MM,
    WINDOW_ROWS,
    class_views,
    image_views,
)

from ..synthesis.render import random_hu, smooth_field
from ..synthesis.structures import Structure
from .level_material import LEVEL_CLASSES, LevelReference, load_references, phantom_classes
from .level_structures import THICKEST_ENDPLATE, with_endplates, with_moved_arches
from .material import single_threaded_pool
from .tissue import normalize

_SHORTEST_SCAN_MM = 70.0
_STORED_ROWS = 200
_BLUR_REACH = 3  # voxels
_VOXEL_MM = ROW_MM, COLUMN_MM, COLUMN_MM
_SOFT_BODIES = 0.5  # share of views in which bodies are about as dense as discs, and only their endplates are bright
_ARCH_ROWS = 5  # by which arches are moved, at most
_WITHOUT_L3 = 0.12  # share of scans that end below L3
_IMAGE_ROWS = round(EVIDENCE_MM / ROW_MM)  # rows of the image to each row of classes
_L3 = LEVEL_CLASSES.index("L3")
_BODIES = tuple(range(1, LEVEL_CLASSES.index("T10_and_above") + 1))
_OTHERS = tuple(LEVEL_CLASSES.index(name) for name in ("rib", "hip_bone", "sacrum"))
logger = logging.getLogger(__name__)


def _smooth_field_3d(generator, shape, length_mm: float, channels: int = 1) -> torch.Tensor:
    nodes = (max(2, int(size * mm / length_mm) + 2) for size, mm in zip(shape, _VOXEL_MM, strict=True))
    coarse = torch.randn(1, channels, *nodes, generator=generator)
    return functional.interpolate(coarse, size=tuple(shape), mode="trilinear", align_corners=True)[0]


def _blur_3d(image: torch.Tensor, sigma_mm: tuple[float, float, float]) -> torch.Tensor:
    image = image[None, None]
    for axis, (sigma, mm) in enumerate(zip(sigma_mm, _VOXEL_MM, strict=True), start=2):
        kernel = torch.exp(-0.5 * (torch.arange(-_BLUR_REACH, _BLUR_REACH + 1) * mm / max(sigma, 0.2)) ** 2)
        shape, padding = [1, 1, 1, 1, 1], [0] * 6
        shape[axis] = -1
        padding[2 * (4 - axis)] = padding[2 * (4 - axis) + 1] = _BLUR_REACH
        image = functional.pad(image, padding, mode="replicate")
        image = functional.conv3d(image, (kernel / kernel.sum()).view(shape))
    return image[0, 0]


def _bend(shape, rng, generator) -> torch.Tensor:
    """Sampling grid (1, z, y, x, 3) of a random rotation, scaling and bending around the middle."""
    draw, normal = rng.uniform, rng.standard_normal
    tilt, lean, turn = np.radians([8 * normal(), 4 * normal(), 5 * normal()])
    rotate_x = np.array([[np.cos(tilt), -np.sin(tilt), 0], [np.sin(tilt), np.cos(tilt), 0], [0, 0, 1]])
    rotate_y = np.array([[np.cos(lean), 0, -np.sin(lean)], [0, 1, 0], [np.sin(lean), 0, np.cos(lean)]])
    rotate_z = np.array([[1, 0, 0], [0, np.cos(turn), -np.sin(turn)], [0, np.sin(turn), np.cos(turn)]])
    scale = np.exp(0.08 * normal()) * np.exp(0.05 * rng.standard_normal(3))
    matrix = (rotate_x @ rotate_y @ rotate_z @ np.diag(scale)).astype(np.float32)
    sizes = list(zip(shape, _VOXEL_MM, strict=True))
    axes = [(torch.arange(size, dtype=torch.float32) - (size - 1) / 2) * mm for size, mm in sizes]
    place_mm = torch.stack(torch.meshgrid(*axes, indexing="ij"), -1) @ torch.from_numpy(matrix.T)
    place_mm = place_mm + _smooth_field_3d(generator, shape, 104, 3).movedim(0, -1) * draw(0, 7.2)
    return (place_mm / torch.tensor([size * mm / 2 for size, mm in sizes])).flip(-1)[None]


def _sample(array: np.ndarray, grid: torch.Tensor, mode: str) -> torch.Tensor:
    source = torch.from_numpy(array.astype(np.float32))[None, None]
    return functional.grid_sample(source, grid, mode=mode, padding_mode="zeros", align_corners=False)[0, 0]


def render_views(reference: LevelReference, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Views of a bent anatomy with random CT numbers.

    Returns:
        Image, float16 (2, z, columns), HU; classes, uint8 (z, columns).
    """
    rng = np.random.default_rng(seed)
    draw = rng.uniform
    generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
    shape = reference.classes.shape
    grid = _bend(shape, rng, generator)
    classes = _sample(reference.classes, grid, "nearest").numpy().astype(np.uint8)
    if reference.hu is not None:
        image = _sample(reference.hu.clip(AIR_HU, 2000).astype(np.float32) - AIR_HU, grid, "bilinear") + AIR_HU
        soft = (image > -250) & (image < 150)
        image = image + soft * 10 * rng.standard_normal() + (image > 150) * draw(-60, 80)
    else:
        structures = _sample(reference.structures, grid, "nearest").long()
        hu = random_hu(rng)
        if draw() < _SOFT_BODIES:
            hu[Structure.TRABECULAR_BONE] = hu[Structure.INTERVERTEBRAL_DISC] + draw(-30, 50)
        bodies = torch.from_numpy(np.isin(classes, _BODIES))
        structures = with_moved_arches(structures, bodies, int(rng.integers(-_ARCH_ROWS, _ARCH_ROWS + 1)))
        structures = with_endplates(structures, int(rng.integers(1, THICKEST_ENDPLATE + 1)))
        image = torch.from_numpy(hu)[structures]
        spongy = (structures == Structure.TRABECULAR_BONE) | (structures == Structure.SACRUM)
        image = image + spongy * _smooth_field_3d(generator, shape, 8)[0] * draw(5, 60)
        image = image + (image > -300) * _smooth_field_3d(generator, shape, draw(8, 32))[0] * draw(0, 20)
        in_plane = draw(1.6, 3.0)
        image = _blur_3d(image, (draw(0.6, 2.6), in_plane, in_plane))
    coarse = (image + torch.randn(shape, generator=generator) * draw(0, 12)).numpy()
    line = find_spine(coarse)
    return image_views(coarse, line).astype(np.float16), class_views(classes, line, _BODIES, _OTHERS)


def make_views(
    maps: Path, references: Path, path: Path, per_phantom: int, per_reference: int, processes: int | None = None
) -> None:
    """Render many views of all anatomies and write them to one ``.npz``; nothing is done if it is there."""
    if path.exists():
        return
    with np.load(maps) as file:
        labels, bodies = file["maps"], file["bodies"]
    anatomies = [
        (LevelReference("phantom", None, label, phantom_classes(label, body)), per_phantom)
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
    between = grid.unflatten(1, (-1, _IMAGE_ROWS)).mean(2)
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
        self._cases: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        for path in self.views:
            with np.load(path, allow_pickle=False) as file:
                images, classes, cases = file["images"], file["classes"], file["cases"]
            for case in set(cases.tolist()) - self.without:
                self._cases[case] = images[cases == case], classes[cases == case]
        self._real = sorted(set(self._cases) - {"phantom"})
        scale = next(step for step in self.recipe["preprocessing"] if step["_target_"] == "ScaleIntensityRanged")
        self._window = scale["a_min"], scale["a_max"]

    def __call__(self, number: int) -> tuple[torch.Tensor, torch.Tensor]:
        rng = np.random.default_rng((self.seed, number))
        real = self._real and rng.uniform() < self.real_share
        case = self._real[rng.integers(len(self._real))] if real else "phantom"
        images, classes = self._cases[case]
        chosen = rng.integers(len(images))
        image, target = augment_views(images[chosen], classes[chosen], int(rng.integers(2**62)))
        return normalize(image, *self._window), target
