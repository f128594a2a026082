"""Shared libraries of the system that Qt and offscreen rendering need, and the Debian packages that have them.

``python Testing/ci/system_libraries.py`` installs what is missing.
"""

import ctypes
import sys
from collections.abc import Iterable
from pathlib import Path

PACKAGES = {
    "libEGL.so.1": "libegl1",
    "libEGL_mesa.so.0": "libegl-mesa0",
    "libGL.so.1": "libgl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libfontconfig.so.1": "libfontconfig1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
}
OF_RENDERING = ("libEGL.so.1", "libEGL_mesa.so.0")
OF_QT = tuple(name for name in PACKAGES if name != "libEGL_mesa.so.0")
# Mesa loads its software renderer by path, so that the linker does not know it.
RENDERER_PATTERNS = ("lib*/dri/*swrast*", "lib/*/dri/*swrast*", "lib*/libgallium*", "lib/*/libgallium*")
RENDERER_PACKAGE = "libgl1-mesa-dri"
SYSTEM_FOLDER = Path("/usr")


def packages_for_qt() -> list[str]:
    """Debian packages that Qt misses here; none on other systems than Linux."""
    return _packages_of(OF_QT) if _is_linux() else []


def packages_for_rendering() -> list[str]:
    """Debian packages that offscreen rendering misses here; none on other systems than Linux."""
    if not _is_linux():
        return []
    return sorted([*_packages_of(OF_RENDERING), *([] if _has_renderer() else [RENDERER_PACKAGE])])


def _packages_of(names: Iterable[str]) -> list[str]:
    return sorted(PACKAGES[name] for name in names if not _can_load(name))


def _has_renderer() -> bool:
    return any(path for pattern in RENDERER_PATTERNS for path in SYSTEM_FOLDER.glob(pattern))


def _is_linux() -> bool:
    return sys.platform.startswith("linux")


def _can_load(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True
