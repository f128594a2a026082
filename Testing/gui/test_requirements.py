"""What is missing is found without importing it."""

import sys

import pytest

from SegmentL3Lib.gui.requirements import (
    PackageState,
    Requirement,
    packageState,
    packageStates,
    parseRequirement,
    readRequirements,
    release,
)
from SegmentL3Lib.resources import resource_path

SLICERS_OWN = {"numpy", "simpleitk", "vtk", "torch", "torchvision", "requests"}


def test_the_file_is_understood_and_names_nothing_that_slicer_or_its_pytorch_extension_owns():
    requirements = readRequirements(resource_path("requirements.txt"))
    assert {"monai", "Jinja2"} <= {requirement.name for requirement in requirements}
    assert SLICERS_OWN.isdisjoint(requirement.name.lower() for requirement in requirements)


def test_torch_is_looked_up_first_and_not_imported(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    states = packageStates(resource_path("requirements.txt"))
    assert states[0].requirement == Requirement("torch", "2.10")


@pytest.mark.parametrize(("text", "name", "minimum"), [("monai>=1.5", "monai", "1.5"), (" psutil ", "psutil", "")])
def test_requirement_is_a_name_with_or_without_a_minimum(text, name, minimum):
    assert parseRequirement(text) == Requirement(name, minimum)


@pytest.mark.parametrize("text", ["monai==1.5", "monai[all]", "-r other.txt", "monai>=1,<2"])
def test_anything_else_is_refused(text):
    with pytest.raises(ValueError, match="neither"):
        parseRequirement(text)


def test_versions_compare_by_number():
    assert release("2.13.0+cpu") == (2, 13)
    assert release("2.10") > release("2.9.1")
    assert release("1.5.0") == release("1.5")
    assert release("") == ()


@pytest.mark.parametrize(
    ("installed", "met", "text"),
    [
        (None, False, "torch is not installed"),
        ("2.2.2", False, "torch 2.2.2 is too old, 2.10 is needed"),
        ("2.13.0+cpu", True, "torch 2.13.0+cpu"),
    ],
)
def test_state_says_what_is_there_and_what_is_needed(installed, met, text):
    state = PackageState(Requirement("torch", "2.10"), installed)
    assert (state.isMet, state.text) == (met, text)


def test_unknown_package_is_not_installed():
    assert packageState(Requirement("no-such-package-at-all")).installed is None
