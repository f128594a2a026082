"""CT volumes of random patients with exact truth: demonstration input, test input, training material."""

from collections.abc import Callable

import numpy as np
from scipy import ndimage

from .canvas import Canvas, Noise
from .render import random_hu
from .structures import MUSCLES, Structure, tissue_classes
from .torso import Torso

LOWEST_Z_MM, HIGHEST_Z_MM = -150.0, 150.0
_NEIGHBOR_SHARE = 0.12


def phantom_volume(
    seed: int,
    *,
    slice_mm: float = 5.0,
    pixel_mm: float = 0.9,
    size: int = 512,
    z_range_mm: tuple[float, float] = (LOWEST_Z_MM, HIGHEST_Z_MM),
    noise_hu: float = 12.0,
    progress: Callable[[float], None] | None = None,
) -> tuple[np.ndarray, np.ndarray, dict[str, float]]:
    """Make the CT of a random patient.

    Args:
        seed: the same seed gives the same patient and the same noise.
        slice_mm: slice thickness and spacing.
        pixel_mm: pixel size; ``size`` pixels a side.
        z_range_mm: lowest and highest slice, mm above the middle of L3.
        noise_hu: standard deviation of the image noise.
        progress: called with the share of slices done.

    Returns:
        CT numbers (HU), int16 (z, y, x), axial, foot to head, front first, the patient's right first;
        tissues, uint8 of the same shape, indices into ``structures.TISSUES`` (8 classes, before any HU gate);
        height of the middle of each visible vertebral body (continuous slice index), by name.
    """
    torso = Torso(seed)
    rng = np.random.default_rng((seed, 1))
    hu = random_hu(rng)
    texture = Noise(rng, 6.0)
    heights = np.arange(z_range_mm[0], z_range_mm[1] + 1e-6, slice_mm)
    volume = np.full((len(heights), size, size), -1000, np.int16)
    tissues = np.zeros((len(heights), size, size), np.uint8)
    images = []
    for index, height in enumerate(heights):
        canvas = torso.slice_at(height, pixel_mm)
        images.append(render_canvas(canvas, hu, texture))
        place_middle(tissue_classes(canvas.labels, pixel_mm), tissues[index])
        if progress:
            progress((index + 1) / len(heights))
    # A slice shows a little of its neighbors, the more the thicker slices are.
    share = _NEIGHBOR_SHARE * min(1.0, slice_mm / 5.0)
    images = ndimage.convolve1d(np.stack(images), [share, 1 - 2 * share, share], axis=0, mode="nearest")
    for image, target in zip(images, volume, strict=True):
        place_middle(scan_image(image, pixel_mm, noise_hu, rng), target)
    levels = {
        vertebra.name: (vertebra.middle - z_range_mm[0]) / slice_mm
        for vertebra in torso.spine.vertebrae
        if z_range_mm[0] <= vertebra.middle <= heights[-1]
    }
    return volume, tissues, levels


def phantom_levels(
    seed: int, slice_mm: float, pixel_mm: float, z_range_mm: tuple[float, float], variant: str | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Coarse structures and vertebral bodies of a random patient, for the training of the level finder.

    Args:
        seed: the same seed gives the same patient.
        slice_mm, pixel_mm: height and width of the voxels.
        z_range_mm: lowest slice, and where the highest ends, mm above the middle of L3.
        variant: of the spine, one of ``spine.VARIANTS``, or None.

    Returns:
        Structures and vertebral bodies (index in ``spine.VERTEBRAE`` + 1), both uint8 (z, y, x).
    """
    torso = Torso(seed, variant)
    slices = [torso.slice_at(z, pixel_mm) for z in np.arange(*z_range_mm, slice_mm)]
    return np.stack([canvas.labels for canvas in slices]), np.stack([canvas.bodies for canvas in slices])


def render_canvas(canvas: Canvas, hu: np.ndarray, texture: Noise) -> np.ndarray:
    """CT numbers of the structures of a slice, with the texture of muscle and spongy bone but sharp and without noise.

    Args:
        canvas: the slice.
        hu: mean CT number of each structure.
        texture: of the patient.
    """
    image = hu[canvas.labels]
    grain = texture.at(canvas.z, canvas.shape)
    image = image + grain * np.where(np.isin(canvas.labels, MUSCLES), np.float32(6), np.float32(0))
    spongy = np.isin(canvas.labels, (Structure.TRABECULAR_BONE, Structure.STOOL, Structure.SACRUM))
    return image + grain * np.where(spongy, np.float32(25), np.float32(0))


def scan_image(image: np.ndarray, pixel_mm: float, noise_hu: float, rng: np.random.Generator) -> np.ndarray:
    """What a scanner shows of sharp CT numbers, (y, x): blurred and grainy, int16."""
    image = ndimage.gaussian_filter(image, 0.6 / pixel_mm)
    grain = ndimage.gaussian_filter(rng.standard_normal(image.shape, dtype=np.float32), 0.7)
    image = image + grain * np.float32(noise_hu / max(grain.std(), 1e-6))
    return np.round(np.clip(image, -1024, 3071)).astype(np.int16)


def place_middle(source: np.ndarray, target: np.ndarray) -> None:
    """Copy the middle of the source into the middle of the target, as far as both reach."""
    rows, columns = (min(a, b) for a, b in zip(source.shape, target.shape, strict=True))
    top, left = (target.shape[0] - rows) // 2, (target.shape[1] - columns) // 2
    from_top, from_left = (source.shape[0] - rows) // 2, (source.shape[1] - columns) // 2
    target[top : top + rows, left : left + columns] = source[
        from_top : from_top + rows, from_left : from_left + columns
    ]
