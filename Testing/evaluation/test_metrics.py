"""Figures of a predicted mask against a drawn one."""

import math

import numpy as np
import pytest
import torch
from monai.metrics import compute_average_surface_distance, compute_hausdorff_distance
from scipy import ndimage

from DomainAdaptLib.evaluation.metrics import compare_masks, dice, surface_distances


def square(top, left, size=10):
    mask = np.zeros((40, 50), bool)
    mask[top : top + size, left : left + size] = True
    return mask


EMPTY = np.zeros((40, 50), bool)


def blob(seed):
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).standard_normal((60, 70)), 5)
    return noise > 0.6 * noise.max()


def test_dice_is_1_for_the_same_mask_and_0_for_masks_apart():
    assert dice(square(5, 5), square(5, 5)) == 1
    assert dice(square(5, 5), square(25, 25)) == 0
    assert math.isnan(dice(EMPTY, EMPTY))


def test_a_shifted_square_has_half_the_overlap_and_the_distance_of_the_shift():
    mean, hausdorff = surface_distances(square(5, 5), square(5, 10), (2.0, 3.0))
    assert dice(square(5, 5), square(5, 10)) == 0.5
    assert hausdorff == 15.0 and 0 < mean < 15.0


def test_the_same_border_has_distance_0_wherever_it_lies_in_the_image():
    assert surface_distances(square(0, 0), square(0, 0), (1.0, 1.0)) == (0.0, 0.0)


@pytest.mark.parametrize("seed", range(3))
def test_surface_distances_are_those_of_monai(seed):
    first, second, spacing = blob(seed), blob(seed + 10), (0.7, 1.3)
    ours = surface_distances(first, second, spacing)
    one_hot = [torch.from_numpy(np.stack([~mask, mask])[None].astype(np.float32)) for mask in (first, second)]
    mean = compute_average_surface_distance(*one_hot, symmetric=True, spacing=spacing)
    hausdorff = compute_hausdorff_distance(*one_hot, percentile=95, spacing=spacing)
    assert ours == pytest.approx((mean.item(), hausdorff.item()), rel=1e-4)


def test_area_and_mean_hu_are_errors_of_the_prediction_with_their_sign():
    hu = np.zeros((40, 50), np.int16)
    hu[:10] = 100
    figures = compare_masks(square(0, 0, 20), square(0, 0, 10), hu, (1.0, 2.0))
    assert figures.drawn_cm2 == pytest.approx(2.0)
    assert figures.area_error_cm2 == pytest.approx(6.0)
    assert figures.area_error_percent == pytest.approx(300.0)
    assert figures.hu_error == pytest.approx(-50.0)


def test_what_cannot_be_computed_for_a_missing_tissue_is_nan():
    hu = np.zeros((40, 50), np.int16)
    added = compare_masks(square(5, 5), EMPTY, hu, (1.0, 1.0))
    assert added.dice == 0 and added.area_error_cm2 == pytest.approx(1.0)
    assert math.isnan(added.area_error_percent) and math.isnan(added.hu_error) and math.isnan(added.surface_mm)
    missed = compare_masks(EMPTY, square(5, 5), hu, (1.0, 1.0))
    assert missed.area_error_percent == -100 and math.isnan(missed.hausdorff95_mm)
