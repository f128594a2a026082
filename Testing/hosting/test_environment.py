"""What the host needs from the machine, and how it says so."""

import subprocess
import sys
from pathlib import Path

from host import environment

TESTING = Path(environment.__file__).parents[1]


def test_importing_the_host_imports_neither_vtk_nor_qt():
    code = (
        "import sys, host; print([name for name in ('vtk', 'vtkmodules', 'slicer', 'PySide6') if name in sys.modules])"
    )
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, capture_output=True, text=True, cwd=TESTING)
    assert result.stdout.strip() == "[]", result.stderr


def test_a_missing_library_is_named_by_its_debian_package(monkeypatch):
    monkeypatch.setattr(environment.sys, "platform", "linux")
    monkeypatch.setattr(environment, "_can_load", lambda soname: "dbus" not in soname)
    assert environment.missing_for_qt() == "Qt needs the system packages libdbus-1-3"


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setattr(environment.importlib.util, "find_spec", lambda name: None)
    assert environment.missing_for_rendering() == "the Python package slicer-core is not installed"


def test_the_callers_choice_of_window_is_kept(monkeypatch):
    monkeypatch.setenv("VTK_DEFAULT_OPENGL_WINDOW", "vtkOSOpenGLRenderWindow")
    environment.prepare()
    assert environment.os.environ["VTK_DEFAULT_OPENGL_WINDOW"] == "vtkOSOpenGLRenderWindow"
