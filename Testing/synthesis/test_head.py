"""Phantom heads look like MR, have the lesions that their truth says, and are the same for the same seed."""

import numpy as np
import pytest
from scipy import ndimage

from DomainAdaptLib.synthesis.head import LESIONS, Tissue, make_head, signals
from SegmentL3Lib.quality.contrasts import fluid_rank, looks_like_ct
from SegmentL3Lib.tasks import limit

VOXEL_MM = 2.5


@pytest.fixture(scope="module")
def head():
    return make_head(3, VOXEL_MM)


def median(head, sequence, tissue):
    return np.median(head.images[sequence][head.tissues == tissue])


def test_images_and_tissues_lie_on_one_grid(head):
    assert set(head.images) == {"FLAIR", "T1", "T1c", "T2"}
    assert {image.shape for image in head.images.values()} == {head.tissues.shape} == {(72, 88, 72)}
    assert {image.dtype for image in head.images.values()} == {np.dtype(np.int16)}


def test_same_seed_gives_the_same_head_and_another_one_another(head):
    again, other = make_head(3, VOXEL_MM), make_head(4, VOXEL_MM)
    assert all(np.array_equal(again.images[name], image) for name, image in head.images.items())
    assert not np.array_equal(other.tissues, head.tissues)


def test_contrasts_are_those_of_the_sequences(head):
    fluid, gray, white, lesion = Tissue.FLUID, Tissue.GRAY_MATTER, Tissue.WHITE_MATTER, Tissue.LESION
    assert median(head, "T1", fluid) < median(head, "T1", gray) < median(head, "T1", white)
    assert median(head, "T2", fluid) > median(head, "T2", gray) > median(head, "T2", white)
    assert median(head, "FLAIR", fluid) < median(head, "FLAIR", white)
    assert np.argmax(signals("FLAIR")) in (lesion, Tissue.ENHANCING_LESION)
    enhancing = Tissue.ENHANCING_LESION
    assert median(head, "T1c", enhancing) > 1.3 * median(head, "T1", enhancing)


def test_inversion_extinguishes_fluid():
    assert signals("FLAIR")[Tissue.FLUID] < 0.01 * signals("FLAIR")[Tissue.WHITE_MATTER]


def test_lesions_are_apart_and_lie_in_the_brain(head):
    _, count = ndimage.label(head.lesions, np.ones((3, 3, 3)))
    assert 1 <= count <= LESIONS[1]
    around = ndimage.binary_dilation(head.lesions) & ~head.lesions
    assert not np.isin(head.tissues[around], (Tissue.AIR, Tissue.SKULL, Tissue.FAT)).any()


def test_checks_of_contrasts_take_it_for_what_it_is(head):
    assert not any(looks_like_ct(image) for image in head.images.values())
    for dark in ("FLAIR", "T1", "T1c"):
        assert fluid_rank(head.images["T2"], head.images[dark]) <= limit("fluid_rank_max")
    assert fluid_rank(head.images["FLAIR"], head.images["T2"]) > limit("fluid_rank_max")


def test_progress_ends_at_one():
    told = []
    make_head(0, 6.0, told.append)
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1.0)
