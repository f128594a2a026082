"""Fixtures for all tests: the stand-in Slicer host and the shared data; see `host` for what they give."""

from pathlib import Path

import pytest

import host as stand_in  # before anything that imports VTK or Qt: it sets their environment

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def _skip_if(reason):
    if reason:
        pytest.skip(reason)


@pytest.fixture
def scene_host():
    """Scene and module logics without Qt."""
    _skip_if(stand_in.missing_for_scene())
    host = stand_in.SceneHost()
    yield host
    host.close()


@pytest.fixture
def host():
    """A stand-in Slicer with main window; a slot or observer that raised fails the test."""
    yield from _run_host(main_window=True)


@pytest.fixture
def headless_host():
    """A stand-in Slicer without main window."""
    yield from _run_host(main_window=False)


def _run_host(main_window):
    _skip_if(stand_in.missing_for_qt())
    host = stand_in.Host(main_window=main_window)
    yield host
    host.close()
    assert not host.errors, f"slots or observers raised: {host.errors}"


@pytest.fixture
def views(host):
    """The four views of `host`, drawn off screen."""
    _skip_if(stand_in.missing_for_rendering())
    return host.make_views()


@pytest.fixture
def module_widget(host):
    """Factory: name of a scripted module -> the loaded module with its panel."""
    return host.load_module


@pytest.fixture
def pump_until(host):
    """Function that runs Qt's event loop until a condition holds, see `host.pump_until`."""
    return stand_in.pump_until


@pytest.fixture(scope="session")
def shared_data():
    """Folder of real data that is not part of the repository."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"the shared data folder {SHARED_DATA} is absent")
    return SHARED_DATA
