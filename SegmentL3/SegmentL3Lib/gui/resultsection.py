"""The section of the panel that shows a result: where, how reliable, how much."""

import html
from collections.abc import Callable

from slicer.i18n import tr as _

from ..results import Result
from . import tableview
from .qualitysection import QualitySection
from .rows import cutoffRows, indexRows, missingForCutoffs, tissueRows


class ResultSection:
    """Fills the widgets of the section; the panel decides what the buttons do."""

    def __init__(self, ui, tissueChosen: Callable[[str | None], None]):
        """``tissueChosen`` is called with the ID of the segment whose row was clicked, None where it was let go."""
        self._ui = ui
        self._tissueChosen = tissueChosen
        self._rows = []
        self._chosenRow = None
        self._quality = QualitySection(ui)
        for table in (ui.tissueTable, ui.indicesTable, ui.cutoffsTable):
            tableview.stretchFirstColumn(table)
        ui.tissueTable.connect("cellClicked(int,int)", self._onCellClicked)
        self.clear()

    def clear(self) -> None:
        """Show that there is no result."""
        self._ui.resultsSection.visible = False
        self._ui.show3DButton.setSegmentationNode(None)
        self._quality.clear()
        self._rows = []
        self._letGo()

    def show(self, result: Result, isEdited: bool, segmentationNode, scanName: str, sliceCount: int) -> None:
        """Show a result.

        Args:
            result: the numbers.
            isEdited: whether a hand has changed the labels since the program drew them.
            segmentationNode: vtkMRMLSegmentationNode with the segments.
            scanName: which scan was measured.
            sliceCount: number of its slices.
        """
        self._ui.placeLabel.text = placeText(result, scanName, sliceCount)
        self._quality.show(result, segmentationNode)
        self._ui.editedLabel.visible = isEdited
        self._ui.notesLabel.text = "".join(f"<p>{html.escape(note)}</p>" for note in result.measurements.notes)
        self._showTissues(result)
        self._showIndices(result)
        self._showCutoffs(result)
        self._ui.show3DButton.setSegmentationNode(segmentationNode)
        self._ui.resultsSection.visible = True

    def _showTissues(self, result):
        self._rows = tissueRows(result.measurements)
        table = self._ui.tissueTable
        texts = [[row.name, row.window, row.area, row.meanHu] for row in self._rows]
        tableview.fill(table, texts, [row.hint for row in self._rows])
        for number, row in enumerate(self._rows):
            tableview.setColor(table, number, row.color)

    def _showIndices(self, result):
        rows = indexRows(result.measurements)
        tableview.fill(self._ui.indicesTable, [[row.name, row.value] for row in rows], [row.hint for row in rows])

    def _showCutoffs(self, result):
        rows = cutoffRows(result.measurements.cutoffs)
        tableview.fill(self._ui.cutoffsTable, [[row.name, row.result] for row in rows], [row.hint for row in rows])
        for number, row in enumerate(rows):
            if row.isBelow:
                tableview.setBold(self._ui.cutoffsTable, number)
        missing = missingForCutoffs(result.measurements.cutoffs)
        self._ui.cutoffsLabel.visible = bool(missing)
        self._ui.cutoffsLabel.text = _("Not assessable: {reasons}").format(reasons=" ".join(missing))

    def _onCellClicked(self, row, _column):
        if row == self._chosenRow:
            self._letGo()
            self._tissueChosen(None)
        else:
            self._chosenRow = row
            self._tissueChosen(self._rows[row].segment)

    def _letGo(self):
        self._chosenRow = None
        self._ui.tissueTable.clearSelection()


def placeText(result: Result, scanName: str, sliceCount: int) -> str:
    """Which slice of which scan was measured, where the slice views show it, and why this one."""
    height = result.slice_position_lps_mm[2]
    place = _("{scan}, slice {number} of {count} ({side} {height:.1f} mm)").format(
        scan=html.escape(scanName),
        number=result.slice_index + 1,
        count=sliceCount,
        side="S" if height >= 0 else "I",
        height=abs(height),
    )
    if result.level is None:
        return _("<b>Slice chosen by hand</b>: {place}").format(place=place)
    return _("<b>{level}</b>: {place}, certainty {percent:.0f} %").format(
        level=html.escape(result.level.level), place=place, percent=100 * result.level.certainty
    )
