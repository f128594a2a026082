"""The rows of the form that choose the input images: one for each image that the task needs."""

from collections.abc import Callable, Sequence

import qt
import slicer
from slicer.i18n import tr as _

from .taskchoice import TaskChoice

ROW_OF_SECOND_INPUT = 3  # of the form in the .ui file
LONGEST_LABEL = 12


class InputsForm:
    """The first selector comes from the .ui file; those of further images are made when a task needs them."""

    def __init__(self, ui, chosen: Callable[[int, object], None]):
        """``chosen`` is called with number (from 1) and node of an image after the first that the user chooses."""
        self._ui = ui
        self._chosen = chosen
        self._labels = []
        self._selectors = []

    def show(self, choice: TaskChoice, nodes: Sequence) -> None:
        """Show one selector for each image of the task; ``nodes`` are the chosen ones, None where there is none."""
        while len(self._selectors) < len(choice.inputs) - 1:
            self._addRow()
        self._ui.inputTitle.text = _("CT volume:") if choice.isL3 else _labelText(choice.inputs[0])
        self._ui.inputTitle.toolTip = _hint(choice, 0)
        for number, (label, selector) in enumerate(zip(self._labels, self._selectors, strict=True), start=1):
            isNeeded = number < len(choice.inputs)
            label.visible = isNeeded
            selector.visible = isNeeded
            if isNeeded:
                label.text = _labelText(choice.inputs[number])
                label.toolTip = _hint(choice, number)
                isOptional = choice.inputs[number] in choice.optional
                selector.noneDisplay = _("None (optional)") if isOptional else _("Select a volume")
                _select(selector, nodes[number])

    def selector(self, number: int):
        """The selector of an image after the first; ``number`` counts from 1."""
        return self._selectors[number - 1]

    def _addRow(self):
        number = len(self._selectors) + 1
        label = qt.QLabel()
        selector = slicer.qMRMLNodeComboBox()
        selector.nodeTypes = ["vtkMRMLScalarVolumeNode"]
        selector.hideChildNodeTypes = ["vtkMRMLLabelMapVolumeNode"]
        selector.addEnabled = False
        selector.removeEnabled = False
        selector.noneEnabled = True
        selector.toolTip = _("Another image of the same patient. It is resampled to the first one.")
        selector.setMRMLScene(slicer.mrmlScene)
        selector.connect("currentNodeChanged(vtkMRMLNode*)", lambda node: self._chosen(number, node))
        self._ui.inputsSection.layout().insertRow(ROW_OF_SECOND_INPUT + number - 1, label, selector)
        self._labels.append(label)
        self._selectors.append(selector)


def _hint(choice, number):
    return " ".join([f"{choice.inputs[number]}.", *choice.hints[number : number + 1]])


def _labelText(name):
    return f"{name if len(name) <= LONGEST_LABEL else name[: LONGEST_LABEL - 1] + chr(0x2026)}:"


def _select(selector, node):
    blocked = selector.blockSignals(True)
    selector.setCurrentNode(node)
    selector.blockSignals(blocked)
