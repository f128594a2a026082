"""The button that starts and cancels, with progress bar and status line."""

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import qt
from slicer.i18n import tr as _

SHORTCUT = "Ctrl+Return"
FAILURE_COLOR = "#d32f2f"
INPUTS = (
    "setupSection",
    "inputsSection",
    "structuresSection",
    "modelsSection",
    "advancedSection",
    "resultsSection",
    "modelResultSection",
    "lesionResultSection",
)


@dataclass(frozen=True)
class RunTexts:
    """What the button says.

    Attributes:
        start: its text while idle.
        cancelHint: its tool tip while running.
    """

    start: str
    cancelHint: str


class RunControls:
    """Apply while idle, Cancel while running.

    While a run is active the inputs are disabled, so that what is shown stays what is computed.
    """

    def __init__(
        self,
        ui,
        apply: Callable[[], None],
        cancel: Callable[[], None],
        inputs: Sequence[str] = INPUTS,
        texts: RunTexts | None = None,
    ):
        """
        Args:
            ui: widgets of the panel.
            apply: starts a run.
            cancel: stops it.
            inputs: names of the widgets that are disabled while a run is active.
            texts: of the button; None: those of "Apply".
        """
        self._ui = ui
        self._apply = apply
        self._cancel = cancel
        self._inputs = inputs
        self._texts = texts or RunTexts(_("Apply"), _("Stop the computation. Nothing in the scene changes."))
        self._isRunning = False
        ui.applyButton.connect("clicked(bool)", self._onClicked)
        self.setRunning(False)
        self.setStatus("")

    def setRunning(self, isRunning: bool) -> None:
        """Change between the two states."""
        self._isRunning = isRunning
        button = self._ui.applyButton
        button.text = _("Cancel") if isRunning else self._texts.start
        # A second press of the shortcut must not cancel by accident.
        button.shortcut = qt.QKeySequence("" if isRunning else SHORTCUT)
        for name in self._inputs:
            getattr(self._ui, name).enabled = not isRunning
        self._ui.progressBar.visible = isRunning
        self._ui.progressBar.value = 0
        if isRunning:
            button.enabled = True
            button.toolTip = self._texts.cancelHint

    def setProblem(self, problem: str | None, hint: str) -> None:
        """Say why Apply is not possible; None: it is, and does what ``hint`` says. Has no effect while running."""
        if self._isRunning:
            return
        self._ui.applyButton.enabled = problem is None
        self._ui.applyButton.toolTip = problem or f"{hint} ({SHORTCUT})"

    def setProgress(self, fraction: float, text: str) -> None:
        """Show how far the run is, and what it does and how long it will take, in the words of the worker."""
        self._ui.progressBar.value = round(100 * fraction)
        self.setStatus(f"{html.escape(text[:1].upper() + text[1:])}...")

    def setStatus(self, text: str) -> None:
        """Show one or two sentences, rich text, below the button."""
        self._ui.statusLabel.text = text
        self._ui.statusLabel.visible = bool(text)

    def setFailure(self, reason: str) -> None:
        """Show why there is no new result."""
        dot = f'<span style="color:{FAILURE_COLOR}; font-size:large">\u25cf</span>'
        text = _("{dot} <b>No result.</b> {reason}").format(dot=dot, reason=html.escape(reason))
        self.setStatus(text)

    def _onClicked(self, _checked=False):
        if self._isRunning:
            self._cancel()
        else:
            self._apply()
