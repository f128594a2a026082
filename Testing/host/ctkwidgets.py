"""Stand-ins for the ctk widgets that a module panel uses, written after the properties and signals of CTK's headers.

Limits: look, history menus and file dialogs of the real widgets are not imitated (`browse()` does nothing), and a child
that code shows while its section is collapsed becomes visible.
"""

from pathlib import Path

from PySide6 import QtCore, QtGui, QtWidgets
from PySide6.QtCore import Property, Signal

from .properties import setter_name, stored_property, with_setters
from .qtmodules import ctk


def fill_horizontally(widget, *children):
    """Lay children side by side without margins."""
    layout = QtWidgets.QHBoxLayout(widget)
    layout.setContentsMargins(0, 0, 0, 0)
    for child in children:
        layout.addWidget(child)


class _HiddenChildren:
    """The children that a collapsed section hides, so that expanding shows these again and no others."""

    def __init__(self, owner):
        self._owner = owner
        self._hidden = []

    def hide(self):
        children = self._owner.findChildren(QtWidgets.QWidget, options=QtCore.Qt.FindDirectChildrenOnly)
        newly = [child for child in children if not child.isHidden()]
        for child in newly:
            child.hide()
        self._hidden += newly

    def show(self):
        children = self._owner.findChildren(QtWidgets.QWidget, options=QtCore.Qt.FindDirectChildrenOnly)
        for child in self._hidden:
            if child in children:
                child.show()
        self._hidden = []


@with_setters
class ctkCollapsibleButton(QtWidgets.QAbstractButton):
    """A section with a clickable header; checked means expanded."""

    CPP_SIGNALS = ("contentsCollapsed(bool)",)
    CPP_SLOTS = ("setCollapsed(bool)",)
    contentsCollapsed = Signal(bool)
    HEADER_HEIGHT = 24

    def __init__(self, *arguments):
        parent = arguments[-1] if arguments and isinstance(arguments[-1], QtWidgets.QWidget) else None
        super().__init__(parent)
        self._children = _HiddenChildren(self)
        self.setText(arguments[0] if arguments and isinstance(arguments[0], str) else "")
        self.setCheckable(True)
        self.setChecked(True)
        self.setSizePolicy(QtWidgets.QSizePolicy.Preferred, QtWidgets.QSizePolicy.Preferred)
        self.setContentsMargins(4, self.HEADER_HEIGHT + 4, 4, 2)
        self.toggled.connect(self._onToggled)

    def _onToggled(self, expanded):
        if expanded:
            self._children.show()
        else:
            self._children.hide()
        self.setMaximumHeight(16777215 if expanded else self.HEADER_HEIGHT + 2)
        self.contentsCollapsed.emit(not expanded)

    def showEvent(self, event):
        if not self.isChecked():
            self._children.hide()

    def hitButton(self, position):
        return position.y() <= self.HEADER_HEIGHT

    def sizeHint(self):
        if not self.isChecked() or self.layout() is None:
            return QtCore.QSize(200, self.HEADER_HEIGHT + 2)
        return self.layout().totalSizeHint()

    def minimumSizeHint(self):
        if not self.isChecked() or self.layout() is None:
            return QtCore.QSize(50, self.HEADER_HEIGHT + 2)
        return self.layout().totalMinimumSize()

    def paintEvent(self, event):
        painter = QtGui.QPainter(self)
        header = QtCore.QRect(0, 0, self.width - 1, self.HEADER_HEIGHT)
        painter.fillRect(header, QtGui.QColor("#e6e6e6"))
        painter.setPen(QtGui.QColor("#bbbbbb"))
        painter.drawRect(header)
        painter.setPen(self.palette.color(QtGui.QPalette.ButtonText))
        arrow = "\u25be " if self.isChecked() else "\u25b8 "
        painter.drawText(header.adjusted(6, 0, 0, 0), QtCore.Qt.AlignVCenter, arrow + self.text)
        painter.end()

    collapsed = Property(bool, lambda self: not self.isChecked(), lambda self, value: self.setChecked(not value))
    collapsedHeight = stored_property(int, "collapsedHeight", 10)
    contentsFrameShape = stored_property(int, "contentsFrameShape", 0)
    contentsFrameShadow = stored_property(int, "contentsFrameShadow", 0)
    contentsLineWidth = stored_property(int, "contentsLineWidth", 1)


