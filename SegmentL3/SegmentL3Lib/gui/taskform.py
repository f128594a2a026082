"""The part of the panel that says what is to be done: task, input images, region and structures."""

from collections.abc import Callable, Sequence

from slicer.i18n import tr as _

from .inputsform import InputsForm
from .parameters import inputNodes, setInputNode
from .regionform import RegionForm
from .structuressection import StructuresSection
from .taskchoice import TaskChoice
from .taskchooser import TaskChooser

WIDGETS_OF_L3 = (
    "sliceTitle",
    "sliceComboBox",
    "sexTitle",
    "sexComboBox",
    "heightTitle",
    "heightSpinBox",
    "weightTitle",
    "weightSpinBox",
)


class TaskForm:
    """Shows the parameters that no connector of the parameter node shows, and writes what the user changes."""

    def __init__(self, ui, boxChanged: Callable[[], None]):
        """``boxChanged`` is called when the box of the region has been moved."""
        self._ui = ui
        self._parameters = None
        self._chooser = TaskChooser(ui, self._onTaskChosen)
        self.inputs = InputsForm(ui, self._onInputChosen)
        self._region = RegionForm(ui, boxChanged)
        self._structures = StructuresSection(ui, self._onLeftOut)

    def fill(self, choices: Sequence[TaskChoice]) -> None:
        """Offer these tasks."""
        self._chooser.fill(choices)

    def setParameters(self, parameters) -> None:
        """Write to this parameter node from now on, to none if it is None."""
        self._parameters = parameters
        if parameters is None:
            self._region.close()

    def show(self, choice: TaskChoice) -> None:
        """Show the parameters of a task."""
        parameters = self._parameters
        self._chooser.show(choice)
        self.inputs.show(choice, inputNodes(parameters, len(choice.inputs)))
        self._region.show(parameters, choice.usesModel)
        self._structures.show(choice.structures, parameters.leftOut)
        self._ui.inputsSection.text = _sectionTitle(choice)
        for name in WIDGETS_OF_L3:
            getattr(self._ui, name).visible = choice.isL3

    def _onTaskChosen(self, taskId):
        if self._parameters:
            self._parameters.task = taskId

    def _onInputChosen(self, number, node):
        if self._parameters:
            setInputNode(self._parameters, number, node)

    def _onLeftOut(self, names):
        if self._parameters:
            self._parameters.leftOut = names


def _sectionTitle(choice):
    if choice.isL3:
        return _("Scan and patient")
    return _("Images and region") if choice.usesModel else _("Images")
