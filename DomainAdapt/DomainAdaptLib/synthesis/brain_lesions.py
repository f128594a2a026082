"""Lesions in a tissue map: plaques as of multiple sclerosis, tumors with edema, infarcts.

Each function changes a map of lesion tissues (uint8, 0 where there is none) and puts them only where such lesions lie.
"""

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from .brain_fields import distances, smooth_noise, spread
from .brain_tissues import FLUIDS, INTRACRANIAL, Tissue

_WHITE = (Tissue.WHITE_MATTER, Tissue.CEREBELLAR_WHITE_MATTER, Tissue.BRAINSTEM)
_PARENCHYMA = tuple(tissue for tissue in INTRACRANIAL if tissue not in (*FLUIDS, Tissue.CHOROID, Tissue.VESSEL))
_FACES = ndimage.generate_binary_structure(3, 1)
_STRAYS = 0.0005  # share of voxels at each end of an axis
# Edema follows the white matter: how much farther a millimeter of another tissue takes it.
_GRAY_DETOUR, _FLUID_DETOUR, _WAY_GRID_MM, _LONGEST_WAY_MM = 3.0, 8.0, 3, 60.0
_WINDOW = 12  # half the edge of the box that a small plaque is drawn in


def add_plaques(lesions: np.ndarray, tissues: np.ndarray, rng: np.random.Generator) -> None:
    """Some to many small plaques, most of them around the ventricles, some below the cortex."""
    white = np.isin(tissues, _WHITE)
    allowed = np.isin(tissues, _PARENCHYMA)
    places = _places(tissues, white, rng, count=int(np.exp(rng.uniform(np.log(3), np.log(90)))))
    typical = rng.uniform(0.9, 3.0)
    for place in places:
        radius = np.clip(typical * np.exp(0.5 * rng.standard_normal()), 0.7, 9)
        _draw_plaque(lesions, allowed, white, place, radius, rng)
    if rng.uniform() < 0.4:
        _draw_band(lesions, tissues, white, rng)


def add_drawn_plaques(lesions: np.ndarray, tissues: np.ndarray, shapes: np.ndarray, rng: np.random.Generator) -> None:
    """Plaques with the outlines of a mask of another head, moved to this one.

    Args:
        shapes: boolean mask of the cerebrum of another head, cropped to the box of it.
    """
    brain = _box(np.isin(tissues, (Tissue.WHITE_MATTER, Tissue.CORTEX)))
    target = tuple(part.stop - part.start for part in brain)
    if rng.uniform() < 0.5:
        shapes = shapes[::-1]
    index = [np.linspace(0, size - 1, wanted) for size, wanted in zip(shapes.shape, target, strict=True)]
    grid = [axis + 2.0 * smooth_noise(rng, target, 20) for axis in np.ix_(*index)]
    source = tuple(np.clip(np.rint(axis), 0, n - 1).astype(int) for axis, n in zip(grid, shapes.shape, strict=True))
    allowed = np.isin(tissues[brain], _PARENCHYMA)
    deep = ndimage.binary_dilation(np.isin(tissues[brain], _WHITE), iterations=1)
    lesions[brain][shapes[source] & allowed & deep] = Tissue.PLAQUE


def enhance_some(lesions: np.ndarray, rng: np.random.Generator, share: float) -> None:
    """Let a share of the plaques take up contrast agent."""
    parts, count = ndimage.label(lesions == Tissue.PLAQUE)
    chosen = np.flatnonzero(rng.uniform(size=count + 1) < share)
    lesions[np.isin(parts, chosen[chosen > 0])] = Tissue.ENHANCING_PLAQUE


def add_tumor(
    lesions: np.ndarray, tissues: np.ndarray, center: Sequence[float], radius: float, rng: np.random.Generator
) -> None:
    """A tumor with a core of one to three tissues and edema along the white matter.

    Args:
        center: in voxels.
        radius: of the core, mm.
    """
    rough = rng.uniform(0.08, 0.3) * smooth_noise(rng, tissues.shape, max(6.0, radius / 2))
    depth = distances(tissues.shape, center) / radius + rough + 0.1 * smooth_noise(rng, tissues.shape, 7)
    core = np.isin(tissues, INTRACRANIAL) & (depth < 1)
    reach = radius * rng.uniform(0.0, 1.3) * (1 + 0.5 * smooth_noise(rng, tissues.shape, 25))
    lesions[np.isin(tissues, _PARENCHYMA) & (_way_from(core, tissues) < reach)] = Tissue.EDEMA
    lesions[core] = rng.choice((Tissue.SOLID_TUMOR, Tissue.ENHANCING_TUMOR, Tissue.EDEMA), p=(0.45, 0.3, 0.25))
    if rng.uniform() < 0.65:
        rim = rng.uniform(1.5, 5.0) / radius
        inside = depth < 1 - rim - 0.15 * np.abs(smooth_noise(rng, tissues.shape, 10))
        lesions[core & (depth > 0.35 * rng.uniform())] = Tissue.ENHANCING_TUMOR
        lesions[core & inside] = rng.choice((Tissue.NECROSIS, Tissue.SOLID_TUMOR, Tissue.CAVITY), p=(0.45, 0.2, 0.35))
    for _ in range(rng.integers(3)):
        patchy = core & (smooth_noise(rng, tissues.shape, rng.uniform(6, 12)) > rng.uniform(0.3, 1.2))
        lesions[patchy] = rng.choice((Tissue.ENHANCING_TUMOR, Tissue.NECROSIS, Tissue.SOLID_TUMOR, Tissue.CAVITY))


