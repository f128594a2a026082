"""Who imports whom, read from the source without running it."""

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from static.project import LIBRARIES, MODULES, shipped_sources, syntax

SLICER_PACKAGES = {"slicer", "vtk", "qt", "ctk", "mrml", "sitkUtils", "PyTorchUtils", "DICOMLib"}
TORCH_PACKAGES = {"torch", "monai"}


@cache
def sources() -> dict[str, Path]:
    """Source file of each module that is shipped, by the dotted name under which it is imported."""
    return {_dotted_name(path): path for path in shipped_sources()}


def _dotted_name(path: Path) -> str:
    parts = path.relative_to(path.parts[0]).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def library_modules(library: str) -> list[str]:
    """Dotted names of all modules of a library, without the library itself."""
    return [name for name in sources() if name.startswith(f"{library}.")]


def gui_modules() -> list[str]:
    """Modules that Slicer's GUI process imports by themselves: the module files and all of ``mrml`` and ``gui``."""
    rooms = tuple(f"{library}.{room}" for library in LIBRARIES for room in ("mrml", "gui"))
    return [name for name in sources() if name in MODULES or is_in(name, rooms)]


def is_in(name: str, packages: Iterable[str]) -> bool:
    """Whether a dotted name is one of the packages or lies in one."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def imports_at_module_scope(name: str) -> set[str]:
    """Dotted names that are imported when the module is imported."""
    return set(_imported(name, _statements_at_module_scope(syntax(sources()[name]))))


def imports_anywhere(name: str) -> set[str]:
    """Dotted names that the module imports, within functions too."""
    return set(_imported(name, ast.walk(syntax(sources()[name]))))


def closure(names: Iterable[str]) -> set[str]:
    """The given modules and all of this project that are imported with them, packages above them included."""
    found: set[str] = set()
    waiting = set(names)
    while waiting:
        name = waiting.pop()
        found.add(name)
        reached = {name.rpartition(".")[0]} | {_project_module(target) for target in imports_at_module_scope(name)}
        waiting |= (reached & set(sources())) - found
    return found


def top_level(names: Iterable[str]) -> set[str]:
    """First part of each dotted name."""
    return {name.partition(".")[0] for name in names}


def _statements_at_module_scope(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield child
            yield from _statements_at_module_scope(child)


def _imported(name: str, nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(name, node)
            yield from (f"{base}.{alias.name}" for alias in node.names)


def _absolute(name: str, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module
    package = name if sources()[name].name == "__init__.py" else name.rpartition(".")[0]
    above = package.split(".")[: len(package.split(".")) - node.level + 1]
    return ".".join([*above, *([node.module] if node.module else [])])


def _project_module(target: str) -> str:
    """The module that holds an imported name: the name itself if it is a module."""
    return target if target in sources() else target.rpartition(".")[0]


def project_imports(name: str, targets: Iterable[str]) -> set[str]:
    """Those of the imported names that are modules of this project, without the module itself."""
    return ({_project_module(target) for target in targets} & set(sources())) - {name}
