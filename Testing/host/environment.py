"""Process environment of the stand-in host: rendering and Qt platform, and what is missing for them on this machine.

Setting the variables must come before the first import of VTK or Qt: VTK's default window needs libX11 and crashes
without it.
"""

import importlib.util
import os

from . import systemlibraries

DEFAULTS = {
    "VTK_DEFAULT_OPENGL_WINDOW": "vtkEGLRenderWindow",
    "QT_QPA_PLATFORM": "offscreen",
    "QT_LOGGING_RULES": "qt.qpa.*=false",
}
PYTHON_PACKAGES = {"slicer": "slicer-core", "PySide6": "PySide6-Essentials"}


def prepare():
    """Choose off-screen rendering and Qt's off-screen platform, unless the caller's environment has chosen already."""
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)


def missing_for_scene():
    """Why MRML cannot be used here, in one sentence, or None."""
    return _missing_package("slicer")


def missing_for_qt():
    """Why panels cannot be opened here, in one sentence, or None."""
    missing = missing_for_scene() or _missing_package("PySide6")
    return missing or _missing_libraries("Qt", systemlibraries.packages_for_qt())


def missing_for_rendering():
    """Why views cannot be drawn here, in one sentence, or None."""
    missing = missing_for_scene()
    return missing or _missing_libraries("off-screen rendering", systemlibraries.packages_for_rendering())


def _missing_package(module):
    if importlib.util.find_spec(module) is None:
        return f"the Python package {PYTHON_PACKAGES[module]} is not installed"
    return None


def _missing_libraries(purpose, packages):
    return f"{purpose} needs the system packages {' '.join(packages)}" if packages else None
