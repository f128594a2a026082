"""The list of methods, which the panel reads without torch."""

import subprocess
import sys

import pytest

from DomainAdaptLib.adaptation.catalog import find_method, load_methods
from SegmentL3Lib.errors import UsageError

NAMES = ["batch_norm", "entropy", "statistics_mixing", "adversarial", "mean_teacher", "random_contrast",
         "fine_tuning"]  # fmt: skip


def test_the_methods_are_listed_with_all_that_a_form_shows():
    methods = load_methods()
    assert [method.name for method in methods] == NAMES
    for method in methods:
        assert method.title and method.description and method.reference and method.minutes > 0
        assert method.settings_with({}) == {name: setting.default for name, setting in method.settings.items()}
    assert [method.name for method in methods if method.needs_source] == ["adversarial", "random_contrast"]
    assert [method.name for method in methods if method.needs_source_labels] == ["random_contrast"]
    assert [method.name for method in methods if method.needs_labels] == ["fine_tuning"]


@pytest.mark.parametrize(
    ("chosen", "fragment"),
    [({"pace": 1}, "no setting"), ({"steps": 0}, "between"), ({"steps": 1.5}, "whole"), ({"steps": "9"}, "number"),
     ({"steps": True}, "number"), ({"learning_rate": float("nan")}, "between")],
)  # fmt: skip
def test_a_setting_that_makes_no_sense_is_refused(chosen, fragment):
    with pytest.raises(UsageError, match=fragment):
        find_method("entropy").settings_with(chosen)


def test_whole_numbers_stay_whole():
    settings = find_method("entropy").settings_with({"steps": 7.0, "learning_rate": 1e-3})
    assert settings["steps"] == 7 and isinstance(settings["steps"], int)


def test_an_unknown_method_is_refused_with_those_that_are_known():
    with pytest.raises(UsageError, match="mean_teacher"):
        find_method("magic")


def test_list_and_jobs_need_no_torch():
    program = "import sys; sys.modules['torch'] = None; import DomainAdaptLib.adaptation.catalog, DomainAdaptLib.worker"
    done = subprocess.run([sys.executable, "-c", program], env={"PYTHONPATH": ":".join(sys.path)}, check=False)
    assert done.returncode == 0
