"""The project as files: what the static tests look at."""

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODULES = ("SegmentL3", "DomainAdapt")
LIBRARIES = tuple(f"{module}Lib" for module in MODULES)


@cache
def project_files() -> tuple[Path, ...]:
    """Files that belong to the project, relative to its root: those git tracks and those it would add."""
    listing = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    return tuple(sorted(Path(name) for name in set(listing.split("\0")) if name and (ROOT / name).is_file()))


def shipped_files(module: str) -> tuple[Path, ...]:
    """Files, relative to the module's folder, that an installed module consists of."""
    inside = (path.relative_to(module) for path in project_files() if path.parts[0] == module)
    return tuple(path for path in inside if path.name != "CMakeLists.txt" and path.parts[0] != "Testing")


def shipped_sources() -> tuple[Path, ...]:
    """Python files of both modules, relative to the root of the project."""
    return tuple(Path(module) / path for module in MODULES for path in shipped_files(module) if path.suffix == ".py")


def read(path: Path | str) -> str:
    """Text of a file of the project."""
    return (ROOT / path).read_text(encoding="utf-8")


@cache
def syntax(path: Path) -> ast.Module:
    """Syntax tree of a Python file of the project."""
    return ast.parse(read(path), filename=str(path))
