"""The dense conditional random field against one that looks at every pair of voxels."""

from dataclasses import replace

import numpy as np
import pytest

from SegmentL3Lib.refinement import CrfParameters, dense_crf, refine_with_crf
from SegmentL3Lib.refinement.permutohedral import PermutohedralLattice
from SegmentL3Lib.volume import Geometry, Volume

SPACING_MM = (1.5, 1.0, 1.0)
PARAMETERS = CrfParameters(
    smoothness_mm=1.5, smoothness_weight=1.0, position_mm=4.0, intensity=1.0, appearance_weight=2.0, iterations=5
)


def blobs(classes, contrasts, shape=(8, 11, 12), noise=0.9):
    """True classes, noisy probabilities, images."""
    rng = np.random.default_rng(0)
    z, y, x = np.indices(shape)
    truth = (((y - 5) ** 2 + (x - 6) ** 2 + (z - 4) ** 2 < 14) * (1 + (x > 6) * (classes > 2))).astype(int)
    logits = 1.5 * np.eye(classes)[truth].transpose(3, 0, 1, 2) + noise * rng.standard_normal((classes, *shape))
    probabilities = np.exp(logits) / np.exp(logits).sum(0)
    images = [truth * (1 + number) + 0.3 * rng.standard_normal(shape) for number in range(contrasts)]
    return truth, probabilities.astype(np.float32), [image.astype(np.float32) for image in images]


def brute_force(probabilities, images, mask, spacing_mm, parameters):
    """Mean field with the kernels as matrices."""
    places = np.argwhere(mask) * np.array(spacing_mm)
    grays = np.stack([image[mask] / image[mask].std() for image in images], 1)

    def gaussian(features):
        return np.exp(-((features[:, None] - features[None]) ** 2).sum(-1) / 2)

    kernels = [
        (parameters.smoothness_weight, gaussian(places / parameters.smoothness_mm)),
        (
            parameters.appearance_weight,
            gaussian(np.concatenate([places / parameters.position_mm, grays / parameters.intensity], 1)),
        ),
    ]
    total = 0
    for weight, kernel in kernels:
        norm = 1 / np.sqrt(kernel.sum(1))
        total = total + weight * norm[:, None] * kernel * norm[None]
    unary = np.log(probabilities[:, mask].astype(float))
    current = np.exp(unary)
    for _ in range(parameters.iterations):
        energy = unary + current @ total
        current = np.exp(energy - energy.max(0))
        current /= current.sum(0)
    return current


@pytest.mark.parametrize("dimension", [2, 3, 5])
def test_the_lattice_filters_as_a_gaussian_does(dimension):
    rng = np.random.default_rng(1)
    points = (1.5 * rng.standard_normal((800, dimension))).astype(np.float32)
    values = rng.uniform(size=800).astype(np.float32) + (points[:, 0] > 0)
    lattice = PermutohedralLattice(points)
    found = lattice.filter(values) / lattice.filter(np.ones(800, np.float32))
    kernel = np.exp(-((points[:, None] - points) ** 2).sum(-1) / 2)
    exact = kernel @ values / kernel.sum(1)
    assert np.corrcoef(found, exact)[0, 1] > 0.98
    assert np.abs(found - exact).mean() < 0.15 * values.std()


@pytest.mark.parametrize(("classes", "contrasts"), [(2, 1), (2, 3), (4, 2)])
def test_it_agrees_with_a_field_over_all_pairs(classes, contrasts):
    truth, probabilities, images = blobs(classes, contrasts)
    mask = np.indices(truth.shape).sum(0) > 4
    found = dense_crf(probabilities, images, mask, SPACING_MM, PARAMETERS)[:, mask]
    exact = brute_force(probabilities, images, mask, SPACING_MM, PARAMETERS)
    assert np.abs(found - exact).mean() < 0.04
    assert (found.argmax(0) == exact.argmax(0)).mean() > 0.96
    changed = found.argmax(0) != probabilities[:, mask].argmax(0)
    assert changed.mean() > 0.05


def test_noise_in_the_probabilities_goes_where_the_images_show_one_structure():
    truth, probabilities, images = blobs(2, 2)
    found = dense_crf(probabilities, images, np.ones(truth.shape, bool), SPACING_MM, PARAMETERS)
    wrong_before, wrong_after = ((p.argmax(0) != truth).mean() for p in (probabilities, found))
    assert wrong_after < 0.5 * wrong_before
    assert np.allclose(found.sum(0), 1, atol=1e-5)


def test_voxels_outside_the_mask_keep_their_probabilities():
    truth, probabilities, images = blobs(2, 1)
    mask = np.zeros(truth.shape, bool)
    mask[2:6, 2:8, 2:8] = True
    found = dense_crf(probabilities, images, mask, SPACING_MM, PARAMETERS)
    assert np.array_equal(found[:, ~mask], probabilities[:, ~mask])
    assert not np.array_equal(found[:, mask], probabilities[:, mask])
    empty = dense_crf(probabilities, images, np.zeros_like(mask), SPACING_MM, PARAMETERS)
    assert np.array_equal(empty, probabilities)


def test_without_weights_nothing_changes():
    truth, probabilities, images = blobs(3, 1)
    idle = replace(PARAMETERS, smoothness_weight=0.0, appearance_weight=0.0)
    found = dense_crf(probabilities, images, np.ones(truth.shape, bool), SPACING_MM, idle)
    assert np.allclose(found, probabilities, atol=1e-5)


def test_an_image_without_any_difference_tells_nothing():
    truth, probabilities, _ = blobs(2, 1)
    inside = np.ones(truth.shape, bool)
    found = dense_crf(probabilities, [np.full(truth.shape, 800.0, np.float32)], inside, SPACING_MM, PARAMETERS)
    other = dense_crf(probabilities, [np.zeros(truth.shape, np.float32)], inside, SPACING_MM, PARAMETERS)
    assert np.allclose(found, other, atol=1e-4)


def volumes(images):
    return [Volume(image, Geometry(spacing=SPACING_MM[::-1])) for image in images]


def test_a_result_is_refined_near_what_is_not_background_for_sure():
    truth, probabilities, images = blobs(2, 2)
    parameters = {**vars(PARAMETERS), "least_probability": 0.5, "reach_mm": 1.0}
    missing = np.zeros_like(images[0])
    found = refine_with_crf(probabilities, volumes([*images, missing]), parameters)
    assert (found.argmax(0) != truth).mean() < (probabilities.argmax(0) != truth).mean()
    sure = np.stack([np.ones(truth.shape), np.zeros(truth.shape)]).astype(np.float32)
    assert np.array_equal(refine_with_crf(sure, volumes(images), parameters), sure)
