"""Dialogs that never wait: each message box, file dialog and link is recorded and answered.

`slicer.util` shows nothing in testing mode, so its dialogs appear when the host's application has `testing = False`.
As in PythonQt the file dialogs return the path alone, where PySide6 returns a pair.
"""

import dataclasses

from PySide6 import QtGui, QtWidgets

AFFIRMATIVE = ("Ok", "Yes", "Retry", "Save", "Open", "Close")
STANDARD = QtWidgets.QMessageBox.StandardButton


@dataclasses.dataclass(frozen=True)
class Shown:
    """One dialog that a user would have seen."""

    text: str
    title: str
    details: str
    answer: object


class Dialogs:
    """Record of dialogs and the answers to give.

    Attributes:
        shown: the `Shown` dialogs in order.
        answers: standard buttons to press, first come first served; without any, the box's first affirmative button.
        paths: texts to give to file and input dialogs, first come first served; without any the user cancels.
        opened_urls: addresses that were opened in the browser or file manager.
    """

    def __init__(self):
        self.shown = []
        self.answers = []
        self.paths = []
        self.opened_urls = []

    @property
    def texts(self):
        """The texts of all dialogs shown so far."""
        return [each.text for each in self.shown]

    def install(self):
        """Make every dialog of the process go through this record."""
        box, file_dialog, dialog = QtWidgets.QMessageBox, QtWidgets.QFileDialog, QtWidgets.QDialog
        dialog.exec = dialog.exec_ = lambda each: self._execute_dialog(each)
        box.exec = box.exec_ = lambda each: self._execute_box(each)
        for name in ("question", "information", "warning", "critical"):
            setattr(box, name, staticmethod(self._ask))
        for name in ("getOpenFileName", "getSaveFileName", "getExistingDirectory"):
            setattr(file_dialog, name, staticmethod(self._choose_path))
        QtWidgets.QInputDialog.getText = staticmethod(self._choose_path)
        QtGui.QDesktopServices.openUrl = staticmethod(self._open_url)

    def _execute_box(self, box):
        answer = self._answer(box.standardButtons)
        self.shown.append(Shown(box.text, box.windowTitle.strip(), box.detailedText, answer))
        return answer

    def _execute_dialog(self, dialog):
        answer = self.answers.pop(0) if self.answers else QtWidgets.QDialog.Accepted
        self.shown.append(Shown("", dialog.windowTitle, "", answer))
        return answer

    def _ask(self, parent, title, text, buttons=STANDARD.Ok, *_):
        answer = self._answer(buttons)
        self.shown.append(Shown(text, title, "", answer))
        return answer

    def _answer(self, buttons):
        if self.answers:
            return self.answers.pop(0)
        offered = (getattr(STANDARD, name) for name in AFFIRMATIVE if getattr(STANDARD, name) & buttons)
        return next(offered, STANDARD.Ok)

    def _choose_path(self, parent=None, title="", *_):
        answer = self.paths.pop(0) if self.paths else ""
        self.shown.append(Shown("", title, "", answer))
        return answer

    def _open_url(self, url):
        self.opened_urls.append(url.toString())
        return True
