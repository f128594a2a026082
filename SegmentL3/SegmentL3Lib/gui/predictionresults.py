"""The result of an imported model, or of a task without lesions: volumes as they are now, and what can be done."""

import html
from collections.abc import Callable

from slicer.i18n import tr as _

from ..mrml import display, prediction, segmentations
from ..mrml.segment_volumes import VOLUME_TABLE_ROLE
from ..mrml.structure_record import read_structure_record
from . import exporter, tableview
from .errordisplay import errorsShown
from .segmenteditor import openSegmentEditor


class PredictionResults:
    """Fills the section of the panel and answers its buttons."""

    def __init__(self, ui, ask: Callable[..., str], say: Callable[[str], None]):
        """
        Args:
            ui: widgets of the panel.
            ask: asks for the name of a file, see `exporter.askForFile`.
            say: shows a status line.
        """
        self._ui = ui
        self._ask = ask
        self._say = say
        self._segmentation = None
        self._volume = None
        self._rows = []
        self._chosen = None
        tableview.stretchFirstColumn(ui.volumesTable)
        ui.volumesTable.connect("cellClicked(int,int)", self._onCellClicked)
        ui.editModelResultButton.connect("clicked(bool)", self.onEdit)
        ui.showTableButton.connect("clicked(bool)", self.onShowTable)
        ui.exportVolumesButton.connect("clicked(bool)", self.onExport)

    @property
    def rows(self) -> list:
        """Volumes that are shown."""
        return self._rows

    def show(self, segmentation, volume) -> None:
        """Measure the segments of a result as they are now and show their volumes."""
        if segmentation is not self._segmentation:
            self._letGo()
        self._segmentation, self._volume = segmentation, volume
        self._rows = prediction.measure_prediction(segmentation, volume)
        record = read_structure_record(segmentation)
        self._ui.modelResultLabel.text = _describe(record, volume.GetName())
        table = self._ui.volumesTable
        tableview.fill(table, [[row.name, f"{row.volume_ml:.1f}"] for row in self._rows], ["" for _row in self._rows])
        for number, row in enumerate(self._rows):
            tableview.setColor(table, number, row.color)
        self._ui.modelResultNotes.text = "".join(f"<p>{html.escape(note)}</p>" for note in record.notes)
        self._ui.modelResultNotes.visible = bool(record.notes)
        self._ui.showModelResult3DButton.setSegmentationNode(segmentation)
        self._ui.modelResultSection.visible = True

    def clear(self) -> None:
        """Show no result."""
        self._segmentation = self._volume = None
        self._rows = []
        self._letGo()
        self._ui.showModelResult3DButton.setSegmentationNode(None)
        self._ui.modelResultSection.visible = False

    def goTo(self) -> None:
        """Show the largest structure in the slice views."""
        largest = max(self._rows, key=lambda row: row.volume_ml, default=None)
        if largest is not None:
            self._jumpTo(largest.segment)

    def onEdit(self, _checked=False) -> None:
        """Open the Segment Editor on the result."""
        with errorsShown(_("The Segment Editor could not be opened.")):
            display.highlight(self._segmentation, None)
            openSegmentEditor(self._segmentation, self._volume, self._chosen or self._rows[0].segment)

    def onShowTable(self, _checked=False) -> None:
        """Show the table node beside the views."""
        display.show_table(self._segmentation.GetNodeReference(VOLUME_TABLE_ROLE))

    def onExport(self, _checked=False) -> None:
        """Save the volumes."""
        path = self._ask(_("Export CSV"), "volumes.csv", "CSV (*.csv)")
        if path:
            with errorsShown(_("The table could not be saved.")):
                exporter.exportVolumes(self._rows, path)
                self._say(_("Saved {path}").format(path=path))

    def _onCellClicked(self, row, _column):
        segment = self._rows[row].segment
        if segment == self._chosen:
            self._letGo()
            display.highlight(self._segmentation, None)
            return
        self._chosen = segment
        display.highlight(self._segmentation, segment)
        self._jumpTo(segment)

    def _jumpTo(self, segment):
        center = segmentations.center_of(self._segmentation, segment)
        if center:
            display.jump_to(center)

    def _letGo(self):
        self._chosen = None
        self._ui.volumesTable.clearSelection()


def _describe(record, scanName):
    how = [record.device, record.precision]
    if record.agreement is not None:
        how.append(_("same labels as 32 bit: {percent:.2f} %").format(percent=100 * record.agreement))
    return _("<b>{model}</b>: {scan} ({how})").format(
        model=html.escape(record.title), scan=html.escape(scanName), how=html.escape(", ".join(filter(None, how)))
    )
