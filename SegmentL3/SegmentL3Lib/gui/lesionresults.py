"""The result of a task in 3D: lesions as the segments are now, and what can be done with them."""

import html
from collections.abc import Callable

from slicer.i18n import tr as _

from ..mrml import display, lesions
from ..mrml.task_record import read_task_record
from ..structure_names import match_structure
from ..tasks import find_task
from . import exporter, tableview
from .errordisplay import errorsShown
from .qualitysection import qualityText
from .segmenteditor import openSegmentEditor


class LesionResults:
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
        self.lesions = ()
        tableview.stretchFirstColumn(ui.lesionsTable)
        ui.lesionsTable.connect("cellClicked(int,int)", self._onCellClicked)
        ui.editLesionsButton.connect("clicked(bool)", self.onEdit)
        ui.showLesionTableButton.connect("clicked(bool)", self.onShowTable)
        ui.exportLesionsButton.connect("clicked(bool)", self.onExport)
        self.clear()

    def show(self, segmentation, volume) -> None:
        """Measure the lesions of a result as they are now and list them."""
        self._segmentation, self._volume = segmentation, volume
        record = read_task_record(segmentation)
        task = find_task(record.task)
        self.lesions = lesions.measure_segments(segmentation, volume, task)
        self._ui.lesionResultLabel.text = _summary(task.title, volume.GetName(), self.lesions)
        self._ui.lesionQualityLabel.text = qualityText(record.quality)
        self._ui.lesionsTable.visible = bool(self.lesions)
        rows = [_row(lesion, severalLabels=len(task.lesions) > 1) for lesion in self.lesions]
        tableview.fill(self._ui.lesionsTable, rows, [_("Click to go there.")] * len(rows))
        self._ui.showLesions3DButton.setSegmentationNode(segmentation)
        self._ui.lesionResultSection.visible = True

    def clear(self) -> None:
        """Show no result."""
        self._segmentation = self._volume = None
        self.lesions = ()
        self._ui.lesionsTable.clearSelection()
        self._ui.showLesions3DButton.setSegmentationNode(None)
        self._ui.lesionResultSection.visible = False

    def goTo(self) -> None:
        """Show the largest lesion in the slice views."""
        if self.lesions:
            display.jump_to(lesions.place_ras(self.lesions[0]))

    def onEdit(self, _checked=False) -> None:
        """Open the Segment Editor on the result."""
        with errorsShown(_("The Segment Editor could not be opened.")):
            openSegmentEditor(self._segmentation, self._volume, read_task_record(self._segmentation).segments[0])

    def onShowTable(self, _checked=False) -> None:
        """Show the table node beside the views."""
        display.show_table(self._segmentation.GetNodeReference(lesions.LESION_TABLE_ROLE))

    def onExport(self, _checked=False) -> None:
        """Save the lesions."""
        path = self._ask(_("Export CSV"), "lesions.csv", "CSV (*.csv)")
        if path:
            with errorsShown(_("The table could not be saved.")):
                exporter.exportLesions(self.lesions, path)
                self._say(_("Saved {path}").format(path=path))

    def _onCellClicked(self, row, _column):
        display.jump_to(lesions.place_ras(self.lesions[row]))


def _summary(title, scanName, found):
    total = sum(lesion.volume_ml for lesion in found)
    if not found:
        counted = _("no lesion was found")
    elif len(found) == 1:
        counted = _("1 lesion, {total:.2f} ml").format(total=total)
    else:
        counted = _("{count} lesions, together {total:.2f} ml").format(count=len(found), total=total)
    return _("<b>{title}</b>: {scan}, {counted}").format(
        title=html.escape(title), scan=html.escape(scanName), counted=counted
    )


def _row(lesion, severalLabels):
    name = f"{lesion.number} {match_structure(lesion.label).name}" if severalLabels else str(lesion.number)
    center = ", ".join(f"{value:.0f}" for value in lesions.center_ras(lesion))
    sizes = f"{lesion.volume_ml:.3f}", f"{lesion.longest_diameter_mm:.1f}", f"{lesion.axial_diameter_mm:.1f}"
    return [name, *sizes, center]
