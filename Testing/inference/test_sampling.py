"""Grids of the network: nnU-Net's resizing and MONAI's spacing, reproduced axis by axis."""

import numpy as np
import pytest
import torch
from monai.data import MetaTensor
from monai.transforms import Spacing

from inference.plain_reference import nnunet_resized
from inference.small_models import AS_MONAI, AS_NNUNET
from SegmentL3Lib.errors import ModelError
from SegmentL3Lib.inference.resample import resample_image
from SegmentL3Lib.inference.sampling import AxisSampling, network_samplings, scan_samplings
from SegmentL3Lib.models.plan import Resampling


def image_of(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def resampled(array, axes, coarse=None, flipped=(False, False, False)):
    return resample_image(lambda rows: torch.from_numpy(array[rows].copy()), axes, flipped, coarse).numpy()


@pytest.mark.parametrize("shape", [(20, 30, 26), (1, 30, 26), (20, 2, 26)])
@pytest.mark.parametrize("target", [(10, 15, 13), (33, 41, 30), (20, 17, 26)])
def test_cubic_splines_are_those_of_nnunets_resizing(shape, target):
    axes = [AxisSampling(old, new, 3) for old, new in zip(shape, target, strict=True)]
    array = image_of(shape)
    np.testing.assert_allclose(resampled(array, axes), nnunet_resized(array, target, 3), atol=2e-5)


@pytest.mark.parametrize("coarse", [0, 1, 2])
def test_a_coarse_axis_is_resampled_apart_and_by_the_nearest_slice(coarse):
    spacing = [1.0, 1.0, 1.0]
    spacing[coarse] = 5.0
    axes, found = network_samplings(Resampling((2.0, 1.5, 0.8), exact=True), (12, 14, 16), spacing)
    assert found == coarse
    array = image_of((12, 14, 16))
    expected = nnunet_resized(array, [axis.target for axis in axes], 3, coarse)
    np.testing.assert_allclose(resampled(array, axes, coarse), expected, atol=2e-5)


def test_two_coarse_axes_are_not_resampled_apart():
    assert network_samplings(AS_NNUNET, (8, 8, 8), (1.25, 1.25, 0.24))[1] is None


def test_a_coarse_axis_can_be_forbidden_and_forced():
    assert (
        network_samplings(Resampling((1.0,) * 3, exact=True, separate_z=False), (8, 8, 8), (5.0, 1.0, 1.0))[1] is None
    )
    assert network_samplings(Resampling((1.0,) * 3, exact=True, separate_z=True), (8, 8, 8), (2.0, 1.0, 1.0))[1] == 0


def test_counts_of_voxels_are_rounded_as_nnunet_does():
    axes, _ = network_samplings(Resampling((3.0, 1.0, 1.0), exact=True), (25, 9, 9), (1.5, 0.5, 1.0))
    assert [axis.target for axis in axes] == [round(12.5), round(4.5), 9]


@pytest.mark.parametrize("spacing", [(1.5, 1.5, 1.5), (5.0, 0.7, 0.9)])
def test_linear_sampling_is_monais_spacing_and_its_inverse(spacing):
    array = image_of((12, 21, 18))
    axes, coarse = network_samplings(AS_MONAI, array.shape, spacing)
    transform = Spacing(AS_MONAI.spacing_mm, mode="bilinear")
    image = MetaTensor(torch.from_numpy(array)[None], affine=np.diag([*spacing, 1.0]))
    expected = transform(image)
    found = resampled(array, axes, coarse)
    np.testing.assert_allclose(found, expected[0].numpy(), atol=1e-4)
    back = scan_samplings(AS_MONAI, axes, spacing)
    np.testing.assert_allclose(resampled(found, back), transform.inverse(expected)[0].numpy(), atol=1e-4)


@pytest.mark.parametrize("target", [(10, 15, 13), (20, 30, 26)])
def test_a_flipped_axis_is_counted_from_its_end(target):
    array = image_of((20, 30, 26))
    axes = [AxisSampling(old, new, 1, None) for old, new in zip(array.shape, target, strict=True)]
    expected = resampled(array[::-1, :, ::-1], axes)
    np.testing.assert_allclose(resampled(array, axes, flipped=(True, False, True)), expected, atol=1e-6)


def test_orders_that_are_not_understood_are_refused():
    with pytest.raises(ModelError, match="order 5"):
        network_samplings(Resampling((1.0,) * 3, image_order=5, exact=True), (8, 8, 8), (2.0,) * 3)
    with pytest.raises(ModelError, match="splines"):
        axes, _ = network_samplings(AS_NNUNET, (8, 8, 8), (2.0,) * 3)
        scan_samplings(Resampling((1.0,) * 3, output_order=3, exact=True), axes, (2.0,) * 3)


def test_slabs_do_not_change_the_result(monkeypatch):
    array = image_of((20, 30, 26))
    axes = [AxisSampling(old, new, 3) for old, new in zip(array.shape, (11, 14, 29), strict=True)]
    whole = resampled(array, axes)
    monkeypatch.setattr("SegmentL3Lib.inference.resample.SLAB_VALUES", 1000)
    monkeypatch.setattr("SegmentL3Lib.inference.resample.slabs.__defaults__", (1000,))
    np.testing.assert_allclose(resampled(array, axes), whole, atol=1e-6)
