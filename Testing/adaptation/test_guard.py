"""The guard: an adapted network is kept only if nothing speaks against it."""

import copy
import math

import pytest
import torch

from adaptation import squares
from DomainAdaptLib.adaptation.guard import Guard, choose, class_profile, decide, edges, likeness, score, wholeness
from DomainAdaptLib.adaptation.methods import adapt

GOOD = {"agreement": 0.9, "sureness": 0.9, "wholeness": 0.9, "edges": 0.9, "plausibility": 0.8, "source_dice": 0.9,
        "validation_dice": math.nan, "opinion": math.nan}  # fmt: skip


def collapsed():
    """A network that sees nothing but background."""
    network = squares.trained()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()
    return network


def test_a_better_network_is_kept():
    task = squares.task()
    verdict = Guard(task).judge(adapt("batch_norm", task, {"batches": 20}).network)
    assert verdict.kept
    assert score(verdict.after) > score(verdict.before)


def test_the_same_network_is_not_worse():
    assert Guard(squares.task()).judge(squares.trained()).kept


def test_a_network_that_sees_nothing_any_more_is_not_kept():
    network = adapt("batch_norm", squares.task(), {"batches": 20}).network
    verdict = Guard(squares.task(network=network)).judge(collapsed())
    assert not verdict.kept
    assert "original model stays" in verdict.sentence


def test_without_the_old_scanner_it_judges_by_the_new_one_alone():
    guard = Guard(squares.task(source=None))
    figures = guard.rate(squares.trained())
    assert math.isnan(figures["plausibility"]) and math.isnan(figures["source_dice"])
    assert not guard.judge(collapsed()).kept or score(figures) == 0


def test_labels_of_the_new_scanner_decide():
    guard = Guard(squares.task(), squares.new_scanner(labeled=True))
    better = adapt("batch_norm", squares.task(), {"batches": 20}).network
    assert guard.judge(better).kept
    assert "labels of the new scanner" in guard.judge(better).sentence
    assert not Guard(squares.task(network=better), squares.new_scanner(labeled=True)).judge(squares.trained()).kept


def test_another_opinion_counts():
    task = squares.task()
    liked = copy.deepcopy(task.network)
    guard = Guard(task, opinion=lambda images, labels: float(labels.float().mean()))
    assert not math.isnan(guard.rate(liked)["opinion"])


def test_too_large_a_loss_on_the_old_scanner_speaks_against():
    verdict = decide(GOOD, {**GOOD, "agreement": 0.99, "source_dice": 0.5})
    assert not verdict.kept and "old scanner" in verdict.sentence


def test_the_best_is_chosen_and_the_original_where_none_is_better():
    better, worse = {**GOOD, "agreement": 0.95}, {**GOOD, "agreement": 0.5}
    assert choose({"original": GOOD, "worse": worse, "better": better}, "original") == "better"
    assert choose({"original": GOOD, "worse": worse}, "original") == "original"


def test_borders_of_structures_are_looked_for_in_the_image():
    image = torch.zeros(1, 1, 12, 12)
    image[..., 3:9, 3:9] = 1.0
    image += 0.01 * torch.rand(image.shape, generator=torch.Generator().manual_seed(0))
    right = (image[:, 0] > 0.5).long()
    assert edges(image, right) > 0.9
    assert edges(image, right.roll(2, 1)) < edges(image, right)
    assert edges(image, torch.ones_like(right)) == 0.5


def test_likeness_and_wholeness_have_their_limits():
    profile = class_profile(torch.tensor([0, 1, 1, 2]), 3)
    assert profile.tolist() == [0.5, 0.25]
    assert likeness(profile, profile) == 1
    assert likeness(profile, torch.zeros(2).double()) == 0
    whole = torch.zeros(1, 8, 8, dtype=torch.long)
    whole[0, 2:6, 2:6] = 1
    assert wholeness(whole, 2) == 1
    whole[0, 4] = 0
    assert wholeness(whole, 2) == pytest.approx(8 / 12)
    assert wholeness(torch.zeros(1, 4, 4, dtype=torch.long), 2) == 0
