"""A stand-in for the 3D Slicer application, for tests without it: genuine MRML, stand-in widgets.

Genuine: scene, nodes, storage, module logics, `slicer.util`, displayable managers (the slicer-core wheel). Stand-ins
written here: `qt`, `ctk`, `slicer.qMRML*` on PySide6, `slicer.app`, layout, module and extensions manager,
`slicer.ScriptedLoadableModule`, `slicer.parameterNodeWrapper`, `slicer.i18n`, `slicer.packaging`, `SampleData`,
`PyTorchUtils`, `PythonSlicer`. Where the application would misbehave silently, the stand-ins raise. What passes here
must still be tried in Slicer before a release.

The tests in Testing/hosting also pass with Slicer's own ScriptedLoadableModule, parameterNodeWrapper and i18n (main
branch, August 2026) in the place of these stand-ins.

Entry points for tests, mostly through the fixtures of Testing/conftest.py:

    host                 fixture: a `Host` with main window; the test fails if a slot or observer raised
    headless_host        fixture: the same without main window (`slicer.app.layoutManager()` is None)
    scene_host           fixture: scene and logics only, no Qt (`SceneHost`)
    views                fixture: `Views` of `host`, drawn off screen: views.red/.green/.yellow/.three_d; .show(volume),
                         .jump_to(ras); each view: .pixels(), .save_png(path), .color_at(ras)
    module_widget        fixture: module_widget("SegmentL3") -> `Loaded` with .python, .module, .widget, .ui, .panel
    pump_until           fixture: pump_until(condition, timeout=10.0, message="") runs the event loop; TimeoutError
    shared_data          fixture: Path of ../shared/data, or skips

    host.load_module(name_or_path, enter=True); host.unload()
    host.app.testing = False; host.dialogs.answers.append(qt.QMessageBox.Cancel); host.dialogs.texts; host.dialogs.shown
    host.errors.clear()  when a test expects a slot to raise
    host.dialogs.paths (answers to file dialogs); host.dialogs.opened_urls
    host.pip.absent.add("torch"); host.pip.calls; host.selected_modules; host.sample_data; host.app.translator
    host.requested_extensions; host.install_pytorch_extension() -> list of installTorch calls
    host.scene, host.logics, host.temporary_folder

    pump_until(condition, timeout, message), pump_for(seconds)
    save_window(path, panel, views, caption=...)      PNG of panel and views
    load_ui(path), widget_of(top, name)               a .ui file alone

Import the last group inside tests and fixtures, since it needs Qt; everything is imported on first use.
`missing_for_scene()`, `missing_for_qt()` and `missing_for_rendering()` say why a part cannot be used on this machine.
System packages: see `host.systemlibraries`.
"""

import importlib

from .environment import missing_for_qt, missing_for_rendering, missing_for_scene, prepare

prepare()

_PLACES = {
    "Host": "host",
    "Loaded": "host",
    "SceneHost": "scene",
    "View": "views",
    "SliceView": "views",
    "ThreeDView": "views",
    "Views": "views",
    "pump_until": "eventloop",
    "pump_for": "eventloop",
    "save_window": "window",
    "load_ui": "uiloader",
    "widget_of": "uiloader",
}
__all__ = ["missing_for_qt", "missing_for_rendering", "missing_for_scene", *_PLACES]


def __getattr__(name):
    if name not in _PLACES:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    return getattr(importlib.import_module(f".{_PLACES[name]}", __name__), name)
