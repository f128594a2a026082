"""Each method on a network that finds squares, and a scanner with other gray values."""

import copy

import numpy as np
import pytest
import torch

from adaptation import squares
from DomainAdaptLib.adaptation import adversarial
from DomainAdaptLib.adaptation.catalog import find_method
from DomainAdaptLib.adaptation.guard import LARGEST_SOURCE_LOSS, Guard, probabilities
from DomainAdaptLib.adaptation.methods import adapt, require_effect
from DomainAdaptLib.adaptation.normalization import read_statistics
from DomainAdaptLib.adaptation.outputs import entropy, mean_dice
from DomainAdaptLib.adaptation.pool import Pool
from DomainAdaptLib.adaptation.random_contrast import choose_contrasts, contrast_samples, in_contrast
from DomainAdaptLib.adaptation.statistics_mixing import mixed_probabilities
from DomainAdaptLib.adaptation.taps import Taps, choose_layers
from DomainAdaptLib.adaptation.task import Task
from SegmentL3Lib.errors import UsageError

METHODS = list(squares.STEPS)


def dice(network):
    images, labels = squares.new_scanner(labeled=True).sample(12)
    return mean_dice(probabilities(network, images).argmax(1), labels, 2)


@pytest.mark.parametrize("method", METHODS)
def test_a_method_changes_a_copy_and_leaves_the_original(method):
    task = squares.task(labeled=squares.new_scanner(labeled=True))
    before = copy.deepcopy(task.network.state_dict())
    adapted = adapt(method, task, squares.STEPS[method])
    after = adapted.network.state_dict()
    assert all(torch.equal(before[name], value) for name, value in task.network.state_dict().items())
    assert any(not torch.equal(before[name], value) for name, value in after.items())
    assert all(torch.isfinite(value).all() for value in after.values())
    assert not adapted.network.training and all(p.requires_grad for p in adapted.network.parameters())


def test_measured_statistics_bring_the_squares_back():
    task = squares.task()
    assert dice(task.network) < 0.6
    adapted = adapt("batch_norm", task, {"batches": 30})
    assert dice(adapted.network) > 0.9
    assert adapted.evidence["statistics_shift"] > 0.1


def test_a_share_of_the_old_statistics_lies_between():
    task = squares.task()
    means = [
        torch.cat([mean for mean, _ in read_statistics(network).values()])
        for network in (
            task.network,
            adapt("batch_norm", task, {"batches": 4, "source_share": 0.5}).network,
            adapt("batch_norm", task, {"batches": 4}).network,
        )
    ]
    assert torch.allclose(means[1], (means[0] + means[2]) / 2, atol=1e-5)


def test_entropy_minimization_changes_scale_and_offset_only_and_makes_surer():
    curve = []
    task = squares.task(metric=lambda series, _step, value: curve.append(value) if series == "entropy" else None)
    adapted = adapt("entropy", task, {"steps": 20, "learning_rate": 0.01})
    assert np.mean(curve[-5:]) < np.mean(curve[:5])
    before, after = (dict(network.named_parameters()) for network in (task.network, adapted.network))
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed and all(".adn.N." in name for name in changed)


def test_mixtures_are_weighted_by_entropy_and_help_a_single_image():
    task = squares.task()
    adapted = adapt("statistics_mixing", task, {"batches": 8})
    assert 0 < adapted.evidence["share_of_new_statistics"] < 1
    images, labels = squares.new_scanner(labeled=True).sample(12)
    mixed = mixed_probabilities(task.network, images, (squares.SIZE, squares.SIZE), 5)
    assert torch.allclose(mixed.sum(1), torch.ones_like(mixed[:, 0]), atol=1e-5)
    assert mean_dice(mixed.argmax(1), labels, 2) > dice(task.network)


def test_the_second_network_gains_weight_gradually():
    weights = [adversarial.weight_at(share, 0.05) for share in np.linspace(0, 1, 11)]
    assert weights[0] == 0 and weights[-1] == 0.05 and weights == sorted(weights)


def test_the_discriminator_tells_the_scanners_apart():
    curves = {}
    task = squares.task(metric=lambda series, step, value: curves.setdefault(series, []).append((step, value)))
    adapted = adapt("adversarial", task, {"steps": 25, "batch": 8, "weight": 0.0})
    assert adapted.evidence["discriminator_accuracy"] > 0.7
    assert [step for step, _ in curves["discriminator_accuracy"]] == list(range(1, 26))
    assert {"segmentation_loss", "target_agreement"} <= set(curves)


def test_adversarial_adaptation_works_without_labels_of_the_old_scanner():
    adapted = adapt("adversarial", squares.task(source=squares.pool(range(8))), {"steps": 2})
    assert all(torch.isfinite(value).all() for value in adapted.network.state_dict().values())


def test_the_teacher_learns_without_the_old_scanner():
    curves = {}
    task = squares.task(source=None, metric=lambda series, step, value: curves.setdefault(series, []).append(value))
    adapt("mean_teacher", task, {"steps": 2})
    assert "self_training_loss" in curves and "segmentation_loss" not in curves


