"""Samples for the L3 tissue model: rendered phantoms, and drawn slices of real CT under strong augmentation."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from ..synthesis.render import (
    GRID,
    PIXEL_MM,
    add_noise,
    cut_field_of_view,
    gaussian_blur,
    render_slice,
    smooth_field,
    soak_back,
)
from .material import DrawnSlice, load_drawn

_SUBCUTANEOUS_FAT, _MUSCLE, _BOWEL, _OTHER = 1, 3, 6, 7


def normalize(hu: torch.Tensor, low: float, high: float) -> torch.Tensor:
    """Scale CT numbers from [low, high] to [-2, 2], as the recipe's ``ScaleIntensityRanged`` does."""
    return (hu.clamp(low, high) - low) / (high - low) * 4 - 2


def augment_drawn(item: DrawnSlice, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Bend, re-contrast and degrade a drawn slice.

    Returns:
        CT numbers (HU, float32) and classes (int64), both of shape ``render.GRID``.
    """
    rng = np.random.default_rng(seed)
    draw, normal = rng.uniform, rng.standard_normal
    generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
    grid = _random_grid(item, rng, generator)
    hu = torch.from_numpy(item.hu.astype(np.float32))[None, None].clamp(-1024, 2000)
    zones = torch.from_numpy(item.zones.astype(np.float32))[None, None]
    image = (
        functional.grid_sample(hu + 1000, grid, mode="bilinear", padding_mode="zeros", align_corners=False)[0, 0] - 1000
    )
    classes = functional.grid_sample(zones, grid, mode="nearest", padding_mode="zeros", align_corners=False)[
        0, 0
    ].long()
    soft = (image > -250) & (image < 350) & (classes > 0)
    image = image + soft * 6 * normal()
    image = image + ((classes == _MUSCLE) & soft) * draw(-22, 15)
    other = (classes == _OTHER) & soft & (image > -20)
    if draw() < 0.6:  # another contrast phase
        image = image + other * (draw(-50, 50) + smooth_field(generator, GRID, draw(20, 80))[0] * draw(0, 40))
    bowel = (classes == _BOWEL) & soft & (image > -40)
    if draw() < 0.4:  # other contents of the bowel: isodense with muscle, or oral contrast
        image = image + bowel * (draw(-35, 35) if draw() < 0.75 else draw(60, 400))
    if draw() < 0.1:
        image = soak_back(image, classes == _SUBCUTANEOUS_FAT, rng, generator)
    image = image + soft * smooth_field(generator, GRID, 120)[0] * draw(0, 5)
    image = gaussian_blur(image, draw(0, 1.5))
    if draw() < 0.7:
        image = add_noise(image, rng, generator, strongest=28.0)
    if draw() < 0.15:
        image, classes = cut_field_of_view(image, classes, rng)
    return image.float(), classes


def _random_grid(item, rng, generator):
    """Sampling grid (1, rows, columns, 2) of a random affine and elastic deformation around the middle of the body."""
    draw, normal = rng.uniform, rng.standard_normal
    angle = np.radians(7 * normal())
    scale, stretch, shear = np.exp(0.12 * normal()), np.exp(0.09 * normal()), 0.05 * normal()
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = rotation @ np.array([[1, shear], [0, 1]]) @ np.diag([scale * stretch, scale / stretch])
    if draw() < 0.3:
        matrix = matrix @ np.diag([-1, 1])
    rows, columns = np.nonzero(item.zones)
    middle = (rows.min() + rows.max()) / 2 + 8 * normal(), (columns.min() + columns.max()) / 2 + 8 * normal()
    y, x = (torch.arange(size) * PIXEL_MM - (size - 1) * PIXEL_MM / 2 for size in GRID)
    y, x = torch.meshgrid(y, x, indexing="ij")
    bend = smooth_field(generator, GRID, 90, 2) * draw(0, 12) + smooth_field(generator, GRID, 32, 2) * draw(0, 3)
    map_x = (float(matrix[0, 0]) * x + float(matrix[0, 1]) * y + bend[0]) / item.pixel_mm + float(middle[1])
    map_y = (float(matrix[1, 0]) * x + float(matrix[1, 1]) * y + bend[1]) / item.pixel_mm + float(middle[0])
    height, width = item.hu.shape
    return torch.stack([(map_x + 0.5) / width * 2 - 1, (map_y + 0.5) / height * 2 - 1], -1)[None].float()


@dataclass
class TissueSamples:
    """Sample maker for ``loop.train``: number -> network input (1, rows, columns) and classes (rows, columns).

    Attributes:
        recipe: the recipe of the model.
        maps: label maps of random patients, ``.npz`` of ``material.make_maps``.
        drawn: drawn slices, ``.npz`` of ``material.save_drawn``.
        real_share: share of samples that come from real slices, each patient as often as the others.
        without: patients whose slices are left out.
        seed: other samples for another seed.
        coarse: pixels are twice as large.
        labeled: slices that were labeled by earlier weights, written as ``drawn`` is; of a patient who has some, one
            is taken as often as a drawn one.
    """

    recipe: dict
    maps: Path
    drawn: Path
    real_share: float
    without: frozenset[str] = frozenset()
    seed: int = 0
    coarse: bool = False
    labeled: Path | None = None

    def __post_init__(self):
        with np.load(self.maps) as file:
            self._maps = file["maps"]
        self._drawn, self._labeled = self._by_case(self.drawn), self._by_case(self.labeled)
        self._cases = list(self._drawn)
        scale = next(step for step in self.recipe["preprocessing"] if step["_target_"] == "ScaleIntensityRanged")
        self._window = scale["a_min"], scale["a_max"]

    def __call__(self, number: int) -> tuple[torch.Tensor, torch.Tensor]:
        rng = np.random.default_rng((self.seed, number))
        seed = int(rng.integers(2**62))
        if self._cases and rng.uniform() < self.real_share:
            case = self._cases[rng.integers(len(self._cases))]
            slices = self._drawn[case]
            if case in self._labeled and rng.uniform() < 0.5:
                slices = self._labeled[case]
            image, classes = augment_drawn(slices[rng.integers(len(slices))], seed)
        else:
            near = self._maps[rng.integers(len(self._maps))]
            chosen = rng.integers(2)
            image, classes = render_slice(near[chosen], seed, near[1 - chosen])
        if self.coarse:
            image, classes = functional.avg_pool2d(image[None, None], 2)[0, 0], classes[1::2, 1::2]
        return normalize(image, *self._window)[None], classes

    def _by_case(self, path: Path | None) -> dict[str, list[DrawnSlice]]:
        slices: dict[str, list[DrawnSlice]] = {}
        for item in load_drawn(path) if path else ():
            if item.case not in self.without:
                slices.setdefault(item.case, []).append(item)
        return slices
