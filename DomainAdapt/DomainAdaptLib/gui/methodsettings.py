"""The form with the settings of the chosen method."""

import math
from collections.abc import Callable

import qt
from slicer.i18n import translate

FEWEST_DECIMALS = 2


class MethodSettings:
    """Number fields for the settings that the catalog describes; made when a method is chosen for the first time."""

    def __init__(self, layout, changed: Callable[[str, str, float], None]):
        """
        Args:
            layout: QVBoxLayout that the forms go into.
            changed: is called with name of the method, name of the setting and the value that the user gives it.
        """
        self._layout = layout
        self._changed = changed
        self._forms = {}
        self._fields = {}

    def show(self, method, chosen) -> None:
        """Show the settings of a method (none where it is None); ``chosen`` has the values that differ from default."""
        for name, form in self._forms.items():
            form.visible = method is not None and name == method.name
        if method is None:
            return
        if method.name not in self._forms:
            self._make(method)
        for name, setting in method.settings.items():
            field = self.field(method.name, name)
            blocked = field.blockSignals(True)
            field.value = chosen.get(name, setting.default)
            field.blockSignals(blocked)

    def field(self, method: str, setting: str):
        """The number field of a setting."""
        return self._fields[method, setting]

    def _make(self, method):
        form = qt.QWidget()
        rows = qt.QFormLayout(form)
        rows.setContentsMargins(0, 0, 0, 0)
        for setting in method.settings.values():
            field = _makeField(setting)
            signal = "valueChanged(int)" if isinstance(setting.default, int) else "valueChanged(double)"
            field.connect(signal, self._teller(method.name, setting.name))
            self._fields[method.name, setting.name] = field
            rows.addRow(f"{translate('Methods', setting.title)}:", field)
        self._forms[method.name] = form
        self._layout.addWidget(form)

    def _teller(self, method, setting):
        return lambda value: self._changed(method, setting, value)


def _makeField(setting):
    if isinstance(setting.default, int):
        field = qt.QSpinBox()
    else:
        field = qt.QDoubleSpinBox()
        field.setDecimals(_decimals(setting))
        field.setSingleStep(setting.default / 10 or 10.0 ** -FEWEST_DECIMALS)
    field.setRange(setting.lowest, setting.highest)
    field.setToolTip(translate("Methods", setting.description))
    return field


def _decimals(setting):
    """As many as the smallest value, and a tenth of the default, need."""
    steps = [value for value in (setting.lowest, setting.default / 10) if value > 0]
    return max([FEWEST_DECIMALS, *(math.ceil(-math.log10(step)) for step in steps)])
