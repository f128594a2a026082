"""What the host needs from the machine, and how it says so."""

import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from host import environment, systemlibraries

TESTING = Path(environment.__file__).parents[1]


def test_importing_the_host_imports_neither_vtk_nor_qt():
    code = (
        "import sys, host; print([name for name in ('vtk', 'vtkmodules', 'slicer', 'PySide6') if name in sys.modules])"
    )
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, capture_output=True, text=True, cwd=TESTING)
    assert result.stdout.strip() == "[]", result.stderr


@pytest.fixture
def on_linux(monkeypatch):
    monkeypatch.setattr(systemlibraries.sys, "platform", "linux")


def test_a_missing_library_is_named_by_its_debian_package(on_linux, monkeypatch):
    monkeypatch.setattr(systemlibraries, "_can_load", lambda name: "dbus" not in name)
    assert environment.missing_for_qt() == "Qt needs the system packages libdbus-1-3"


def test_a_missing_software_renderer_is_named_by_its_debian_package(on_linux, monkeypatch, tmp_path):
    monkeypatch.setattr(systemlibraries, "_can_load", lambda name: True)
    monkeypatch.setattr(systemlibraries, "SYSTEM_FOLDER", tmp_path)
    assert environment.missing_for_rendering() == "off-screen rendering needs the system packages libgl1-mesa-dri"
    renderer = tmp_path / "lib" / "x86_64-linux-gnu" / "dri" / "swrast_dri.so"
    renderer.parent.mkdir(parents=True)
    renderer.touch()
    assert environment.missing_for_rendering() is None


def test_other_systems_need_no_debian_packages(monkeypatch):
    monkeypatch.setattr(systemlibraries.sys, "platform", "darwin")
    monkeypatch.setattr(systemlibraries, "_can_load", lambda name: False)
    assert systemlibraries.packages_for_qt() == systemlibraries.packages_for_rendering() == []


def test_what_is_installed_before_the_tests_is_what_they_need(on_linux, monkeypatch, tmp_path):
    monkeypatch.setattr(systemlibraries, "_can_load", lambda name: False)
    monkeypatch.setattr(systemlibraries, "SYSTEM_FOLDER", tmp_path)
    script = runpy.run_path(str(TESTING / "ci" / "system_libraries.py"))
    needed = {*systemlibraries.PACKAGES.values(), systemlibraries.RENDERER_PACKAGE}
    assert script["missing_packages"]() == sorted(needed)


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setattr(environment.importlib.util, "find_spec", lambda name: None)
    assert environment.missing_for_rendering() == "the Python package slicer-core is not installed"


def test_the_callers_choice_of_window_is_kept(monkeypatch):
    monkeypatch.setenv("VTK_DEFAULT_OPENGL_WINDOW", "vtkOSOpenGLRenderWindow")
    environment.prepare()
    assert environment.os.environ["VTK_DEFAULT_OPENGL_WINDOW"] == "vtkOSOpenGLRenderWindow"
