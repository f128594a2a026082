"""The whole stand-in application of one test: scene, `slicer.app`, Slicer's Python modules, module loading."""

import dataclasses
import importlib.util
import os
import sys
import types
from pathlib import Path

import slicer
from PySide6 import QtCore, QtWidgets

from . import (
    application,
    extensions,
    parameters,
    pippackages,
    pythonmodules,
    pythonslicer,
    sampledata,
    scripted,
    signals,
    uiloader,  # noqa: F401  installs qt.QUiLoader
    validators,
    views,
)
from .dialogs import Dialogs
from .qtmodules import application as qt_application
from .scene import SceneHost

SOURCE_ROOT = Path(__file__).resolve().parents[2]


@dataclasses.dataclass(frozen=True)
class Loaded:
    """A scripted module in the stand-in application.

    Attributes:
        python: the Python module of the module file.
        module: instance of the module class, such as SegmentL3.
        widget: instance of its widget class, after setup().
        panel: the Qt widget that holds the module's panel, with the application's `enter()`, `exit()`, `reload()`.
    """

    python: types.ModuleType
    module: object
    panel: object

    @property
    def widget(self):
        return self.panel.self()

    @property
    def ui(self):
        """The widget's `ui`, by convention `slicer.util.childWidgetVariables(...)`."""
        return self.widget.ui


class Host(SceneHost):
    """One stand-in Slicer; the process can have one at a time.

    Attributes, besides those of `SceneHost`:
        app: `slicer.app`; set `app.testing = False` to have message boxes "shown".
        dialogs: record of message boxes and the answers to give, see `dialogs.Dialogs`.
        errors: errors that slots and observers did not catch.
        pip: `slicer.packaging`, with `pip.calls` and `pip.absent`.
        sample_data: registered data sets.
    """

    def __init__(self, share_folder=None, main_window=True):
        """
        Args:
            share_folder: see `SceneHost`.
            main_window: False for an application started with --no-main-window: no layout manager, no main window.
        """
        super().__init__(share_folder)
        self.app = slicer.app = application.Application(self, main_window)
        application.isolate_settings(self.temporary_folder)
        self.dialogs = Dialogs()
        self.dialogs.install()
        self.pip = pippackages
        self.sample_data = sampledata.registered
        sampledata.registered.clear()
        self._path_before = os.environ.get("PATH")
        os.environ["PATH"] = pythonslicer.install(self.temporary_folder)
        self._uncaught = application.UncaughtErrors()
        self._uncaught.install()
        self._loaded = {}
        _install_python_modules()

    @property
    def errors(self):
        return self._uncaught.errors

    @property
    def selected_modules(self):
        """Names that were given to `slicer.util.selectModule`, in order."""
        return self.app.main_window.moduleSelector().history if self.app.main_window else []

    @property
    def requested_extensions(self):
        """Names of the extensions that code wanted to install."""
        return self.app.extensionsManagerModel().requested

    def install_pytorch_extension(self):
        """From now on `import PyTorchUtils` works. Returns the list that collects the calls of `installTorch`."""
        return extensions.install_pytorch_extension()

    def make_views(self, size=(400, 400)):
        """Draw the layout's four views; see `views.Views`. Needs the system packages of `environment`."""
        return views.Views(self.app_logic, self.app.layoutManager(), size)

    def load_module(self, name_or_path, enter=True):
        """Load a scripted module, make its panel and enter it, as the application does.

        Args:
            name_or_path: name of a module of this repository, such as "SegmentL3", or path of a module file.
            enter: whether the user has switched to the module.

        Returns:
            `Loaded`.
        """
        path = Path(name_or_path)
        if path.suffix != ".py":
            path = SOURCE_ROOT / path.name / f"{path.name}.py"
        name = path.stem
        python = _import_from(path)
        holder = scripted.qSlicerScriptedLoadableModule(str(path), name)
        setattr(slicer.modules, name.lower(), holder)
        module = getattr(python, name)(holder)
        setattr(slicer.modules, name + "Instance", module)
        self.app.moduleManager().add(name, holder)
        loaded = Loaded(python, module, holder.widgetRepresentation())
        self._loaded[name] = loaded
        if enter:
            loaded.panel.enter()
        return loaded

    def unload(self):
        """Leave and unload all modules, as the application does when it quits."""
        for name, loaded in self._loaded.items():
            if loaded.panel.isEntered:
                loaded.panel.exit()
            self.app.moduleManager().moduleAboutToBeUnloaded.emit(name)
            loaded.panel.setMRMLScene(None)
            loaded.panel.deleteLater()
            sys.modules.pop(name, None)
        self._loaded = {}
        qt_application.processEvents()
        qt_application.sendPostedEvents(None, QtCore.QEvent.DeferredDelete)

    def close(self):
        """Unload the modules and undo what this host changed in the process."""
        self.unload()
        if self.app.layoutManager() is not None:
            self.app.layoutManager().close()
        signals.forget_connections()
        extensions.remove_pytorch_extension()
        self._uncaught.remove()
        os.environ["PATH"] = self._path_before or ""
        while QtWidgets.QApplication.overrideCursor():
            QtWidgets.QApplication.restoreOverrideCursor()
        super().close()


def _import_from(path):
    folder = str(path.parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    python = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = python
    spec.loader.exec_module(python)
    return python


def _install_python_modules():
    """The parts of Slicer's Python package that need Qt, and the modules of other extensions."""
    names = ("Default", "Validator", "WithinRange", "Minimum", "Maximum", "Choice", "Exclude", "NotNone", "Decimals")
    annotations = {name: getattr(validators, name) for name in (*names, "SingleStep")}
    wrapper = {
        name: getattr(parameters, name)
        for name in (
            "parameterNodeWrapper",
            "isParameterNodeWrapper",
            "findChildWidgetForParameter",
            "SlicerParameterNamePropertyName",
        )
    }
    pythonmodules.install("ScriptedLoadableModule", {cls.__name__: cls for cls in scripted.BASE_CLASSES})
    pythonmodules.install("parameterNodeWrapper", {**wrapper, **annotations})
    sys.modules["SampleData"] = sampledata.module()
