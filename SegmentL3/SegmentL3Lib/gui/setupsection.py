"""The section of the panel that says what is missing and installs it."""

from collections.abc import Callable
from pathlib import Path

import slicer
from slicer.i18n import tr as _

from . import installer
from .errordisplay import errorsShown
from .requirements import PackageState, packageStates


class SetupSection:
    """Shows the state of the Python packages; open while something is missing, folded away when all is there.

    The look-up and the installation are attributes, so that they can be replaced.
    """

    def __init__(self, ui, requirementsFile: Path, changed: Callable[[], None]):
        """``ui`` has the widgets of the panel; ``changed`` is called after each look at the packages."""
        self._ui = ui
        self._changed = changed
        self._states: list[PackageState] = []
        self.lookUp = lambda: packageStates(requirementsFile)
        self.install = installer.install
        ui.installButton.connect("clicked(bool)", self.onInstall)
        ui.checkAgainButton.connect("clicked(bool)", self.update)

    @property
    def missing(self) -> list[PackageState]:
        """Packages that are missing or too old."""
        return [state for state in self._states if not state.isMet]

    @property
    def isReady(self) -> bool:
        """Whether the worker can run."""
        return bool(self._states) and not self.missing

    def update(self, _checked: bool = False) -> None:
        """Look at the packages again and show what was found."""
        wasReady = self.isReady
        self._states = self.lookUp()
        self._ui.setupLabel.text = self._describe()
        self._ui.installButton.visible = not self.isReady
        self._ui.setupSection.text = _("Setup: ready") if self.isReady else _("Setup: packages are missing")
        if not self.isReady or not wasReady:
            self._ui.setupSection.collapsed = self.isReady
        self._changed()

    def onInstall(self, _checked: bool = False) -> None:
        """Ask, install, look again."""
        if not slicer.util.confirmOkCancelDisplay(installer.question(self.missing), _("Install packages")):
            return
        with errorsShown(_("The installation did not succeed.")):
            self.install(self.missing)
        self.update()

    def _describe(self) -> str:
        if self.isReady:
            versions = ", ".join(state.text for state in self._states)
            return _("Everything that is needed is installed: {versions}.").format(versions=versions)
        lines = "".join(f"<li>{state.text}</li>" for state in self.missing)
        return _(
            "Some Python packages have to be installed once, with an internet connection:<ul>{lines}</ul>"
            "Nothing is downloaded before you agree. Scans never leave this computer."
        ).format(lines=lines)
