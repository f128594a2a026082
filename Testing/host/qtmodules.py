"""The modules `qt` and `ctk`, made of PySide6 and stand-in widgets, with PythonQt's rules.

Importing this module makes the one QApplication of the process and patches PySide6's classes for the rest of it. `qt`
has Qt's classes only: there is no `qt.Signal`, which crashes the application.

Limits: Qt 6 instead of Slicer's Qt 5.15, and PySide6's overload resolution instead of PythonQt's. Written for PySide6
6.12.
"""

import sys
import types

from . import environment, immortals

environment.prepare()
immortals.keep_singletons_alive()

from PySide6 import QtCore, QtGui, QtUiTools, QtWidgets  # noqa: E402

from . import properties, signals  # noqa: E402

application = QtWidgets.QApplication.instance() or QtWidgets.QApplication(["Slicer"])
qt = types.ModuleType("qt", "Stand-in for Slicer's qt module")
ctk = types.ModuleType("ctk", "Stand-in for Slicer's ctk module")


def _install():
    for source in (QtCore, QtGui, QtWidgets, QtUiTools):
        for name in dir(source):
            if name.startswith("Q"):
                setattr(qt, name, getattr(source, name))
    for value in list(vars(qt).values()):
        if isinstance(value, type) and issubclass(value, QtCore.QObject):
            properties.expose_properties(value)
    signals.install()
    QtCore.QObject.className = lambda self: type(self).__name__
    QtCore.QObject.name = property(lambda self: self.objectName, lambda self, value: self.setObjectName(value))
    for cls in (qt.QDialog, qt.QMessageBox, qt.QMenu, qt.QFileDialog):
        cls.exec_ = cls.exec
    sys.modules["qt"] = qt
    sys.modules["ctk"] = ctk


_install()
