"""Why a point of the result is this tissue, in words and as a picture."""

import html
from pathlib import Path

import qt
import slicer
from slicer.i18n import tr as _

from ..errors import SegmentL3Error
from ..mrml.point import ChosenPoint
from ..mrml.volumes import lps_to_ras, volume_of
from ..results import Result

PICTURE = "segment-l3-explanation.png"
PICTURE_WIDTH = 1100


class ExplanationSection:
    """While its button is down, a click in a slice view asks why the result is what it is there."""

    def __init__(self, ui):
        """``ui``: widgets of the panel."""
        self._ui = ui
        self._result = self._volume = self._slice = self._explained = None
        self._point = ChosenPoint(self.onPoint)
        self._window = None
        ui.explainButton.connect("toggled(bool)", self.onExplain)
        ui.explanationPictureButton.connect("clicked(bool)", self.onShowPicture)

    def show(self, result: Result, volumeNode) -> None:
        """Have this result ready for questions; what was said of another one goes."""
        self._result, self._volume, self._slice = result, volumeNode, None
        self._ui.explainButton.enabled = True
        if self._point.node is not None and self._point.node.GetNumberOfControlPoints():
            self.onPoint(self._point.node.GetNthControlPointPositionWorld(0))

    def clear(self) -> None:
        """Have no result; the point is taken away."""
        self._result = self._volume = self._slice = None
        self._ui.explainButton.checked = False
        self._ui.explainButton.enabled = False
        self.onExplain(False)

    def onExplain(self, isWanted) -> None:
        """Ask for a point, or take it and what was said of it away."""
        self._explained = None
        self._ui.explanationPictureButton.visible = False
        self._ui.explanationLabel.visible = bool(isWanted)
        if isWanted:
            self._ui.explanationLabel.text = _("Click into the measured slice. The point can be dragged.")
            self._point.ask()
        else:
            self._point.remove()

    def onPoint(self, positionRas) -> None:
        """Say why the point is what it is."""
        self._explained = None
        try:
            if self._slice is None:
                # Pillow comes with this package, and may not be installed when the panel is opened.
                from ..report.point_explanation import explain_slice

                self._slice = explain_slice(
                    volume_of(self._volume), self._result.segmentation, self._result.slice_index
                )
            self._explained = self._slice.at(lps_to_ras(positionRas))
            self._ui.explanationLabel.text = explanationText(self._explained, self._slice.tree)
        except SegmentL3Error as error:
            self._ui.explanationLabel.text = html.escape(str(error))
        self._ui.explanationPictureButton.visible = self._explained is not None

    def onShowPicture(self, _checked=False) -> None:
        """Show the slice with the point, and the tree with the way of the point, in a window of its own."""
        from ..report.tree_picture import write_explanation

        path = Path(slicer.app.temporaryPath) / PICTURE
        write_explanation(self._explained, self._slice.tree, path)
        self._window = qt.QLabel()
        self._window.setWindowTitle(_("Why this tissue?"))
        self._window.setPixmap(qt.QPixmap(str(path)).scaledToWidth(PICTURE_WIDTH, qt.Qt.SmoothTransformation))
        self._window.show()


def explanationText(explained, tree) -> str:
    """Answer of the result, answer of the tree, and its decisions in words."""
    from ..report.tree_picture import NOT_FOLLOWED, outcome, sentence, tree_answer

    steps = "".join(
        f"<li>{html.escape(sentence(step, tree))}: {html.escape(outcome(step))}</li>"
        for step in tree.path(explained.figures)
    )
    warning = "" if explained.is_followed else f'<br><span style="color:#c0392b">{html.escape(NOT_FOLLOWED)}</span>'
    return (
        f"<b>{html.escape(explained.answer)}</b><br>{html.escape(tree_answer(explained.figures, tree))}{warning}"
        f'<ol style="margin-top:2px; margin-bottom:2px; margin-left:-20px">{steps}</ol>'
    )
