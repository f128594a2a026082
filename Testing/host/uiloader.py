"""A QUiLoader for .ui files with ctk and qMRML widgets, stricter than Qt's.

Refused, where Qt says nothing or prints a warning that nobody reads: a widget class without a stand-in, a property that
the widget class does not have, a connection whose widget, signal or slot does not exist or whose argument types differ.
A widget receives the MRML scene only when the file connects `mrmlSceneChanged` to it.
"""

import xml.etree.ElementTree as ElementTree

from PySide6 import QtCore, QtUiTools, QtWidgets

from . import ctkwidgets, qmrmlwidgets
from .properties import has_property, loading_ui
from .qtmodules import qt
from .signals import find_signal, find_slot, normalized

DESIGNER_CLASSES = {"Line": "QFrame"}  # names that only .ui files know
DESIGNER_PROPERTIES = {"buddy", "orientation"}
STAND_INS = {**ctkwidgets.STAND_INS, **qmrmlwidgets.STAND_INS}


class QUiLoader(QtUiTools.QUiLoader):
    """Loads one .ui file; raises RuntimeError or ValueError with the reason when Slicer would misbehave."""

    def createWidget(self, className, parent=None, name=""):
        # registerCustomWidget crashes with patched classes, so the stand-ins are made here.
        standIn = STAND_INS.get(className)
        if standIn is None:
            return super().createWidget(className, parent, name)
        widget = standIn(parent) if parent is not None else standIn()
        widget.setObjectName(name)
        self._created.append(widget)
        return widget

    def load(self, device, parent=None):
        self._created = []  # PySide deletes widgets whose Python side is dropped while loading
        root = ElementTree.fromstring(bytes(device.readAll()))
        _refuse_unknown_classes(root)
        _refuse_unknown_properties(root)
        connections = _take_connections(root)
        buffer = QtCore.QBuffer()
        buffer.setData(ElementTree.tostring(root))
        buffer.open(QtCore.QIODevice.ReadOnly)
        with loading_ui():
            top = super().load(buffer, parent)
        _connect(top, connections)
        return top


def _refuse_unknown_classes(root):
    used = {element.get("class") for element in root.iter("widget")}
    missing = {name for name in used if _class_of(name) is None}
    if missing:
        raise RuntimeError(f"widget classes without a stand-in: {sorted(missing)}")


def _refuse_unknown_properties(root):
    for widget in root.iter("widget"):
        qtClass = _class_of(widget.get("class"))
        for entry in widget.findall("property"):
            isChecked = entry.get("stdset") != "0" and entry.get("name") not in DESIGNER_PROPERTIES
            if isChecked and not has_property(qtClass, entry.get("name")):
                raise RuntimeError(f"{widget.get('name')}: {widget.get('class')} has no property {entry.get('name')}")


def _class_of(name):
    return STAND_INS.get(name) or getattr(qt, DESIGNER_CLASSES.get(name, name), None)


def _take_connections(root):
    """Remove the connections from the tree, since Qt does not see the Python slots of stand-ins; return their texts."""
    fields = ("sender", "signal", "receiver", "slot")
    found = [[element.findtext(field) for field in fields] for element in root.iter("connection")]
    for element in root.findall("connections"):
        root.remove(element)
    return found


def _connect(top, connections):
    objects = {each.objectName: each for each in [top, *top.findChildren(QtCore.QObject)]}
    for sender, signal, receiver, slot in connections:
        for name in (sender, receiver):
            if name not in objects:
                raise ValueError(f"connection of {signal}: there is no object {name}")
        sent, taken = (normalized(each).split("(")[1].rstrip(")") for each in (signal, slot))
        if taken and not (sent + ",").startswith(taken + ","):
            raise ValueError(f"connection of {sender} to {receiver}: {signal} does not fit {slot}")
        function = find_slot(objects[receiver], slot)
        source = find_signal(objects[sender], signal)
        source.connect(function if taken else lambda *_, _function=function: _function())


def load_ui(path):
    """Load a .ui file without a scene, for tests of the file itself. Returns the top widget."""
    device = QtCore.QFile(str(path))
    if not device.open(QtCore.QIODevice.ReadOnly):
        raise RuntimeError(f"cannot read {path}")
    return QUiLoader().load(device)


def widget_of(top, name):
    """The child widget of that object name."""
    return top.findChild(QtWidgets.QWidget, name)


qt.QUiLoader = QUiLoader
