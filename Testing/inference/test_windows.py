"""Windows lie where nnU-Net and MONAI put them, and count as they have it."""

import numpy as np
import pytest
import torch
from monai.data.utils import compute_importance_map, dense_patch_slices
from monai.inferers.utils import _get_scan_interval
from scipy import ndimage

from SegmentL3Lib.errors import ModelError
from SegmentL3Lib.inference.windows import importance, window_starts
from SegmentL3Lib.models.plan import Window


def test_even_windows_are_those_of_the_example_in_nnunets_source():
    # An image of 110 voxels, patches of 64 and half a patch of step: 0, 23, 46.
    assert window_starts((110,), Window((64,), "nnunet")) == [(0,), (23,), (46,)]


def test_an_image_as_large_as_the_patch_takes_one_window():
    assert window_starts((8, 16), Window((8, 16), "nnunet")) == [(0, 0)]
    assert window_starts((8, 16), Window((8, 16), "monai")) == [(0, 0)]


@pytest.mark.parametrize("overlap", [0.0, 0.25, 0.5, 0.625, 0.8])
@pytest.mark.parametrize("shape", [(32, 33, 100), (40, 64, 47), (33, 127, 96)])
def test_fixed_windows_are_those_of_monai(shape, overlap):
    patch = (32, 32, 40)
    size = tuple(np.maximum(shape, patch).tolist())
    interval = _get_scan_interval(size, patch, 3, (overlap,) * 3)
    expected = [tuple(part.start for part in place) for place in dense_patch_slices(size, patch, interval)]
    assert window_starts(size, Window(patch, "monai", step=1 - overlap)) == expected


def test_windows_of_an_unknown_scheme_are_refused():
    with pytest.raises(ModelError, match="diagonal"):
        window_starts((8,), Window((8,), "diagonal"))


def test_weights_of_nnunet_are_a_filtered_impulse():
    impulse = np.zeros((10, 16, 7))
    impulse[5, 8, 3] = 1
    expected = ndimage.gaussian_filter(impulse, [1.25, 2.0, 0.875], mode="constant")
    found = importance(Window((10, 16, 7), "nnunet")).numpy()
    np.testing.assert_allclose(found, expected / expected.max(), rtol=1e-5)


def test_weights_of_monai_are_monais():
    found = importance(Window((10, 16, 7), "monai", sigma_scale=0.2))
    assert torch.equal(found, compute_importance_map((10, 16, 7), mode="gaussian", sigma_scale=0.2))


def test_every_voxel_counts_even_where_the_gaussian_vanishes():
    weights = importance(Window((64, 64, 64), "nnunet", sigma_scale=0.02))
    assert float(weights.min()) > 0


def test_without_gaussian_all_voxels_count_alike():
    assert torch.equal(importance(Window((4, 5), "nnunet", gaussian=False)), torch.ones(4, 5))
