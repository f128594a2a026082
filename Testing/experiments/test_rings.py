"""The toy task."""

import numpy as np
import torch
from scipy import ndimage

from DomainAdaptLib.experiments.rings import ring_pairs


def test_the_same_seed_gives_the_same_rings_and_another_seed_others():
    first, again, other = ring_pairs(3, 8, 32), ring_pairs(3, 8, 32), ring_pairs(4, 8, 32)
    assert torch.equal(first.images, again.images) and torch.equal(first.masks, again.masks)
    assert not torch.equal(first.masks, other.masks)


def test_every_mask_is_one_ring():
    for mask in ring_pairs(0, 40, 32).masks[:, 0].numpy() > 0:
        parts, count = ndimage.label(~mask, np.ones((3, 3)))
        hole = [number for number in range(1, count + 1) if not _touches_border(parts == number)]
        assert ndimage.label(mask, np.ones((3, 3)))[1] == 1 and len(hole) == 1


def _touches_border(part):
    return part[0].any() or part[-1].any() or part[:, 0].any() or part[:, -1].any()


def test_ring_and_ground_differ_by_texture_and_not_by_brightness():
    pairs = ring_pairs(0, 60, 32)
    inside, outside = pairs.images[pairs.masks > 0], pairs.images[pairs.masks == 0]
    assert abs(inside.mean() - outside.mean()) < 0.1
    assert pairs.images.min() >= 0 and pairs.images.max() <= 1
    covered = pairs.masks.bool()
    same_place = (covered.any(0) & (~covered).any(0)).expand_as(covered)
    ring = torch.where(covered, pairs.images, 0).amax(0)
    ground = torch.where(~covered, pairs.images, 0).amax(0)
    assert (ring - ground)[same_place[0]].abs().mean() > 0.15
