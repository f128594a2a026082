"""An image of random contrast for any label map, as SynthSeg makes them (Billot et al., Medical Image Analysis 2023).

Each label gets a random mean and spread; then follow a bias field, gamma, and a random resolution. The numbers are
those of the authors' code. Where labels are coarse, or leave most of the image without any, ``divided`` makes parts of
them by the gray values of a real image first. ``recolored`` gives the real image itself another contrast.
"""

import numpy as np
from scipy import ndimage

_MEANS, _DEVIATIONS = (25.0, 225.0), (5.0, 25.0)
_BIAS, _BIAS_NODES, _GAMMA, _HIGHEST = 0.7, 4, 0.5, 300.0
_COARSEST_MM, _SHARP = 4.0, 0.05
_AIR_SHARE = 0.05  # of the range of gray values, up to which what has no label is air
_PARTS_OF_A_LABEL, _PARTS_WITHOUT = (1, 3), (3, 6)  # fewest and most
_TURNS = (3, 6)  # of a curve of gray values, fewest and most


def randomized_image(
    labels: np.ndarray, seed: int, spacing_mm: tuple[float, ...] | None = None, dark_air: bool = False
) -> np.ndarray:
    """Make an image.

    Args:
        labels: whole numbers from 0, of 2 or 3 axes.
        seed: the same labels and seed give the same image.
        spacing_mm: voxel size along the axes of the array; 1 mm if None.
        dark_air: whether 0 is air, which gives no signal in any contrast.

    Returns:
        float32 of the same shape, values from 0 to 1.
    """
    rng = np.random.default_rng(seed)
    count = int(labels.max()) + 1
    means, deviations = rng.uniform(*_MEANS, count), rng.uniform(*_DEVIATIONS, count)
    if dark_air:
        means[0] = deviations[0] = 0
    image = means[labels] + deviations[labels] * rng.standard_normal(labels.shape)
    image = np.clip(image * np.exp(_smooth_field(labels.shape, rng)), 0, _HIGHEST)
    image = (image - image.min()) / max(float(np.ptp(image)), 1e-6)
    image = image ** np.exp(rng.normal(0, _GAMMA))
    return _coarser(image, rng, spacing_mm or (1.0,) * labels.ndim).astype(np.float32)


def divided(labels: np.ndarray, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Divide labels, and what has none, by gray values of the image, into a random number of parts of equal size.

    Args:
        labels: 0 where there is no label.
        image: of the same shape.
        rng: chance.

    Returns:
        int64; 0 is air: the darkest of what has no label. No part belongs to two labels.
    """
    air = (labels == 0) & (image <= image.min() + _AIR_SHARE * np.ptp(image))
    parts, count = np.zeros(labels.shape, np.int64), 1
    for label in range(int(labels.max()) + 1):
        own = (labels == label) & ~air
        fewest, most = _PARTS_OF_A_LABEL if label else _PARTS_WITHOUT
        number = int(rng.integers(fewest, most + 1))
        if own.any():
            limits = np.quantile(image[own], np.linspace(0, 1, number + 1)[1:-1])
            parts[own] = count + np.searchsorted(limits, image[own])
        count += number
    return parts


def recolored(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The image with its gray values sent through a random curve, which rises and falls; the darkest stay dark.

    Returns:
        float32 of the same shape, values from 0 to 1.
    """
    values = (image - image.min()) / max(float(np.ptp(image)), 1e-6)
    turns = int(rng.integers(_TURNS[0], _TURNS[1] + 1))
    places = np.sort(np.r_[0.0, rng.uniform(_AIR_SHARE, 1, turns - 2), 1.0])
    return np.interp(values, places, np.r_[0.0, rng.uniform(0, 1, turns - 1)]).astype(np.float32)


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
