"""Binding of a parameter to a widget, with the same pairs of widget class and type as Slicer has and no others.

As there, the class must match exactly, a slider needs a range, a combo box of texts or numbers a Choice, ctk's path
widgets hold pathlib.Path, not str, and a QPlainTextEdit cannot be bound.
"""

import enum
import logging
import math
import pathlib

import slicer
from PySide6.QtWidgets import QWidget  # noqa: F401  for parameters.py, which needs no other Qt class

from .qtmodules import ctk, qt
from .validators import Choice, Decimals, Maximum, Minimum, SingleStep, WithinRange


class Connector:
    """One widget that shows one parameter through a Qt property."""

    def __init__(self, widget, signal, property_name):
        self.widget = widget
        self._signal = getattr(widget, signal) if signal else None
        self._property = property_name
        self._slot = None

    def connect(self, callback):
        if self._signal is not None:
            self._slot = lambda *_: callback()
            self._signal.connect(self._slot)

    def disconnect(self):
        if self._slot is not None:
            self._signal.disconnect(self._slot)
            self._slot = None

    def read(self):
        return getattr(self.widget, self._property)

    def write(self, value):
        if self.read() != value:  # Qt's own setters do nothing then; this keeps the cursor of a text edit
            setattr(self.widget, self._property, value)


class PathConnector(Connector):
    """ctkPathLineEdit and ctkDirectoryButton."""

    def __init__(self, widget, signal, property_name, path_type):
        super().__init__(widget, signal, property_name)
        self._path_type = path_type

    def read(self):
        return self._path_type(super().read())

    def write(self, value):
        setattr(self.widget, self._property, str(value))


class WholeNumberConnector(Connector):
    """A widget for decimal numbers that shows whole ones."""

    def __init__(self, widget):
        super().__init__(widget, "valueChanged", "value")
        widget.decimals = 0

    def read(self):
        return int(super().read())


class ChoiceConnector(Connector):
    """Combo box with the texts of a Choice or of an Enum."""

    def __init__(self, widget, texts_and_values):
        super().__init__(widget, "currentIndexChanged", "currentIndex")
        self._values = [value for _, value in texts_and_values]
        widget.clear()
        widget.addItems([text for text, _ in texts_and_values])

    def read(self):
        return self._values[self.widget.currentIndex]

    def write(self, value):
        if value not in self._values:
            raise ValueError(f"Unable to find value {value} in choices {self._values}")
        self.widget.currentIndex = self._values.index(value)


class NodeConnector(Connector):
    """Node selector."""

    def __init__(self, widget, node_type):
        super().__init__(widget, "currentNodeChanged", "currentNode")
        widget.nodeTypes = [node_type.__name__]

    def read(self):
        return self.widget.currentNode()

    def write(self, value):
        self.widget.setCurrentNode(value)


def connector(widget, parameter):
    """The connector of a widget and a parameter.

    Raises:
        RuntimeError: Slicer cannot bind this class of widget to this type of parameter.
    """
    type_ = parameter.kind.type
    if issubclass(type_, slicer.vtkMRMLNode):
        found = NodeConnector(widget, type_) if type(widget) is slicer.qMRMLNodeComboBox else None
    elif issubclass(type_, pathlib.PurePath):
        found = _path_connector(widget, type_)
    elif type(widget) in (qt.QComboBox, ctk.ctkComboBox):
        found = ChoiceConnector(widget, _choices(parameter))
    else:
        makers = {bool: _bool_connector, int: _int_connector, float: _float_connector, str: _text_connector}
        found = makers[type_](widget, parameter) if type_ in makers else None
    if found is None:
        raise RuntimeError(f"Unable to create GUI connector from '{parameter.hint}' to '{type(widget).__name__}'")
    return found


def _path_connector(widget, type_):
    if type(widget) is ctk.ctkPathLineEdit:
        return PathConnector(widget, "currentPathChanged", "currentPath", type_)
    if type(widget) is ctk.ctkDirectoryButton:
        return PathConnector(widget, "directoryChanged", "directory", type_)
    return None


def _choices(parameter):
    if issubclass(parameter.kind.type, enum.Enum):
        members = list(parameter.kind.type)
        return [(member.label() if hasattr(member, "label") else member.name, member) for member in members]
    choice = _first(parameter, Choice)
    if choice is None:
        raise RuntimeError("a QComboBox needs the Choice annotation")
    return [(str(value), value) for value in choice.choices]


def _bool_connector(widget, parameter):
    if type(widget) not in (qt.QCheckBox, ctk.ctkCheckBox, qt.QPushButton):
        return None
    if not widget.checkable:
        logging.warning("Making push button %s checkable", widget.objectName)
        widget.checkable = True
    return Connector(widget, "toggled", "checked")


def _int_connector(widget, parameter):
    if _is_decimal(widget):
        _set_range(widget, parameter, -math.inf, math.inf)
        return WholeNumberConnector(widget)
    if type(widget) not in (qt.QSlider, qt.QSpinBox):
        return None
    _set_range(widget, parameter, -(2**31), 2**31 - 1)
    return Connector(widget, "valueChanged", "value")


def _float_connector(widget, parameter):
    if not _is_decimal(widget):
        return None
    decimals = _first(parameter, Decimals)
    if decimals is not None:
        widget.decimals = decimals.value
    _set_range(widget, parameter, -math.inf, math.inf)
    return Connector(widget, "valueChanged", "value")


def _is_decimal(widget):
    sliders_and_boxes = (ctk.ctkSliderWidget, slicer.qMRMLSliderWidget, ctk.ctkDoubleSpinBox, slicer.qMRMLSpinBox)
    return type(widget) in (qt.QDoubleSpinBox, *sliders_and_boxes)


def _text_connector(widget, parameter):
    if type(widget) is qt.QLineEdit:
        return Connector(widget, "textChanged", "text")
    if type(widget) is qt.QTextEdit:
        return Connector(widget, "textChanged", "plainText")
    if type(widget) is qt.QLabel:
        return Connector(widget, None, "text")
    return None


def _first(parameter, annotation_class):
    return next((each for each in parameter.annotations if isinstance(each, annotation_class)), None)


def _set_range(widget, parameter, lowest, highest):
    within = _first(parameter, WithinRange)
    minimum, maximum = within or _first(parameter, Minimum), within or _first(parameter, Maximum)
    is_slider = type(widget) in (qt.QSlider, ctk.ctkSliderWidget, slicer.qMRMLSliderWidget)
    if is_slider and (minimum is None or maximum is None):
        raise RuntimeError(f"a slider cannot show {parameter.name}, which is unbounded")
    step = _first(parameter, SingleStep)
    if step is not None:
        widget.singleStep = step.value
    widget.minimum = minimum.minimum if minimum else lowest
    widget.maximum = maximum.maximum if maximum else highest