@with_setters
class ctkCollapsibleGroupBox(QtWidgets.QGroupBox):
    """A checkable group box; checked means expanded."""

    CPP_SLOTS = ("setCollapsed(bool)",)
    COLLAPSED_HEIGHT = 26

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self._children = _HiddenChildren(self)
        self.setCheckable(True)
        self.setChecked(True)
        self.toggled.connect(self._onToggled)

    def _onToggled(self, expanded):
        if expanded:
            self._children.show()
        else:
            self._children.hide()
        self.setMaximumHeight(16777215 if expanded else self.COLLAPSED_HEIGHT)

    def showEvent(self, event):
        if not self.isChecked():
            self._children.hide()

    collapsed = Property(bool, lambda self: not self.isChecked(), lambda self, value: self.setChecked(not value))
    collapsedHeight = stored_property(int, "collapsedHeight", 14)


def _spin_box_property(name, type_=float):
    return Property(
        type_,
        lambda self: getattr(self._spinBox, name),
        lambda self, value: getattr(self._spinBox, setter_name(name))(value),
    )


@with_setters
class ctkSliderWidget(QtWidgets.QWidget):
    """Slider and spin box that show one value."""

    CPP_SIGNALS = ("valueChanged(double)", "valueIsChanging(double)")
    CPP_SLOTS = ("setValue(double)", "reset()", "setSpinBoxVisible(bool)")
    valueChanged = Signal(float)
    valueIsChanging = Signal(float)
    STEPS = 1000

    def __init__(self, parent=None):
        super().__init__(parent)
        self._slider = QtWidgets.QSlider(QtCore.Qt.Horizontal)
        self._slider.setMaximum(self.STEPS)
        self._spinBox = QtWidgets.QDoubleSpinBox()
        self._spinBox.setRange(0, 99)
        fill_horizontally(self, self._slider, self._spinBox)
        self._spinBox.valueChanged.connect(self._onValueChanged)
        self._slider.sliderMoved.connect(self._onSliderMoved)

    def _onValueChanged(self, value):
        width = self._spinBox.maximum - self._spinBox.minimum
        self._slider.setValue(int(self.STEPS * (value - self._spinBox.minimum) / width) if width else 0)
        self.valueChanged.emit(value)

    def _onSliderMoved(self, step):
        width = self._spinBox.maximum - self._spinBox.minimum
        self._spinBox.setValue(self._spinBox.minimum + step / self.STEPS * width)

    def setRange(self, minimum, maximum):
        self._spinBox.setRange(minimum, maximum)

    def reset(self):
        self._spinBox.setValue(0)

    value = _spin_box_property("value")
    minimum = _spin_box_property("minimum")
    maximum = _spin_box_property("maximum")
    singleStep = _spin_box_property("singleStep")
    decimals = _spin_box_property("decimals", int)
    prefix = _spin_box_property("prefix", str)
    suffix = _spin_box_property("suffix", str)
    pageStep = stored_property(float, "pageStep", 1.0)
    tickInterval = stored_property(float, "tickInterval", 0.0)
    tracking = stored_property(bool, "tracking", True)
    popupSlider = stored_property(bool, "popupSlider", False)
    spinBoxVisible = stored_property(bool, "spinBoxVisible", True)


