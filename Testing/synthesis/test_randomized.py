"""Images of random contrast for label maps."""

import numpy as np
import pytest

from DomainAdaptLib.synthesis.randomized import divided, randomized_image, recolored


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


def test_labels_and_what_has_none_are_divided_by_gray_values(labels):
    plane = labels[0]
    ramp = np.tile(np.linspace(0, 1, 40), (40, 1))
    parts = divided(plane, ramp, np.random.default_rng(0))
    assert all(len(np.unique(plane[parts == part])) == 1 for part in np.unique(parts))
    assert np.array_equal(parts == 0, (plane == 0) & (ramp <= 0.05))
    means = [ramp[parts == part].mean() for part in np.unique(parts[plane == 0])]
    assert len(means) > 3 and means == sorted(means)
    assert divided(np.ones((5, 5), np.uint8), np.zeros((5, 5)), np.random.default_rng(0)).min() > 0


def test_air_stays_dark_where_that_is_wanted(labels):
    for seed in range(5):
        image = randomized_image(labels, seed, (4.0, 4.0, 4.0), dark_air=True)
        assert image[labels == 0].max() < 0.1 < image[labels > 0].mean()


def test_a_recolored_image_has_another_contrast_and_dark_air():
    ramp = np.tile(np.linspace(-5, 9, 50), (50, 1))
    curves = [recolored(ramp, np.random.default_rng(seed)) for seed in range(20)]
    assert all(curve[0, 0] == 0 and 0 <= curve.min() <= curve.max() <= 1 for curve in curves)
    assert any(np.diff(curve[0]).min() < 0 for curve in curves)
    assert np.array_equal(recolored(np.ones((3, 3)), np.random.default_rng(0)), np.zeros((3, 3)))
