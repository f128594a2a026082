"""How the worker is started: which interpreter, in which environment."""

import os
import shutil
from pathlib import Path

from ..errors import SegmentL3Error

MODULE_FOLDER = Path(__file__).resolve().parents[2]


class PythonNotFoundError(SegmentL3Error):
    """The application comes without the Python program that runs the worker."""


def pythonSlicer() -> str:
    """Path of Slicer's own Python.

    Raises:
        PythonNotFoundError: it is not on the path. (sys.executable would start the application again.)
    """
    path = shutil.which("PythonSlicer")
    if path is None:
        raise PythonNotFoundError("PythonSlicer was not found. Install 3D Slicer again, or start it with its launcher.")
    return path


def libraryFolders() -> list[str]:
    """Folders from which the worker imports: one when installed, two in a source checkout."""
    sibling = MODULE_FOLDER.parent / "DomainAdapt"
    return [str(MODULE_FOLDER), *([str(sibling)] if sibling.is_dir() else [])]


def workerEnvironment(base: dict, device: str) -> dict:
    """Environment of the worker.

    Args:
        base: environment to start from.
        device: one of ``settings.DEVICES``.
    """
    environment = dict(base)
    environment["PYTHONUNBUFFERED"] = "1"
    environment["PYTHONIOENCODING"] = "utf-8"
    paths = [*libraryFolders(), *filter(None, [environment.get("PYTHONPATH")])]
    environment["PYTHONPATH"] = os.pathsep.join(paths)
    if device == "cpu":
        environment["CUDA_VISIBLE_DEVICES"] = "-1"
    return environment