def test_random_contrast_brings_the_squares_back_and_keeps_them_on_the_old_scanner():
    task = squares.task()
    adapted = adapt("random_contrast", task, {"steps": 30, "contrasts": 4})
    assert dice(task.network) < 0.6 and dice(adapted.network) > 0.9
    guard = Guard(task)
    assert guard.rate(adapted.network)["source_dice"] > guard.rate(task.network)["source_dice"] - LARGEST_SOURCE_LOSS


def test_contrasts_are_taken_in_which_known_images_look_like_new_ones():
    left_half = [torch.zeros(squares.SIZE, squares.SIZE, dtype=torch.long) for _ in range(4)]
    for labels in left_half:
        labels[2:-2, 2:8] = 1
    known = [(1.0 + labels)[None] * (torch.arange(squares.SIZE) > 1) for labels in left_half]
    new = [(3.0 - labels)[None] * (torch.arange(squares.SIZE) > 1) for labels in left_half]
    patch = (squares.SIZE, squares.SIZE)
    task = squares.task(source=Pool(known, patch, left_half), target=Pool(new, patch))
    for contrast in choose_contrasts(task, 100, 0.05):
        image = in_contrast(contrast, known[0][0].numpy(), left_half[0].numpy())
        assert image[2:-2, 3:7].mean() < image[2:-2, 9:].mean()
    assert len(choose_contrasts(task, 100, 0.05)) == 5 and len(choose_contrasts(task, 3, 0.0)) == 1


def test_every_other_batch_is_in_another_contrast():
    task = squares.task(source=squares.pool(range(16), labeled=True))
    sample = contrast_samples(task, [4, 7], 12)
    inside = [[float(image[0][labels == 1].mean()) for image, labels in map(sample, range(start, start + 12))]
              for start in (0, 12)]  # fmt: skip
    assert min(inside[1]) > max(inside[0])  # the new scanner's mean and spread come with the contrast


def test_random_contrast_needs_label_maps():
    with pytest.raises(UsageError, match="label maps"):
        adapt("random_contrast", squares.task(source=squares.pool(range(8))), {"steps": 1})


def test_random_contrast_works_in_three_dimensions():
    rng = np.random.default_rng(0)
    images = [torch.from_numpy(rng.normal(size=(1, 9, 12, 12)).astype(np.float32)) for _ in range(2)]
    labels = [(image[0] > 0).long() for image in images]
    network = torch.nn.Conv3d(1, 2, 1).eval()
    known = Pool(images, (8, 8, 8), labels)
    task = Task(network, Pool(images, (8, 8, 8)), known)
    adapt("random_contrast", task, {"steps": 2, "batch": 2, "contrasts": 2})


def test_fine_tuning_learns_from_labels():
    task = squares.task(labeled=squares.new_scanner(labeled=True))
    assert dice(adapt("fine_tuning", task, {"steps": 60, "learning_rate": 0.01}).network) > dice(task.network) + 0.1


@pytest.mark.parametrize("method", ["batch_norm", "statistics_mixing"])
def test_a_network_without_running_statistics_is_refused(method):
    with pytest.raises(UsageError, match="InstanceNorm2d"):
        require_effect(method, squares.trained("instance"))
    with pytest.raises(UsageError, match="running statistics"):
        adapt(method, squares.task(network=squares.trained("instance")), {})


@pytest.mark.parametrize("method", ["batch_norm", "entropy", "statistics_mixing"])
def test_a_network_without_normalization_layers_is_refused(method):
    with pytest.raises(UsageError, match="has none"):
        require_effect(method, torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3, padding=1)))


@pytest.mark.parametrize("method", ["adversarial", "mean_teacher", "random_contrast", "fine_tuning"])
def test_other_methods_do_without_normalization_layers(method):
    network = torch.nn.Sequential(torch.nn.Conv2d(1, 4, 3, padding=1), torch.nn.ReLU(), torch.nn.Conv2d(4, 2, 1))
    task = squares.task(network=network.eval(), labeled=squares.new_scanner(labeled=True))
    adapt(method, task, squares.STEPS[method] | {"steps": 1})


def test_one_image_is_enough():
    task = squares.task(target=squares.pool([100], gain=0.6, offset=600.0))
    for method in ("batch_norm", "statistics_mixing", "entropy", "adversarial", "mean_teacher", "random_contrast"):
        adapt(method, task, squares.STEPS[method])


def test_layers_are_spread_over_the_depth():
    network = squares.trained()
    images = squares.new_scanner().sample(2)[0]
    layers, channels = choose_layers(network, images, 3)
    taps = Taps(network, layers)
    network(images)
    seen = taps.take()
    taps.close()
    assert [values.shape[1] for values in seen] == channels
    assert len({values.shape[2] for values in seen}) > 1


def test_entropy_is_none_when_sure_and_one_for_no_idea():
    sure, no_idea = torch.tensor([1.0, 0.0]), torch.tensor([0.5, 0.5])
    found = entropy(torch.stack([sure, no_idea])[:, :, None, None])
    assert found.flatten().tolist() == pytest.approx([0, 1], abs=1e-6)


def test_settings_of_the_catalog_are_those_that_the_methods_read():
    for method in METHODS:
        assert set(squares.STEPS[method]) <= set(find_method(method).settings)
