"""Where the data files of this package lie, in Slicer, in a source checkout and in an installed wheel."""

from pathlib import Path


def resource_path(*parts: str) -> Path:
    """Path of a file or folder below ``Resources``."""
    beside = Path(__file__).parent.parent / "Resources"
    root = beside if beside.is_dir() else Path(__file__).parent / "Resources"
    return root.joinpath(*parts)
