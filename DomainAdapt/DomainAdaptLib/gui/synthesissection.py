"""The section of the panel that makes an image of a drawn label map."""

from collections.abc import Callable

import slicer
from slicer.i18n import tr as _


class SynthesisSection:
    """Two buttons: one leads to the Segment Editor, the other one makes the image."""

    def __init__(self, ui, synthesize: Callable[[], None]):
        """``synthesize`` is called when the user wants an image."""
        self._ui = ui
        ui.drawButton.connect("clicked(bool)", lambda *_: slicer.util.selectModule("SegmentEditor"))
        ui.synthesizeButton.connect("clicked(bool)", lambda *_: synthesize())

    def setProblem(self, problem: str | None) -> None:
        """Say why no image can be made; None: one can."""
        self._ui.synthesizeButton.enabled = problem is None
        self._ui.synthesizeButton.toolTip = problem or _("Make an image of this segmentation.")
