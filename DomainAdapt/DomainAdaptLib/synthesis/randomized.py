"""An image of random contrast for any label map, as SynthSeg makes them (Billot et al., Medical Image Analysis 2023).

Each label gets a random mean and spread; then follow a bias field, gamma, and a random resolution. The numbers are
those of the authors' code. Where a label map leaves most of the image without labels, ``add_regions`` divides that part
by the gray values of a real image first.
"""

import numpy as np
from scipy import ndimage

_MEANS, _DEVIATIONS = (25.0, 225.0), (5.0, 25.0)
_BIAS, _BIAS_NODES, _GAMMA, _HIGHEST = 0.7, 4, 0.5, 300.0
_COARSEST_MM, _SHARP = 4.0, 0.05


def randomized_image(labels: np.ndarray, seed: int, spacing_mm: tuple[float, ...] | None = None) -> np.ndarray:
    """Make an image.

    Args:
        labels: whole numbers from 0, of 2 or 3 axes.
        seed: the same labels and seed give the same image.
        spacing_mm: voxel size along the axes of the array; 1 mm if None.

    Returns:
        float32 of the same shape, values from 0 to 1.
    """
    rng = np.random.default_rng(seed)
    count = int(labels.max()) + 1
    means, deviations = rng.uniform(*_MEANS, count), rng.uniform(*_DEVIATIONS, count)
    image = means[labels] + deviations[labels] * rng.standard_normal(labels.shape)
    image = np.clip(image * np.exp(_smooth_field(labels.shape, rng)), 0, _HIGHEST)
    image = (image - image.min()) / max(float(np.ptp(image)), 1e-6)
    image = image ** np.exp(rng.normal(0, _GAMMA))
    return _coarser(image, rng, spacing_mm or (1.0,) * labels.ndim).astype(np.float32)


def add_regions(labels: np.ndarray, image: np.ndarray, count: int) -> np.ndarray:
    """Divide what has no label by gray values, so that it does not become one flat region.

    Args:
        labels: 0 where there is no label.
        image: of the same shape.
        count: number of regions; they hold equally many voxels.

    Returns:
        int64; labels above 0 as they were, the regions after them, the darkest region 0.
    """
    empty = labels == 0
    values = ndimage.gaussian_filter(image.astype(np.float32), 1.0)[empty]
    limits = np.quantile(values, np.linspace(0, 1, count + 1)[1:-1]) if values.size else []
    divided = labels.astype(np.int64)
    region = np.searchsorted(limits, values)
    divided[empty] = np.where(region > 0, int(labels.max()) + region, 0)
    return divided


def _smooth_field(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    nodes = rng.normal(0, rng.uniform(0, _BIAS), [_BIAS_NODES] * len(shape))
    zoom = [size / _BIAS_NODES for size in shape]
    return ndimage.zoom(nodes, zoom, order=1 if min(shape) < _BIAS_NODES else 3, mode="nearest")


def _coarser(image: np.ndarray, rng: np.random.Generator, spacing_mm: tuple[float, ...]) -> np.ndarray:
    """Blur to a coarser voxel size, the same along all axes, and sample again."""
    if rng.uniform() < _SHARP:
        return image
    wanted = [rng.uniform(size, max(size, _COARSEST_MM)) for size in spacing_mm]
    sigma = [0.5 * coarse / size if coarse > size else 0.0 for coarse, size in zip(wanted, spacing_mm, strict=True)]
    return ndimage.gaussian_filter(image, sigma)
