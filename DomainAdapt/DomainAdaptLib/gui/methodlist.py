"""The list of methods: what each does, how long it takes, and why it cannot be chosen."""

from collections.abc import Callable, Mapping, Sequence

import qt
from slicer.i18n import tr as _
from slicer.i18n import translate

from SegmentL3Lib.gui import tableview

from ..adaptation.catalog import load_methods


class MethodList:
    """One row for each method; those whose needs are not met are gray, and say what they need."""

    def __init__(self, table, methods: Sequence, chosen: Callable[[str], None]):
        """
        Args:
            table: QTableWidget with two columns.
            methods: of the catalog (``DomainAdaptLib.adaptation.catalog.Method``).
            chosen: is called with the name of the method that the user picks.
        """
        self._table = table
        self._methods = methods
        self._chosen = chosen
        self._problems = None
        tableview.stretchFirstColumn(table)
        table.connect("itemSelectionChanged()", self._onSelected)

    def show(self, name: str, problems: Mapping[str, str | None]) -> None:
        """Show a method as chosen; ``problems`` says by name why a method cannot be used, None where it can."""
        blocked = self._table.blockSignals(True)
        if problems != self._problems:
            self._problems = dict(problems)
            self._fill()
        wanted = [row for row, method in enumerate(self._methods) if method.name == name and not problems[name]]
        if self._selectedRows() != wanted:
            self._table.clearSelection()
            for row in wanted:
                self._table.selectRow(row)
        self._table.blockSignals(blocked)

    def _fill(self):
        texts = [[_describe(method, self._problems[method.name]), timeText(method.minutes)] for method in self._methods]
        tableview.fill(self._table, texts, [method.reference for method in self._methods])
        for row, method in enumerate(self._methods):
            if self._problems[method.name]:
                for column in range(self._table.columnCount):
                    self._table.item(row, column).setFlags(qt.Qt.NoItemFlags)

    def _onSelected(self):
        for row in self._selectedRows():
            self._chosen(self._methods[row].name)

    def _selectedRows(self):
        return [index.row() for index in self._table.selectionModel().selectedRows()]


def loadMethods() -> tuple:
    """The methods of the catalog, in its order."""
    return load_methods()


def timeText(minutes: float) -> str:
    """Such as "2 min" or "30 s"."""
    if minutes < 1:
        return _("{seconds:.0f} s").format(seconds=60 * minutes)
    return _("{minutes:.0f} min").format(minutes=minutes)


def _describe(method, problem):
    lines = [translate("Methods", method.title), translate("Methods", method.description), problem]
    return "\n".join(filter(None, lines))
