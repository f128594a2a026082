"""Where each pixel of one aligned slice lies in another: affine, then free, by gray values."""

import numpy as np
import SimpleITK as sitk

from .aligned import GRID

BODY_GRAY = 0.02  # darker pixels are air

# Pixels of the affine step, and of the two steps of the free one, are so many times as large as those of the slice.
_AFFINE_SHRINK, _COARSE_SHRINK, _FINE_SHRINK = 4, 4, 2
_AFFINE_ITERATIONS = 60
_AFFINE_STEP_PIXELS = 1.0
_AFFINE_SIGMA_PIXELS = 2.0
_COARSE_ITERATIONS, _FINE_ITERATIONS = 40, 20
_COARSE_SIGMA_PIXELS, _FINE_SIGMA_PIXELS = 1.0, 1.5  # smoothing of the displacement
_ANTIALIAS_PIXELS = 0.8
_MARGIN_PIXELS = 6


def corresponding_places(
    fixed: np.ndarray, moving: np.ndarray, center_yx: tuple[float, float] = GRID.spine
) -> np.ndarray:
    """Register two slices.

    Affine by mean squares, then Thirion's demons with symmetric forces (Vercauteren et al., NeuroImage 2009), from
    coarse to fine, in the part of the slices where there is body in one of them. One thread computes each pair: several
    add the sums of the metric in another order, and the result would depend on the computer.

    Args:
        fixed: image of ``aligned.AlignedSlice``, (y, x).
        moving: another one.
        center_yx: pixel around which the affine step turns and scales.

    Returns:
        For each pixel of ``fixed`` its place in ``moving``, (row, column), float64 (2, y, x).
    """
    fixed_image, moving_image = (sitk.GetImageFromArray(image.astype(np.float32)) for image in (fixed, moving))
    affine = _affine(fixed_image, moving_image, center_yx)
    moved = sitk.Resample(moving_image, fixed_image, affine, sitk.sitkLinear, 0.0)
    displacement_xy = sitk.GetArrayFromImage(_demons(fixed_image, moved))
    rows, columns = np.indices(fixed.shape, float)
    places_xy = np.stack([columns, rows], -1) + displacement_xy
    matrix, center = np.array(affine.GetMatrix()).reshape(2, 2), np.array(affine.GetCenter())
    carried = (places_xy - center) @ matrix.T + center + np.array(affine.GetTranslation())
    return np.stack([carried[..., 1], carried[..., 0]])


def _affine(fixed: sitk.Image, moving: sitk.Image, center_yx: tuple[float, float]) -> sitk.AffineTransform:
    transform = sitk.AffineTransform(2)
    transform.SetCenter(tuple(reversed(center_yx)))
    method = sitk.ImageRegistrationMethod()
    method.SetNumberOfThreads(1)
    method.SetMetricAsMeanSquares()
    method.SetInterpolator(sitk.sitkLinear)
    method.SetOptimizerAsRegularStepGradientDescent(_AFFINE_STEP_PIXELS, 1e-3, _AFFINE_ITERATIONS, 0.6, 1e-5)
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetShrinkFactorsPerLevel([_AFFINE_SHRINK])
    method.SetSmoothingSigmasPerLevel([_AFFINE_SIGMA_PIXELS])
    method.SetInitialTransform(transform, inPlace=True)
    method.Execute(fixed, moving)
    return transform


def _demons(fixed: sitk.Image, moving: sitk.Image) -> sitk.Image:
    """Displacement (x, y) in pixels of the fixed image, at each of them; none far from the bodies."""
    window = _body_window(fixed, moving)
    pair = [image[window] for image in (fixed, moving)]
    coarse = _displacement(pair, _COARSE_SHRINK, _COARSE_ITERATIONS, _COARSE_SIGMA_PIXELS)
    fine = _displacement(pair, _FINE_SHRINK, _FINE_ITERATIONS, _FINE_SIGMA_PIXELS, coarse)
    return _resample(fine, fixed)


def _displacement(pair, shrink: int, iterations: int, sigma_pixels: float, start: sitk.Image | None = None):
    soft = [sitk.SmoothingRecursiveGaussian(image, _ANTIALIAS_PIXELS * shrink / 2) for image in pair]
    small = [sitk.BinShrink(image, [shrink, shrink]) for image in soft]
    demons = sitk.FastSymmetricForcesDemonsRegistrationFilter()
    demons.SetNumberOfThreads(1)
    demons.SetNumberOfIterations(iterations)
    demons.SetStandardDeviations(sigma_pixels)
    return demons.Execute(*small) if start is None else demons.Execute(*small, _resample(start, small[0]))


def _resample(displacement: sitk.Image, on: sitk.Image) -> sitk.Image:
    return sitk.Resample(displacement, on, sitk.Transform(), sitk.sitkLinear, 0.0)


def _body_window(*images: sitk.Image) -> tuple[slice, slice]:
    """Columns and rows of the part that holds the bodies of all images."""
    body = np.any([sitk.GetArrayViewFromImage(image) > BODY_GRAY for image in images], axis=0)
    found = (np.flatnonzero(body.any(axis)) for axis in (0, 1))
    return tuple(
        slice(max(0, int(place[0]) - _MARGIN_PIXELS), min(size, int(place[-1]) + 1 + _MARGIN_PIXELS))
        if place.size
        else slice(0, size)
        for place, size in zip(found, images[0].GetSize(), strict=True)
    )
