"""A list box whose entries have IDs."""

from collections.abc import Callable, Sequence


class ChoiceBox:
    """Shows titles and tells IDs; groups of entries are parted by a line."""

    def __init__(self, box, chosen: Callable[[str], None]):
        """``box`` is a QComboBox; ``chosen`` is called with the ID of the entry that the user picks."""
        self._box = box
        self._chosen = chosen
        box.connect("currentIndexChanged(int)", self._onIndexChanged)

    def fill(self, groups: Sequence[Sequence[tuple[str, str]]]) -> None:
        """Offer these entries, each a title and an ID."""
        blocked = self._box.blockSignals(True)
        self._box.clear()
        for entries in filter(None, groups):
            if self._box.count:
                self._box.insertSeparator(self._box.count)
            for title, identifier in entries:
                self._box.addItem(title, identifier)
        self._box.blockSignals(blocked)

    def show(self, title: str, identifier: str) -> None:
        """Show an entry as chosen, even where it is none of those that are offered."""
        blocked = self._box.blockSignals(True)
        if self._box.findData(identifier) < 0:
            self._box.addItem(title, identifier)
        self._box.currentIndex = self._box.findData(identifier)
        self._box.blockSignals(blocked)

    def _onIndexChanged(self, index):
        identifier = self._box.itemData(index) if index >= 0 else None
        if identifier:
            self._chosen(identifier)
