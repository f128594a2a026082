"""The section of the panel in which structures of an imported model are ticked."""

from collections.abc import Callable, Collection, Sequence

import qt
from slicer.i18n import tr as _

from .modelrow import readableName


class StructuresSection:
    """A list with ticks, a filter, and buttons that tick or untick what the filter lets through."""

    def __init__(self, ui, changed: Callable[[list[str]], None]):
        """``changed`` is called with the names that are not ticked after each change by the user."""
        self._ui = ui
        self._changed = changed
        self._names: tuple[str, ...] = ()
        ui.structuresList.connect("itemChanged(QListWidgetItem*)", self._onItemChanged)
        ui.structuresFilter.connect("textChanged(QString)", self._onFilter)
        ui.allStructuresButton.connect("clicked(bool)", lambda *_: self._tickShown(True))
        ui.noStructuresButton.connect("clicked(bool)", lambda *_: self._tickShown(False))

    def show(self, names: Sequence[str], leftOut: Collection[str]) -> None:
        """Show structures, all ticked but those that are left out; the section is hidden where there are none."""
        if tuple(names) != self._names:
            self._names = tuple(names)
            self._fill()
        self._tick(leftOut)
        kept = len([name for name in names if name not in leftOut])
        self._ui.structuresSection.text = _title(kept, len(names))
        self._ui.structuresSection.visible = bool(names)

    def _fill(self):
        table = self._ui.structuresList
        blocked = table.blockSignals(True)
        table.clear()
        for name in self._names:
            item = qt.QListWidgetItem(readableName(name))
            item.setFlags(qt.Qt.ItemIsEnabled | qt.Qt.ItemIsUserCheckable)
            item.setCheckState(qt.Qt.Checked)
            table.addItem(item)
        table.blockSignals(blocked)
        self._ui.structuresFilter.clear()

    def _tick(self, leftOut):
        table = self._ui.structuresList
        blocked = table.blockSignals(True)
        for row, name in enumerate(self._names):
            table.item(row).setCheckState(qt.Qt.Unchecked if name in leftOut else qt.Qt.Checked)
        table.blockSignals(blocked)

    def _tickShown(self, isTicked):
        table = self._ui.structuresList
        blocked = table.blockSignals(True)
        for row in range(len(self._names)):
            if not table.item(row).isHidden():
                table.item(row).setCheckState(qt.Qt.Checked if isTicked else qt.Qt.Unchecked)
        table.blockSignals(blocked)
        self._onItemChanged()

    def _onItemChanged(self, _item=None):
        table = self._ui.structuresList
        self._changed([name for row, name in enumerate(self._names) if table.item(row).checkState() != qt.Qt.Checked])

    def _onFilter(self, text):
        for row in range(len(self._names)):
            item = self._ui.structuresList.item(row)
            item.setHidden(text.casefold() not in item.text().casefold())


def _title(kept, count):
    if kept == count:
        return _("Structures: all {count}").format(count=count)
    return _("Structures: {kept} of {count}").format(kept=kept, count=count)
