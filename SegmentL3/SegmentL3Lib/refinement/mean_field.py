"""Fully connected conditional random field over the voxels of a scan, by mean field.

P. Kraehenbuehl, V. Koltun: Efficient inference in fully connected CRFs with Gaussian edge potentials. NIPS 2011; in 3D
with several contrasts as K. Kamnitsas et al., Medical Image Analysis 36, 61-78, 2017.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from .permutohedral import PermutohedralLattice

_LEAST_PROBABILITY = 1e-6

# The values of the mask's voxels, filtered.
_Filter = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class CrfParameters:
    """Widths and weights of the two kernels.

    Attributes:
        smoothness_mm: width of the kernel that knows the place alone.
        smoothness_weight: its weight.
        position_mm: width in space of the kernel that knows the gray values too.
        intensity: width in gray values, in standard deviations of each contrast.
        appearance_weight: its weight.
        iterations: of the mean field.
    """

    smoothness_mm: float
    smoothness_weight: float
    position_mm: float
    intensity: float
    appearance_weight: float
    iterations: int


def dense_crf(
    probabilities: np.ndarray,
    contrasts: Sequence[np.ndarray],
    mask: np.ndarray,
    spacing_mm: Sequence[float],
    parameters: CrfParameters,
) -> np.ndarray:
    """Probabilities after the mean field, with equal penalties for all pairs of classes (Potts model).

    Args:
        probabilities: float32 (class, z, y, x), summing to 1 over the classes.
        contrasts: images (z, y, x), any unit.
        mask: boolean (z, y, x), the voxels that take part; others keep their probabilities.
        spacing_mm: voxel size, (z, y, x).
        parameters: of the kernels.

    Returns:
        float32 (class, z, y, x).
    """
    if not mask.any():
        return probabilities.copy()
    box = ndimage.find_objects(mask.astype(np.uint8))[0]
    inside = mask[box]
    chosen = probabilities[(slice(None), *box)][:, inside].astype(np.float32)
    place = _place_filter(inside, spacing_mm, parameters.smoothness_mm)
    grays = [image[box][inside] for image in contrasts]
    appearance = PermutohedralLattice(_features(grays, inside, spacing_mm, parameters)).filter
    kernels = [
        _normalized(place, parameters.smoothness_weight, chosen),
        _normalized(appearance, parameters.appearance_weight, chosen),
    ]
    result = probabilities.astype(np.float32, copy=True)
    result[(slice(None), *box)][:, inside] = _mean_field(chosen, kernels, parameters.iterations)
    return result


def _mean_field(probabilities: np.ndarray, kernels: Sequence[_Filter], iterations: int) -> np.ndarray:
    """Probabilities (class, voxel) after so many updates of all voxels at once.

    The classes sum to 1, so that the last message follows from the others.
    """
    unary = np.log(np.maximum(probabilities, _LEAST_PROBABILITY))
    everything = sum(kernel(np.ones_like(unary[0])) for kernel in kernels)
    current = probabilities
    for _ in range(iterations):
        energy = unary.copy()
        rest = everything.copy()
        for number in range(len(current) - 1):
            message = sum(kernel(current[number]) for kernel in kernels)
            energy[number] += message
            rest -= message
        energy[-1] += rest
        energy -= energy.max(axis=0)
        current = np.exp(energy, out=energy)
        current /= current.sum(axis=0)
    return current


def _normalized(apply: _Filter, weight: float, like: np.ndarray) -> _Filter:
    """Filter divided by the square roots of what it makes of ones at both of its ends, times a weight."""
    norm = 1 / np.sqrt(np.maximum(apply(np.ones_like(like[0])), np.finfo(np.float32).tiny))
    return lambda values: weight * norm * apply(norm * values)


def _place_filter(inside: np.ndarray, spacing_mm: Sequence[float], width_mm: float) -> _Filter:
    """Gaussian over the places of a mask; on a grid it needs no lattice."""
    widths = [width_mm / size for size in spacing_mm]
    image = np.zeros(inside.shape, np.float32)

    def apply(values: np.ndarray) -> np.ndarray:
        image[inside] = values
        return ndimage.gaussian_filter(image, widths, mode="constant", truncate=3)[inside]

    return apply


def _features(
    contrasts: Sequence[np.ndarray], inside: np.ndarray, spacing_mm: Sequence[float], parameters: CrfParameters
) -> np.ndarray:
    """Place and gray values of each voxel of the mask, in units of the kernel's widths, float32 (voxel, dimension)."""
    places = np.argwhere(inside).astype(np.float32) * np.asarray(spacing_mm, np.float32)
    grays = [np.asarray(values, np.float32) for values in contrasts]
    scaled = [(values - values.mean()) / max(float(values.std()), 1e-6) for values in grays]
    columns = [places / np.float32(parameters.position_mm)]
    columns += [values[:, None] / np.float32(parameters.intensity) for values in scaled]
    return np.concatenate(columns, axis=1)
