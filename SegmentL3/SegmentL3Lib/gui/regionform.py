"""The rows of the form that choose which part of the scan an imported model segments."""

from collections.abc import Callable

import slicer
import vtk
from slicer.i18n import tr as _
from slicer.util import VTKObservationMixin

from ..mrml import display, regions
from .parameters import RegionChoice

BOX_WIDGETS = ("roiTitle", "roiSelector")
SLICE_WIDGETS = ("slicesTitle", "firstSliceSpinBox", "slicesToLabel", "lastSliceSpinBox")
VERTEBRA_WIDGETS = ("vertebraeTitle", "upperVertebraComboBox", "vertebraeToLabel", "lowerVertebraComboBox")
ALL_WIDGETS = ("regionTitle", "regionComboBox", *BOX_WIDGETS, *VERTEBRA_WIDGETS, *SLICE_WIDGETS)


class RegionForm(VTKObservationMixin):
    """Whole volume or a part of it; slices count from 1 here, as everywhere that the user sees them."""

    def __init__(self, ui, boxChanged: Callable[[], None]):
        """``boxChanged`` is called when the chosen box has been moved."""
        VTKObservationMixin.__init__(self)
        self._ui = ui
        self._boxChanged = boxChanged
        self._box = None
        self._parameters = None
        ui.roiSelector.connect("nodeAddedByUser(vtkMRMLNode*)", self._onBoxCreated)
        ui.firstSliceSpinBox.connect("valueChanged(int)", self._onFirstSlice)
        ui.lastSliceSpinBox.connect("valueChanged(int)", self._onLastSlice)

    def show(self, parameters, isNeeded: bool) -> None:
        """Show the form as the parameters say, or none of it where it is not needed."""
        self._parameters = parameters
        choice = parameters.region if isNeeded else None
        visible = {"regionTitle", "regionComboBox"} if isNeeded else set()
        if choice == RegionChoice.ROI:
            visible |= set(BOX_WIDGETS)
        if choice == RegionChoice.VERTEBRAE:
            visible |= set(VERTEBRA_WIDGETS)
        if choice == RegionChoice.SLICES:
            visible |= set(SLICE_WIDGETS)
            self._showSlices()
        for name in ALL_WIDGETS:
            getattr(self._ui, name).visible = name in visible
        self._followBox(parameters.roi if choice == RegionChoice.ROI else None)

    def close(self) -> None:
        """Follow no box and write to no parameters any more."""
        self._followBox(None)
        self._parameters = None

    def _followBox(self, node):
        if node is self._box:
            return
        self.removeObservers()
        self._box = node
        if node is not None:
            for event in (vtk.vtkCommand.ModifiedEvent, slicer.vtkMRMLMarkupsNode.PointModifiedEvent):
                self.addObserver(node, event, self._onBoxModified)

    def _onBoxModified(self, _caller, _event):
        self._boxChanged()

    def _showSlices(self):
        count = self._sliceCount()
        last = self._parameters.lastSlice
        _setQuietly(self._ui.firstSliceSpinBox, count, self._parameters.firstSlice + 1)
        _setQuietly(self._ui.lastSliceSpinBox, count, count if last < 0 else last + 1)
        suffix = _(" of {count}").format(count=count) if count else ""
        self._ui.lastSliceSpinBox.suffix = suffix

    def _sliceCount(self):
        volume = self._parameters.inputVolume
        return regions.file_slice_count(volume) if volume else 0

    def _onFirstSlice(self, number):
        if self._parameters:
            self._parameters.firstSlice = number - 1
            self._jumpTo(number - 1)

    def _onLastSlice(self, number):
        if self._parameters:
            self._parameters.lastSlice = number - 1 if number < self._sliceCount() else -1
            self._jumpTo(number - 1)

    def _jumpTo(self, index):
        volume = self._parameters.inputVolume
        if volume is not None:
            display.jump_to(regions.slice_position_ras(volume, index))

    def _onBoxCreated(self, node):
        if self._parameters and self._parameters.inputVolume:
            regions.place_box(node, self._parameters.inputVolume)


def _setQuietly(box, count, value):
    blocked = box.blockSignals(True)
    box.maximum = max(1, count)
    box.value = value
    box.blockSignals(blocked)
