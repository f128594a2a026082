"""Which Python packages the worker needs and which of them are missing, found out without importing any."""

import importlib
import importlib.metadata
import re
from dataclasses import dataclass
from pathlib import Path

TORCH = "torch>=2.10"  # below that, loading weights is not safe
LINE = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)\s*(?:>=\s*(?P<minimum>[0-9.]+))?$")


@dataclass(frozen=True)
class Requirement:
    """A package and the oldest version that will do (empty: any)."""

    name: str
    minimum: str = ""

    def __str__(self) -> str:
        return f"{self.name}>={self.minimum}" if self.minimum else self.name


@dataclass(frozen=True)
class PackageState:
    """A requirement and the version that is installed, None where there is none."""

    requirement: Requirement
    installed: str | None

    @property
    def isMet(self) -> bool:
        """Whether the installed version is new enough."""
        return self.installed is not None and release(self.installed) >= release(self.requirement.minimum)

    @property
    def text(self) -> str:
        """Such as "torch 2.13.0" or "torch 2.2.2, 2.10 needed"."""
        name, minimum = self.requirement.name, self.requirement.minimum
        if self.installed is None:
            return f"{name} is not installed"
        return f"{name} {self.installed}" if self.isMet else f"{name} {self.installed} is too old, {minimum} is needed"


def parseRequirement(line: str) -> Requirement:
    """Read "name" or "name>=version".

    Raises:
        ValueError: the line is anything else.
    """
    match = LINE.match(line.strip())
    if match is None:
        raise ValueError(f'requirement "{line}" is neither "name" nor "name>=version"')
    return Requirement(match["name"], match["minimum"] or "")


def readRequirements(path: Path) -> list[Requirement]:
    """The requirements of a file, comments and empty lines left out."""
    lines = (line.split("#")[0].strip() for line in Path(path).read_text(encoding="utf-8").splitlines())
    return [parseRequirement(line) for line in lines if line]


def packageState(requirement: Requirement) -> PackageState:
    """Look up what is installed."""
    try:
        return PackageState(requirement, importlib.metadata.version(requirement.name))
    except importlib.metadata.PackageNotFoundError:
        return PackageState(requirement, None)


def packageStates(path: Path) -> list[PackageState]:
    """State of torch and of every package of a requirements file, fresh from the disk."""
    importlib.invalidate_caches()
    return [packageState(requirement) for requirement in (parseRequirement(TORCH), *readRequirements(path))]


def release(version: str) -> tuple[int, ...]:
    """Numbers of a version before any suffix: "2.13.0+cpu" is (2, 13); trailing zeros do not count."""
    numbers = [int(number) for number in re.match(r"[0-9.]*", version)[0].split(".") if number]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)
