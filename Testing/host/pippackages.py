"""Stand-in for `slicer.packaging` (Slicer 5.12): checks are real, installations are recorded and never made.

Limits: extras of a requirement are not checked.
"""

import importlib.metadata
import logging
import shlex
import tomllib
from pathlib import Path

import slicer
from packaging.requirements import InvalidRequirement, Requirement

calls = []  # (function name, list of requirement strings) of every installation that was asked for
absent = set()  # names of distributions that shall count as not installed


def reset():
    """Forget calls and pretended absences."""
    calls.clear()
    absent.clear()


def load_requirements(path):
    """Requirements of a requirements.txt; comments, blank lines and pip options are skipped."""
    lines = (line.strip() for line in Path(path).read_text(encoding="utf-8").splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith(("#", "-"))]


def load_pyproject_dependencies(path):
    """Requirements of `[project] dependencies`."""
    with open(path, "rb") as file:
        return [Requirement(text) for text in tomllib.load(file)["project"].get("dependencies", [])]


def _requirements(given):
    if isinstance(given, Requirement):
        return [given]
    if isinstance(given, str):
        try:
            return [Requirement(given)]
        except InvalidRequirement:
            return [Requirement(each) for each in given.split()]
    if isinstance(given, list):
        return [Requirement(each) if isinstance(each, str) else each for each in given]
    raise TypeError(f"Expected str, Requirement, or list, got {type(given).__name__}")


def pip_check(req):
    """Whether all requirements are satisfied."""
    return all(_is_satisfied(requirement) for requirement in _requirements(req))


def _is_satisfied(requirement):
    if requirement.marker is not None and not requirement.marker.evaluate():
        return True
    if requirement.name in absent:
        return False
    try:
        return importlib.metadata.version(requirement.name) in requirement.specifier
    except importlib.metadata.PackageNotFoundError:
        return False


def pip_ensure(
    requirements,
    constraints=None,
    skip_packages=None,
    prompt_install=True,
    prompt_restart=True,
    requester=None,
    skip_in_testing=True,
    show_progress=True,
):
    """Ask and install what is missing.

    Raises:
        RuntimeError: the user declines.
    """
    missing = [requirement for requirement in _requirements(requirements) if not pip_check(requirement)]
    calls.append(("pip_ensure", [str(requirement) for requirement in missing]))
    if not missing:
        return
    if skip_in_testing and slicer.app.testingEnabled():
        logging.info("Testing mode is enabled: skipping pip_ensure for %s", missing)
        return
    if prompt_install and not _confirmed(missing, requester):
        raise RuntimeError("User declined package installation")
    pip_install([str(requirement) for requirement in missing], constraints=constraints, requester=requester)


def _confirmed(missing, requester):
    text = f"{len(missing)} Python packages need to be installed.\n\nThis will modify Slicer's Python environment."
    title = f"{requester or 'Slicer'} - Install Python Packages"
    return slicer.util.confirmOkCancelDisplay(text, title, detailedText="\n".join(f"- {each}" for each in missing))


def pip_install(
    requirements,
    constraints=None,
    no_deps_requirements=None,
    skip_packages=None,
    blocking=True,
    show_progress=True,
    requester=None,
    parent=None,
    logCallback=None,
    completedCallback=None,
):
    """Record the request; packages that only pretended to be absent count as installed from now on."""
    names = shlex.split(requirements) if isinstance(requirements, str) else list(requirements)
    calls.append(("pip_install", names))
    absent.difference_update(Requirement(name).name for name in names if not name.startswith("-"))
    if completedCallback:
        completedCallback(0)


def pip_uninstall(requirements, **_):
    """Record the request."""
    calls.append(("pip_uninstall", shlex.split(requirements) if isinstance(requirements, str) else list(requirements)))


def isPipInstallInProgress():
    """Never, as nothing is installed."""
    return False
