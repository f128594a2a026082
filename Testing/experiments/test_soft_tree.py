"""The soft decision tree: as a network, as plain numbers, and the experiment with both."""

import json

import numpy as np
import pytest
import torch

from DomainAdaptLib.experiments import tree as experiment
from DomainAdaptLib.experiments.soft_tree import SoftDecisionTree, train_tree
from DomainAdaptLib.experiments.tree_pixels import Pixels, load_pixels
from SegmentL3Lib.pixel_features import FEATURES
from SegmentL3Lib.regions import Region
from SegmentL3Lib.tissue_tree import TissueTree, read_tree, tree_document

SETTINGS = {"depth": 2, "steps": 150, "batch": 64, "rate": 0.1, "penalty": 0.01}
COUNT = len(FEATURES)


def quadrants(count, seed):
    """Samples whose class is the quadrant of their first two figures."""
    figures = np.random.default_rng(seed).normal(0, 1, (count, COUNT)).astype(np.float32)
    return figures, 2 * (figures[:, 0] > 0) + (figures[:, 1] > 0)


def plain(tree):
    return experiment._plain(tree, np.zeros(COUNT), np.ones(COUNT))


def test_the_ways_to_all_leaves_add_up_to_one():
    torch.manual_seed(0)
    reached, levels = SoftDecisionTree(COUNT, 3, 4).reached(torch.randn(20, COUNT))
    assert reached.shape == (20, 16) and torch.allclose(reached.sum(1), torch.ones(20))
    assert [tuple(right.shape) for _, right in levels] == [(20, 1), (20, 2), (20, 4), (20, 8)]


def test_a_tree_learns_what_takes_two_decisions():
    figures, classes = quadrants(2000, 0)
    targets = torch.eye(4)[torch.from_numpy(classes)]
    tree = train_tree(torch.from_numpy(figures), targets, seed=0, **SETTINGS)
    unseen, truth = quadrants(500, 1)
    assert (tree(torch.from_numpy(unseen)).argmax(1).numpy() == truth).mean() > 0.9


def test_the_penalty_punishes_branches_that_nothing_takes():
    tree = SoftDecisionTree(COUNT, 2, 1)
    with torch.no_grad():
        tree.nodes.weight.zero_()
        figures, targets = torch.randn(50, COUNT), torch.full((50, 2), 0.5)
        tree.nodes.bias.fill_(0.0)
        balanced = tree.loss(figures, targets, 1.0) - tree.loss(figures, targets, 0.0)
        tree.nodes.bias.fill_(4.0)
        one_sided = tree.loss(figures, targets, 1.0) - tree.loss(figures, targets, 0.0)
    assert float(balanced) == pytest.approx(np.log(2), abs=1e-4)
    assert one_sided > balanced


def test_plain_numbers_answer_as_the_network_does():
    torch.manual_seed(3)
    tree = SoftDecisionTree(COUNT, len(Region), 5)
    figures = torch.randn(300, COUNT)
    assert np.array_equal(plain(tree).regions(figures.numpy()), tree(figures).argmax(1).numpy())


def test_the_path_ends_in_the_leaf_and_names_what_speaks_for_it():
    torch.manual_seed(3)
    tree = plain(SoftDecisionTree(COUNT, len(Region), 4))
    for figures in np.random.default_rng(0).normal(0, 2, (30, COUNT)):
        steps = tree.path(figures)
        leaf = int("".join(str(int(step.right)) for step in steps), 2)
        assert leaf == tree.leaf(figures)
        assert [step.node for step in steps][0] == 0 and len(steps) == 4
        for step in steps:
            speaks = tree.weights[step.node] * figures * (1 if step.right else -1)
            assert step.feature == speaks.argmax() and step.value == figures[step.feature]


def test_a_tree_survives_its_file(tmp_path):
    torch.manual_seed(3)
    tree = plain(SoftDecisionTree(COUNT, len(Region), 3))
    path = tmp_path / "tree.json"
    path.write_text(json.dumps(tree_document(tree, "for a test")), encoding="utf-8")
    again = read_tree(path)
    assert again.depth == 3 and np.allclose(again.weights, tree.weights, atol=1e-4)


@pytest.mark.parametrize("change", [{"features": ["hu"]}, {"leaves": [[1.0] * 8] * 3}, {"weights": [[0.0]]}])
def test_a_file_that_does_not_fit_is_refused(tmp_path, change):
    document = tree_document(plain(SoftDecisionTree(COUNT, len(Region), 2)), "for a test")
    path = tmp_path / "tree.json"
    path.write_text(json.dumps(document | change), encoding="utf-8")
    with pytest.raises(ValueError, match="tree"):
        read_tree(path)


def some_pixels(seed):
    figures, classes = quadrants(400, seed)
    true = classes.astype(np.int64) + 1
    taught = 0.9 * np.eye(len(Region), dtype=np.float32)[true] + 0.0125
    return Pixels(100 * figures, taught.astype(np.float32), true)


def test_the_experiment_fills_its_page_and_writes_the_tree(tmp_path):
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "drawn.npz").touch()
    settings = SETTINGS | {"train_slices": 1, "test_slices": 1, "pixels_per_slice": 400}
    for number, name in enumerate(("train-1-400", "test-1-1-400", "drawn-400")):
        some_pixels(number).save(tmp_path / f"{name}.npz")
    page = experiment.run_experiment(tmp_path, tmp_path / "work", tmp_path, 2, settings)
    assert "drawn slices" in page and "of 2 |" in page
    assert isinstance(read_tree(tmp_path / "tissue_tree.json"), TissueTree)
    assert (tmp_path / "tree.csv").read_text().count("\n") == 1 + 2 * 3 * 2
    assert load_pixels(tmp_path / "drawn-400.npz").true.shape == (400,)
