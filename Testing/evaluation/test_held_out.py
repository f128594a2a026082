"""Which weights measure which patient."""

from collections import Counter

import pytest

from DomainAdaptLib.evaluation import held_out
from DomainAdaptLib.evaluation.held_out import held_out_cases, held_out_models, names_that_measure
from DomainAdaptLib.training.recipe import read_recipe, recipe_names
from SegmentL3Lib.errors import InputError, ModelError

RECIPES = {
    "tissue": {"measured": {"fold_1": ["a", "b"], "fold_2": ["c"]}},
    "level": {"measured": {"fold_1": ["c", "d"]}},
}


@pytest.fixture
def recipes(monkeypatch):
    monkeypatch.setattr(held_out, "read_recipe", RECIPES.__getitem__)
    monkeypatch.setattr(held_out, "package", lambda name, run, work: f"{name}-{run}")


def weights(folder, *runs):
    for run in runs:
        (folder / f"tissue-{run}.pt").touch()


@pytest.mark.parametrize("name", [name for name in recipe_names() if "measured" in read_recipe(name)])
def test_no_patient_is_measured_twice(name):
    assert max(Counter(held_out_cases(name)).values()) == 1


def test_every_patient_is_measured_by_the_run_that_left_it_out(recipes, tmp_path):
    weights(tmp_path, "fold_1", "fold_2")
    assert list(held_out_models("tissue", tmp_path)) == [("tissue-fold_1", ("a", "b")), ("tissue-fold_2", ("c",))]


def test_runs_whose_patients_are_not_wanted_need_no_weights(recipes, tmp_path):
    weights(tmp_path, "fold_1")
    assert list(held_out_models("tissue", tmp_path, {"b"})) == [("tissue-fold_1", ("b",))]


def test_missing_weights_are_named_with_the_command_that_makes_them(recipes, tmp_path):
    weights(tmp_path, "fold_1")
    with pytest.raises(ModelError, match=r"tissue-fold_2\.pt .* have not seen c .* domain-adapt train tissue"):
        list(held_out_models("tissue", tmp_path))


def test_patients_decide_which_recipes_are_measured(recipes):
    assert names_that_measure(["tissue", "level"], {"a"}) == ["tissue"]
    assert names_that_measure(["tissue", "level"], {"a", "c"}) == ["tissue", "level"]


def test_a_patient_that_no_run_has_left_out_is_refused(recipes):
    with pytest.raises(InputError, match=r"left out e\. Choose from a, b, c"):
        names_that_measure(["tissue"], {"a", "e"})
