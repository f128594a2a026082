"""pyproject.toml installs the whole of both libraries and nothing that would harm Slicer's Python."""

import re
import tomllib
from importlib import import_module

import pytest

from SegmentL3Lib.gui.requirements import TORCH
from static.project import LIBRARIES, MODULES, project_files, read, shipped_files

# Each of these replaces the torch or vtk that Slicer runs on.
HARMFUL = {"torchvision", "torchaudio", "nnunetv2", "totalsegmentator", "timm", "monai-weekly"}


def pyproject() -> dict:
    return tomllib.loads(read("pyproject.toml"))


def package_name(requirement: str) -> str:
    return re.match(r"[\w.-]+", requirement).group().lower()


def requirement_lists() -> dict[str, list[str]]:
    project = pyproject()["project"]
    lists = {"dependencies": project["dependencies"], **project["optional-dependencies"]}
    for path in project_files():
        if "requirements" in path.name and path.suffix == ".txt":
            lines = (line.strip() for line in read(path).splitlines())
            lists[str(path)] = [line for line in lines if line and not line.startswith(("#", "-"))]
    return lists


def packages_on_disk() -> list[str]:
    parents = {
        path.parent
        for module in MODULES
        for path in shipped_files(module)
        if path.suffix == ".py" and path.parts[0] in LIBRARIES
    }
    return sorted([".".join(parent.parts) for parent in parents] + [f"{library}.Resources" for library in LIBRARIES])


def test_every_package_is_installed():
    assert pyproject()["tool"]["setuptools"]["packages"] == packages_on_disk()


@pytest.mark.parametrize("module", MODULES)
def test_resources_are_installed_inside_the_library(module):
    setuptools = pyproject()["tool"]["setuptools"]
    assert setuptools["package-dir"][f"{module}Lib.Resources"] == f"{module}/Resources"
    assert setuptools["package-data"][f"{module}Lib.Resources"] == ["**/*"]


@pytest.mark.parametrize("module", MODULES)
def test_no_resource_is_hidden_from_the_package(module):
    resources = [path for path in shipped_files(module) if path.parts[0] == "Resources"]
    assert [path for path in resources if any(part.startswith(".") for part in path.parts)] == []


@pytest.mark.parametrize("name", requirement_lists())
def test_no_dependency_replaces_what_slicer_runs_on(name):
    assert {package_name(requirement) for requirement in requirement_lists()[name]} & HARMFUL == set()


@pytest.mark.parametrize("name", [name for name in requirement_lists() if name.endswith(".txt")])
def test_slicer_installs_only_what_pip_installs(name):
    assert set(requirement_lists()[name]) <= set(pyproject()["project"]["dependencies"])


def test_slicer_and_pip_ask_for_the_same_torch():
    assert TORCH in pyproject()["project"]["dependencies"]


@pytest.mark.parametrize("entry", pyproject()["project"]["scripts"].values())
def test_command_has_a_function(entry):
    module, function = entry.split(":")
    assert callable(getattr(import_module(module), function))
