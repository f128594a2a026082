"""Images of random contrast for label maps."""

import numpy as np
import pytest

from DomainAdaptLib.synthesis.randomized import add_regions, randomized_image


@pytest.fixture
def labels():
    array = np.zeros((6, 40, 40), np.uint8)
    array[:, 5:20, 5:35] = 1
    array[:, 20:35, 5:35] = 2
    return array


def test_the_same_seed_gives_the_same_image_and_another_seed_another_contrast(labels):
    first, again, other = (randomized_image(labels, seed) for seed in (1, 1, 2))
    assert first.shape == labels.shape and first.dtype == np.float32
    assert 0 <= first.min() <= first.max() <= 1.0001
    assert np.array_equal(first, again) and not np.allclose(first, other, atol=0.05)


def test_labels_differ_in_brightness(labels):
    distances = []
    for seed in range(8):
        image = randomized_image(labels, seed)
        distances.append(abs(image[labels == 1].mean() - image[labels == 2].mean()))
    assert np.mean(distances) > 0.1


def test_thin_and_flat_arrays_can_be_made(labels):
    assert randomized_image(labels[:1], 0, (5.0, 1.0, 1.0)).shape == (1, 40, 40)
    assert randomized_image(labels[0], 0).shape == (40, 40)
    assert randomized_image(np.zeros((4, 4), np.uint8), 0).shape == (4, 4)


def test_what_has_no_label_is_divided_by_gray_values(labels):
    plane = labels[0]
    ramp = np.tile(np.linspace(0, 1, 40), (40, 1))
    regions = add_regions(plane, ramp, 4)
    assert np.array_equal(regions[plane > 0], plane[plane > 0])
    assert set(np.unique(regions[plane == 0])) == {0, 3, 4, 5}
    assert np.array_equal(add_regions(np.ones((5, 5), np.uint8), np.zeros((5, 5)), 3), np.ones((5, 5)))
