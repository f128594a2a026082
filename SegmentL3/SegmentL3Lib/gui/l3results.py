"""The result of body composition at L3: numbers as the segments are now, and what can be done with them."""

import logging
from collections.abc import Callable

from slicer.i18n import tr as _

from ..errors import SegmentL3Error
from ..mrml import display, segmentations, slices, volumes
from ..mrml.measure_node import slice_axis
from . import exporter
from .errordisplay import errorsShown
from .explanationsection import ExplanationSection
from .resultsection import ResultSection
from .segmenteditor import openSegmentEditor


class L3Results:
    """Measures the shown segmentation and answers the buttons of the section."""

    def __init__(self, ui, logic, patient: Callable, ask: Callable[..., str], say: Callable[[str], None]):
        """
        Args:
            ui: widgets of the panel.
            logic: measures the segments.
            patient: gives the patient; raises SegmentL3Error for impossible values.
            ask: asks for the name of a file, see `exporter.askForFile`.
            say: shows a status line.
        """
        self._logic = logic
        self._patient = patient
        self._ask = ask
        self._say = say
        self._segmentation = None
        self._volume = None
        self._isEdited = False
        self.measured = None
        self._explanation = ExplanationSection(ui)
        self._section = ResultSection(ui, self.onTissueChosen)
        self._explanation.clear()
        ui.goToButton.connect("clicked(bool)", self.onGoTo)
        ui.editButton.connect("clicked(bool)", self.onEdit)
        ui.exportCsvButton.connect("clicked(bool)", self.onExportCsv)
        ui.exportReportButton.connect("clicked(bool)", self.onExportReport)
        ui.keepReferenceButton.connect("clicked(bool)", self.onKeepReference)

    def show(self, segmentation, volume) -> None:
        """Measure the segments of a result as they are now and show the numbers."""
        self._segmentation, self._volume = segmentation, volume
        try:
            self.measured, self._isEdited = self._logic.measure(segmentation, self._patient())
        except SegmentL3Error as error:  # said beside Apply too, so the last numbers may stay
            logging.info("The numbers were not updated: %s", error)
            return
        count = slices.slice_count(volume, slice_axis(volume))
        self._section.show(self.measured.result, self._isEdited, segmentation, volume.GetName(), count)
        self._explanation.show(self.measured.result, volume)

    def clear(self) -> None:
        """Show no result."""
        self._segmentation = self._volume = self.measured = None
        self._section.clear()
        self._explanation.clear()

    def onTissueChosen(self, segmentId) -> None:
        """Go to the measured slice and let one tissue stand out; None: show all alike."""
        display.highlight(self._segmentation, segmentId)
        center = segmentations.center_of(self._segmentation, segmentId) if segmentId else None
        if center:
            display.jump_to(center)

    def onGoTo(self, _checked=False) -> None:
        """Show the measured slice in the slice views."""
        if self.measured:
            display.jump_to(volumes.lps_to_ras(self.measured.result.slice_position_lps_mm))

    def onEdit(self, _checked=False) -> None:
        """Open the Segment Editor on the result."""
        with errorsShown(_("The Segment Editor could not be opened.")):
            display.highlight(self._segmentation, None)
            self.onGoTo()
            openSegmentEditor(self._segmentation, self._volume, "skeletal_muscle")

    def onExportCsv(self, _checked=False) -> None:
        """Save the numbers."""
        path = self._ask(_("Export CSV"), "body-composition-l3.csv", "CSV (*.csv)")
        if path:
            with errorsShown(_("The table could not be saved.")):
                exporter.exportCsv(self.measured.result, path)
                self._say(_("Saved {path}").format(path=path))

    def onExportReport(self, _checked=False) -> None:
        """Save one page with picture and numbers."""
        path = self._ask(_("Export report"), "body-composition-l3.html", "HTML (*.html)")
        if path:
            with errorsShown(_("The report could not be saved.")):
                exporter.exportReport(self.measured.result, self._isEdited, self._volume, path)
                self._say(_("Saved {path}").format(path=path))

    def onKeepReference(self, _checked=False) -> None:
        """Keep the slice with its labels as an example by which later results are judged."""
        if self.measured is None:
            return
        with errorsShown(_("The slice could not be kept as a reference.")):
            name = exporter.keepReference(self.measured.result, self._volume)
            self._say(_("Kept as reference {name}; later results are judged by it too.").format(name=name))
