"""Process environment of the stand-in host: rendering and Qt platform, and what is missing for them on this machine.

Setting the variables must come before the first import of VTK or Qt: VTK's default window needs libX11 and crashes
without it. Debian packages that rendering and Qt need:

    apt-get install --no-install-recommends libegl1 libgl1-mesa-dri libgl1 libglib2.0-0 libfontconfig1 \
        libxkbcommon0 libdbus-1-3
"""

import ctypes
import importlib.util
import os
import sys

DEFAULTS = {
    "VTK_DEFAULT_OPENGL_WINDOW": "vtkEGLRenderWindow",
    "QT_QPA_PLATFORM": "offscreen",
    "QT_LOGGING_RULES": "qt.qpa.*=false",
}
PYTHON_PACKAGES = {"slicer": "slicer-core", "PySide6": "PySide6-Essentials"}
RENDERING_LIBRARIES = {"libEGL.so.1": "libegl1", "libEGL_mesa.so.0": "libgl1-mesa-dri"}
QT_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libfontconfig.so.1": "libfontconfig1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
}


def prepare():
    """Choose off-screen rendering and Qt's off-screen platform, unless the caller's environment has chosen already."""
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)


def missing_for_scene():
    """Why MRML cannot be used here, in one sentence, or None."""
    return _missing_package("slicer")


def missing_for_qt():
    """Why panels cannot be opened here, in one sentence, or None."""
    return missing_for_scene() or _missing_package("PySide6") or _missing_library(QT_LIBRARIES, "Qt")


def missing_for_rendering():
    """Why views cannot be drawn here, in one sentence, or None."""
    return missing_for_scene() or _missing_library(RENDERING_LIBRARIES, "off-screen rendering")


def _missing_package(module):
    if importlib.util.find_spec(module) is None:
        return f"the Python package {PYTHON_PACKAGES[module]} is not installed"
    return None


def _missing_library(libraries, purpose):
    if not sys.platform.startswith("linux"):
        return None
    packages = sorted({package for soname, package in libraries.items() if not _can_load(soname)})
    return f"{purpose} needs the system packages {' '.join(packages)}" if packages else None


def _can_load(soname):
    try:
        ctypes.CDLL(soname)
    except OSError:
        return False
    return True
