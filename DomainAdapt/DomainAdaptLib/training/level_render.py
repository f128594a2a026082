"""Views of coarse anatomies as scans of random patients would show them: bent, with random CT numbers and texture."""

import numpy as np
import torch
from torch.nn import functional

from SegmentL3Lib.spine_line import find_spine
from SegmentL3Lib.spine_views import AIR_HU, COLUMN_MM, ROW_MM, class_views, image_views

from ..synthesis.render import random_hu
from ..synthesis.structures import Structure
from .level_material import LEVEL_CLASSES, LevelReference
from .level_structures import THICKEST_ENDPLATE, with_endplates, with_moved_arches

_BODIES = tuple(range(1, LEVEL_CLASSES.index("T10_and_above") + 1))
_BLUR_REACH = 3  # voxels
_VOXEL_MM = ROW_MM, COLUMN_MM, COLUMN_MM
_SOFT_BODIES = 0.5  # share of views in which bodies are about as dense as discs, and only their endplates are bright
_ARCH_ROWS = 5  # by which arches are moved, at most
_OTHERS = tuple(LEVEL_CLASSES.index(name) for name in ("rib", "hip_bone", "sacrum"))


def render_views(reference: LevelReference, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Views of a bent anatomy with random CT numbers.

    Returns:
        Image, float16 (2, z, columns), HU; classes, uint8 (z, columns).
    """
    rng = np.random.default_rng(seed)
    generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
    shape = reference.classes.shape
    grid = _bend(shape, rng, generator)
    classes = _sample(reference.classes, grid, "nearest").byte()
    if reference.hu is not None:
        image = _changed_scan(_sample(reference.hu.clip(AIR_HU, 2000) - AIR_HU, grid, "bilinear") + AIR_HU, rng)
    else:
        structures = _sample(reference.structures, grid, "nearest").long()
        image = _scan_of(structures, torch.from_numpy(np.isin(classes, _BODIES)), rng, generator)
    coarse = (image + torch.randn(shape, generator=generator) * rng.uniform(0, 12)).numpy()
    line = find_spine(coarse)
    return image_views(coarse, line).astype(np.float16), class_views(classes.numpy(), line, _BODIES, _OTHERS)


def _changed_scan(image: torch.Tensor, rng) -> torch.Tensor:
    """A real scan with other CT numbers of soft tissue and of bone."""
    soft = (image > -250) & (image < 150)
    return image + soft * 10 * rng.standard_normal() + (image > 150) * rng.uniform(-60, 80)


def _scan_of(structures: torch.Tensor, bodies: torch.Tensor, rng, generator) -> torch.Tensor:
    """CT numbers of a coarse map of structures, with texture and as blurred as scans are."""
    draw, shape = rng.uniform, structures.shape
    hu = random_hu(rng)
    if draw() < _SOFT_BODIES:
        hu[Structure.TRABECULAR_BONE] = hu[Structure.INTERVERTEBRAL_DISC] + draw(-30, 50)
    structures = with_moved_arches(structures, bodies, int(rng.integers(-_ARCH_ROWS, _ARCH_ROWS + 1)))
    structures = with_endplates(structures, int(rng.integers(1, THICKEST_ENDPLATE + 1)))
    image = torch.from_numpy(hu)[structures]
    spongy = (structures == Structure.TRABECULAR_BONE) | (structures == Structure.SACRUM)
    image = image + spongy * _smooth_field_3d(generator, shape, 8)[0] * draw(5, 60)
    image = image + (image > -300) * _smooth_field_3d(generator, shape, draw(8, 32))[0] * draw(0, 20)
    in_plane = draw(1.6, 3.0)
    return _blur_3d(image, (draw(0.6, 2.6), in_plane, in_plane))


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
