"""Gray values as a network expects them."""

import pytest
import torch

from SegmentL3Lib.inference.normalize import normalizer, uses_mask
from SegmentL3Lib.models.plan import Normalization

IMAGE = torch.tensor([[[0.0, 2.0], [4.0, 10.0]]])


def normalized(normalization, mask=None):
    return normalizer(normalization, lambda: [(IMAGE, mask)])(IMAGE, mask)


def test_a_range_is_mapped_and_clipped():
    scaled = normalized(Normalization("range", lower=2, upper=6, target_lower=-1, target_upper=1))
    assert scaled.flatten().tolist() == [-1, -1, 0, 1]


def test_a_second_normalization_works_on_the_outcome_of_the_first():
    clipped = Normalization("range", lower=0, upper=4, target_lower=0, target_upper=4)
    scaled = normalized(Normalization(**{**vars(clipped), "then": Normalization("z_score")}))
    first = normalized(clipped)
    assert torch.allclose(scaled, (first - first.mean()) / first.std(correction=0))


def test_a_mask_is_used_where_any_of_two_normalizations_needs_it():
    inside = Normalization("z_score", inside_mask=True)
    assert uses_mask(Normalization("none", then=inside)) and not uses_mask(Normalization("none"))


def test_statistics_come_from_voxels_that_are_not_zero_where_the_plan_says_so():
    scaled = normalized(Normalization("z_score", nonzero_only=True))
    nonzero = IMAGE[IMAGE != 0]
    assert scaled[0, 0, 0] == 0
    assert scaled[0, 0, 1].item() == pytest.approx(((2 - nonzero.mean()) / nonzero.std(correction=0)).item(), rel=1e-5)
