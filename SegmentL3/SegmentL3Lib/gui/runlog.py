"""The log of a run; the text widget drops the oldest lines by itself."""

import qt


class RunLog:
    """Lines in a read-only text widget, and a button that copies them."""

    def __init__(self, ui):
        self._text = ui.logText
        ui.copyLogButton.connect("clicked(bool)", self.copy)

    def clear(self) -> None:
        """Start afresh."""
        self._text.clear()

    def append(self, line: str) -> None:
        """Add a line, with the time."""
        time = qt.QTime.currentTime().toString("HH:mm:ss")
        self._text.appendPlainText(f"{time}  {line}")

    def copy(self, _checked: bool = False) -> None:
        """Copy all lines to the clipboard."""
        qt.QApplication.clipboard().setText(self._text.toPlainText())