def add_infarct(lesions: np.ndarray, tissues: np.ndarray, rng: np.random.Generator) -> None:
    """A territory from the cortex inwards, old ones with a cavity."""
    center = random_place(np.isin(tissues, (Tissue.CORTEX, Tissue.STRIATUM, Tissue.CEREBELLAR_CORTEX)), rng)
    axes = np.exp(0.35 * rng.standard_normal(3)) * rng.uniform(5, 28)
    offsets = np.ix_(*(np.arange(n, dtype=np.float32) - at for n, at in zip(tissues.shape, center, strict=True)))
    depth = np.sqrt(sum((offset / axis) ** 2 for offset, axis in zip(offsets, axes, strict=True)))
    depth = depth + 0.25 * smooth_noise(rng, tissues.shape, 14) + 0.1 * smooth_noise(rng, tissues.shape, 6)
    region = np.isin(tissues, _PARENCHYMA) & (depth < 1)
    lesions[region] = Tissue.INFARCT
    if rng.uniform() < 0.35:
        lesions[region & (depth < rng.uniform(0.3, 0.8))] = Tissue.CAVITY


def random_place(mask: np.ndarray, rng: np.random.Generator) -> tuple[int, int, int]:
    """A voxel of a mask, all as likely."""
    flat = np.flatnonzero(mask)
    return tuple(int(i) for i in np.unravel_index(flat[rng.integers(len(flat))], mask.shape))


def _box(mask: np.ndarray) -> tuple[slice, ...]:
    """Box around a mask without its outermost voxels, which may be strays."""
    counts = [mask.sum(tuple({0, 1, 2} - {axis})) for axis in range(3)]
    shares = [np.cumsum(count) / count.sum() for count in counts]
    return tuple(slice(*np.searchsorted(share, (_STRAYS, 1 - _STRAYS)).tolist()) for share in shares)


def _way_from(core: np.ndarray, tissues: np.ndarray) -> np.ndarray:
    """Way (float32, mm) from a core, longer through gray matter and fluid; no more than ``_LONGEST_WAY_MM``."""
    coarse = tissues[(slice(None, None, _WAY_GRID_MM),) * 3]
    detour = np.where(np.isin(coarse, _WHITE), 1, np.where(np.isin(coarse, _PARENCHYMA), _GRAY_DETOUR, _FLUID_DETOUR))
    step = (_WAY_GRID_MM * detour).astype(np.float32)
    way = np.where(core[(slice(None, None, _WAY_GRID_MM),) * 3], 0, np.float32(_LONGEST_WAY_MM))
    for _ in range(round(_LONGEST_WAY_MM / _WAY_GRID_MM)):
        way = np.minimum(way, ndimage.minimum_filter(way, footprint=_FACES) + step)
    return spread(way, tissues.shape)


def _places(tissues: np.ndarray, white: np.ndarray, rng: np.random.Generator, count: int) -> list[tuple[int, ...]]:
    """Places of plaques, more of them near ventricles and below the cortex than elsewhere."""
    candidates = np.argwhere(white)
    candidates = candidates[rng.integers(len(candidates), size=min(len(candidates), 4000))]
    ventricle = ndimage.distance_transform_edt(~(tissues[::2, ::2, ::2] == Tissue.VENTRICLE)) * 2
    cortex = ndimage.distance_transform_edt(~(tissues[::2, ::2, ::2] == Tissue.CORTEX)) * 2
    at = tuple(np.minimum(candidates // 2, np.array(ventricle.shape) - 1).T)
    weight = 4 * np.exp(-ventricle[at] / 4) + rng.uniform(0.2, 1.5) * np.exp(-cortex[at] / 2) + 0.1
    chosen = rng.choice(len(candidates), size=count, p=weight / weight.sum())
    return [tuple(place) for place in candidates[chosen]]


def _draw_band(lesions, tissues, white, rng) -> None:
    """White matter along parts of the ventricles, as where many plaques have merged."""
    near = ndimage.distance_transform_edt(~(tissues[::2, ::2, ::2] == Tissue.VENTRICLE)).astype(np.float32) * 2
    width = rng.uniform(-2, 3) + rng.uniform(2, 5) * smooth_noise(rng, tissues.shape, 18)
    lesions[white & (spread(near, tissues.shape) < width)] = Tissue.PLAQUE


def _draw_plaque(lesions, allowed, white, place, radius, rng) -> None:
    box = tuple(slice(max(0, at - _WINDOW), at + _WINDOW + 1) for at in place)
    shape = lesions[box].shape
    stretch = np.exp(0.3 * rng.standard_normal(3))
    middle = [at - part.start for at, part in zip(place, box, strict=True)]
    offsets = np.ix_(*(np.arange(n, dtype=np.float32) - m for n, m in zip(shape, middle, strict=True)))
    depth = np.sqrt(sum((offset / scale) ** 2 for offset, scale in zip(offsets, stretch, strict=True)))
    depth = depth + 0.3 * radius * smooth_noise(rng, shape, 4)
    near_white = ndimage.binary_dilation(white[box])
    lesions[box][(depth < radius) & allowed[box] & near_white] = Tissue.PLAQUE
