"""From figures to Dice and area with intervals, and back from the file."""

import json
from dataclasses import replace

import numpy as np
import pytest

from DomainAdaptLib.trust.boosting import Boosting, fit_trees
from DomainAdaptLib.trust.estimator_file import write_estimator
from SegmentL3Lib.errors import ModelError
from SegmentL3Lib.labels import load_labels
from SegmentL3Lib.trust.estimator import Band, Estimator, input_names, inputs, read_estimator, shipped_estimator
from SegmentL3Lib.trust.evidence import FIGURES
from SegmentL3Lib.trust.trees import Trees

LABELS = len(load_labels())
SETTINGS = Boosting(trees=40, depth=2, rate=0.2, smallest_leaf=5, bins=16)


def stub(column="reverse_best"):
    """An estimator that says 0.9 where a figure is above 0.5, and 0.3 elsewhere."""
    place = input_names().index(column)
    trees = Trees(0.3, np.array([[place]]), np.array([[0.5]]), np.array([[0.0, 0.6]]))
    bands = (Band(0.0, (-0.2, 0.4), (0.5, 2.0)), Band(0.8, (-0.05, 0.2), (0.9, 1.2)))
    names = [label.id for label in load_labels()]
    return Estimator(trees, dict.fromkeys(names, bands), 0.95, dict.fromkeys(names, 0.8))


def figures(value):
    return np.full((LABELS, len(FIGURES)), value)


def test_high_figures_give_a_high_dice_with_a_narrow_interval():
    muscle = stub().estimate(figures(0.7), [100.0] * LABELS, [0.9] * LABELS)[2]
    assert muscle.structure == "skeletal_muscle" and muscle.agreement == 0.9
    assert muscle.dice == pytest.approx(0.9) and muscle.dice_interval == pytest.approx((0.85, 1.0))
    assert muscle.area_interval_cm2 == pytest.approx((90.0, 120.0))


def test_low_figures_give_a_low_dice_with_a_wide_interval():
    fat = stub().estimate(figures(0.2), [100.0] * LABELS, [0.1] * LABELS)[0]
    assert fat.dice_interval == pytest.approx((0.1, 0.7)) and fat.area_interval_cm2 == pytest.approx((50.0, 200.0))


def test_an_area_of_which_hardly_anything_is_known_has_no_interval():
    unsure = replace(stub(), bands={label.id: (Band(0.0, (-0.1, 0.1), (0.2, 20.0)),) for label in load_labels()})
    found = unsure.estimate(figures(0.2), [100.0] * LABELS, [0.1] * LABELS)[0]
    assert found.dice_interval is not None and found.area_interval_cm2 is None


def test_nothing_is_estimated_of_a_structure_that_is_not_there():
    missing = figures(0.7)
    missing[0] = np.nan
    found = stub().estimate(missing, [0.0, *[100.0] * (LABELS - 1)], [0.0] * LABELS)
    assert (found[0].dice, found[0].dice_interval, found[0].area_interval_cm2) == (None, None, None)
    assert np.isfinite(found[1].dice)


def test_the_trees_see_the_other_structures_and_which_structure_it_is():
    values = figures(0.2)
    values[0] = 0.8
    columns = dict(zip(input_names(), inputs(values).T, strict=True))
    assert np.allclose(columns["mean_atlas_dice"], 0.2 + 0.6 / LABELS)
    assert columns["bone"].tolist() == [float(label.id == "bone") for label in load_labels()]


def test_the_file_gives_the_same_estimates(tmp_path):
    write_estimator(stub(), tmp_path / "estimator.json")
    again = read_estimator(tmp_path / "estimator.json")
    arguments = figures(0.7), [100.0] * LABELS, [0.5] * LABELS
    assert again.estimate(*arguments) == stub().estimate(*arguments)
    assert again.coverage == 0.95 and again.expected["bone"] == 0.8


def without_trees(content):
    del content["trees"]


def other_inputs(content):
    content["inputs"] = content["inputs"][:-1]


def uneven_trees(content):
    content["trees"]["leaves"] = [[1.0]]


def asking_beyond(content):
    content["trees"]["columns"] = [[99]]


def gap_at_zero(content):
    content["bands"]["bone"] = content["bands"]["bone"][1:]


def half_an_interval(content):
    content["bands"]["bone"][0]["dice_error"] = [0.1]


@pytest.mark.parametrize(
    "damage", [without_trees, other_inputs, uneven_trees, asking_beyond, gap_at_zero, half_an_interval]
)
def test_a_damaged_file_is_refused(tmp_path, damage):
    path = tmp_path / "estimator.json"
    write_estimator(stub(), path)
    content = json.loads(path.read_text())
    damage(content)
    path.write_text(json.dumps(content))
    with pytest.raises(ModelError, match="install the extension again"):
        read_estimator(path)


@pytest.mark.parametrize("text", ["", "[]", "{", "3"])
def test_something_else_is_refused(tmp_path, text):
    path = tmp_path / "estimator.json"
    path.write_text(text)
    with pytest.raises(ModelError):
        read_estimator(path)
    with pytest.raises(ModelError):
        read_estimator(tmp_path / "none.json")


def test_the_shipped_estimator_says_more_of_better_figures():
    estimator = shipped_estimator()
    assert 0.9 <= estimator.coverage < 1
    low, high = (
        np.mean([item.dice for item in estimator.estimate(figures(value), [50.0] * LABELS, [value] * LABELS)])
        for value in (0.2, 0.95)
    )
    assert high > low + 0.3


def test_trees_learn_a_function_of_two_columns():
    values = np.random.default_rng(0).uniform(size=(600, 4))
    targets = values[:, 0] + 0.5 * (values[:, 2] > 0.5)
    trees = fit_trees(values[:400], targets[:400], np.ones(400), SETTINGS)
    assert np.abs(trees(values[400:]) - targets[400:]).mean() < 0.05
    again = Trees.from_mapping(json.loads(json.dumps(trees.to_mapping())))
    assert np.allclose(again(values), trees(values), atol=1e-3)


def test_a_column_that_may_not_lower_the_estimate_does_not():
    rng = np.random.default_rng(0)
    values = rng.uniform(size=(400, 2))
    trees = fit_trees(values, 1 - values[:, 0] + 0.01 * values[:, 1], np.ones(400), SETTINGS, rising=[0])
    line = np.column_stack([np.linspace(0, 1, 50), np.full(50, 0.5)])
    assert np.diff(trees(line)).min() >= -1e-9


def test_heavy_rows_count_more():
    values, targets = np.zeros((20, 1)), np.r_[np.zeros(10), np.ones(10)]
    trees = fit_trees(values, targets, np.r_[np.full(10, 0.5), np.full(10, 1.5)], SETTINGS)
    assert trees(values)[0] == pytest.approx(0.75)
