"""Stand-in for `slicer.app`, the module manager and the main window.

Limits: no Python console, no style; translations go through `translator`, which a test may replace.
"""

import logging
import os
import sys

from PySide6 import QtCore, QtGui, QtWidgets
from PySide6.QtCore import QObject, Signal

from .extensions import ExtensionsManagerModel
from .layout import LayoutManager
from .qtmodules import application


class FactoryManager:
    """Names of the loaded modules."""

    def __init__(self, modules):
        self._modules = modules

    def loadedModuleNames(self):
        return list(self._modules)

    def isLoaded(self, name):
        return name in self._modules


class ModuleManager(QObject):
    """Loaded scripted modules by name."""

    CPP_SIGNALS = ("moduleAboutToBeUnloaded(QString)", "moduleLoaded(QString)")
    moduleAboutToBeUnloaded = Signal(str)
    moduleLoaded = Signal(str)

    def __init__(self):
        super().__init__()
        self._modules = {}

    def add(self, name, module):
        self._modules[name] = module
        self.moduleLoaded.emit(name)

    def module(self, name):
        return self._modules.get(name)

    def factoryManager(self):
        return FactoryManager(self._modules)


class ModuleSelector(QObject):
    """Records which modules code has switched to."""

    CPP_SIGNALS = ("moduleSelected(QString)",)
    moduleSelected = Signal(str)

    def __init__(self):
        super().__init__()
        self._history = []

    def selectModule(self, name):
        self._history.append(name)
        self.moduleSelected.emit(name)

    history = property(lambda self: list(self._history))
    selectedModule = property(lambda self: self._history[-1] if self._history else "")


class MainWindow(QtWidgets.QMainWindow):
    """Found by `slicer.util.mainWindow()`; never shown."""

    def __init__(self):
        super().__init__()
        self.setObjectName("qSlicerMainWindow")
        self._selector = ModuleSelector()

    def moduleSelector(self):
        return self._selector


class Application(QObject):
    """`slicer.app`.

    Attributes:
        testing: whether `testingEnabled()` is true, as with `Slicer --testing`; then `slicer.util` shows no dialogs.
        translator: function (context, text) -> text that stands for the loaded language, or None for English.
        main_window: the `MainWindow`, or None as with `Slicer --no-main-window`.
        restarts: how often code asked for a restart.
    """

    CPP_SIGNALS = ("startupCompleted()", "lastWindowClosed()")
    startupCompleted = Signal()
    applicationName = "Slicer"
    applicationVersion = "5.12.0-stand-in"
    majorVersion, minorVersion = 5, 12
    documentationBaseUrl = "https://slicer.readthedocs.io/"
    temporaryPath = ""
    testing = True
    translator = None
    main_window = None
    restarts = 0

    def __init__(self, host, main_window):
        super().__init__()
        self._host = host
        self._module_manager = ModuleManager()
        self.main_window = MainWindow() if main_window else None
        self._layout_manager = LayoutManager(host.app_logic) if main_window else None
        self._extensions = ExtensionsManagerModel()
        self.temporaryPath = host.temporary_folder

    def extensionsManagerModel(self):
        return self._extensions

    def restart(self):
        self.restarts += 1

    def applicationLogic(self):
        return self._host.app_logic

    def coreIOManager(self):
        return self._host.io_manager

    ioManager = coreIOManager

    def mrmlScene(self):
        return self._host.scene

    def layoutManager(self):
        return self._layout_manager

    def moduleManager(self):
        return self._module_manager

    def moduleDocumentationUrl(self, moduleName):
        return self.documentationBaseUrl + moduleName

    def settings(self):
        return QtCore.QSettings()

    userSettings = settings
    revisionUserSettings = settings

    def translate(self, context, text):
        return self.translator(context, text) if self.translator else text

    def testingEnabled(self):
        return self.testing

    def processEvents(self, *_):
        application.processEvents()

    def pauseRender(self):
        """Rendering happens on request only."""

    resumeRender = pauseRender

    def topLevelWidgets(self):
        others = [widget for widget in application.topLevelWidgets() if widget.objectName != "qSlicerMainWindow"]
        return others + ([self.main_window] if self.main_window else [])

    def activeWindow(self):
        return self.main_window

    def setOverrideCursor(self, cursor):
        application.setOverrideCursor(QtGui.QCursor(cursor))

    def restoreOverrideCursor(self):
        application.restoreOverrideCursor()

    def startupEnvironment(self):
        return QtCore.QProcessEnvironment.systemEnvironment()

    def clipboard(self):
        return application.clipboard()


def isolate_settings(folder):
    """Keep QSettings in a folder of the test, empty at the start."""
    settings = QtCore.QSettings
    settings.setDefaultFormat(settings.IniFormat)
    for scope in (settings.UserScope, settings.SystemScope):
        settings.setPath(settings.IniFormat, scope, folder)
    QtCore.QCoreApplication.setOrganizationName("StandInHost")
    QtCore.QCoreApplication.setApplicationName(f"Slicer-{os.path.basename(folder)}")  # QSettings caches by file name


class UncaughtErrors:
    """Errors of slots and observers, which Qt and VTK print and forget; collected so that a test can fail on them."""

    def __init__(self):
        self.errors = []
        self._previous = None

    def __call__(self, kind, error, traceback):
        logging.getLogger(__name__).error("uncaught error in a slot or observer", exc_info=(kind, error, traceback))
        self.errors.append(error)

    def install(self):
        self._previous, sys.excepthook = sys.excepthook, self

    def remove(self):
        sys.excepthook = self._previous