@with_setters
class ctkPathLineEdit(QtWidgets.QWidget):
    """Line edit for a file or folder."""

    CPP_SIGNALS = ("currentPathChanged(QString)", "validInputChanged(bool)")
    CPP_SLOTS = ("setCurrentPath(QString)", "addCurrentPathToHistory()", "retrieveHistory()", "browse()")
    currentPathChanged = Signal(str)
    validInputChanged = Signal(bool)
    Dirs, Files, Drives, NoSymLinks, Readable, Writable, Executable = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40
    Modified, Hidden, System, AllDirs, NoDotAndDotDot = 0x80, 0x100, 0x200, 0x400, 0x1000

    def __init__(self, parent=None):
        super().__init__(parent)
        self._edit = QtWidgets.QLineEdit()
        browse = QtWidgets.QToolButton()
        browse.setText("\u2026")
        fill_horizontally(self, self._edit, browse)
        self._edit.textChanged.connect(self.currentPathChanged)

    def addCurrentPathToHistory(self):
        """The real widget stores the path in the settings."""

    def retrieveHistory(self):
        """The real widget reads the settings."""

    def browse(self):
        """The real widget opens a file dialog."""

    currentPath = Property(str, lambda self: self._edit.text, lambda self, value: self._edit.setText(value))
    label = stored_property(str, "label", "")
    nameFilters = stored_property("QStringList", "nameFilters", [])
    filters = stored_property(int, "filters", 0)
    settingKey = stored_property(str, "settingKey", "")
    showBrowseButton = stored_property(bool, "showBrowseButton", True)
    showHistoryButton = stored_property(bool, "showHistoryButton", True)
    sizeAdjustPolicy = stored_property(int, "sizeAdjustPolicy", 1)
    minimumContentsLength = stored_property(int, "minimumContentsLength", 0)


@with_setters
class ctkDirectoryButton(QtWidgets.QWidget):
    """Button that shows and chooses a folder; paths become absolute, the empty path is the working directory."""

    CPP_SIGNALS = ("directoryChanged(QString)", "directorySelected(QString)")
    CPP_SLOTS = ("browse()",)
    directoryChanged = Signal(str)
    directorySelected = Signal(str)

    def __init__(self, *arguments):
        parent = arguments[-1] if arguments and isinstance(arguments[-1], QtWidgets.QWidget) else None
        super().__init__(parent)
        self._button = QtWidgets.QPushButton()
        self._directory = ""
        fill_horizontally(self, self._button)
        self._setDirectory(arguments[0] if arguments and isinstance(arguments[0], str) else ".")

    def _setDirectory(self, path):
        absolute = str(Path(path or ".").absolute())
        changed = absolute != self._directory
        self._directory = absolute
        self._button.setText(self.text or absolute)
        if changed:
            self.directoryChanged.emit(absolute)
        self.directorySelected.emit(absolute)

    def browse(self):
        """The real widget opens a file dialog."""

    def _onPropertyChanged(self):
        self._button.setText(self.text or self._directory)

    directory = Property(str, lambda self: self._directory, _setDirectory)
    caption = stored_property(str, "caption", "")
    text = stored_property(str, "text", "")
    acceptMode = stored_property(int, "acceptMode", 0)


class ctkMessageBox(QtWidgets.QMessageBox):
    """Message box with a "don't show again" check box."""

    dontShowAgainSettingsKey = stored_property(str, "dontShowAgainSettingsKey", "")
    dontShowAgainVisible = stored_property(bool, "dontShowAgainVisible", False)


class ctkMenuButton(QtWidgets.QPushButton):
    """Push button with a menu."""


class ctkComboBox(QtWidgets.QComboBox):
    """Combo box with an elided default text."""

    defaultText = stored_property(str, "defaultText", "")


class ctkCheckBox(QtWidgets.QCheckBox):
    """Check box with an indicator icon."""


class ctkDoubleSpinBox(QtWidgets.QDoubleSpinBox):
    """Spin box with a flexible number of decimals."""


STAND_INS = {
    name: value for name, value in list(globals().items()) if name.startswith("ctk") and isinstance(value, type)
}
for _name, _class in STAND_INS.items():
    setattr(ctk, _name, _class)
