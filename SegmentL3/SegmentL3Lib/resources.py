"""Where the data files of the package lie."""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def resource_path(*parts: str) -> Path:
    """Path below ``Resources``: beside the package in Slicer and in a source checkout, inside it in a pip wheel."""
    beside = _PACKAGE.parent / "Resources"
    root = beside if beside.is_dir() else _PACKAGE / "Resources"
    return root.joinpath(*parts)
