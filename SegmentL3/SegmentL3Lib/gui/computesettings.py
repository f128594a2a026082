"""The widgets that choose where and how precisely is computed: remembered for the machine."""

from slicer.i18n import tr as _

from . import settings
from .taskchoice import TaskChoice

MODEL_WIDGETS = ("precisionTitle", "precisionComboBox", "fastCheckBox")


class DeviceSetting:
    """The list of devices, for all that is computed."""

    def __init__(self, box):
        """``box``: an empty QComboBox."""
        texts = {
            "auto": _("Automatic"),
            "cpu": _("Processor (CPU)"),
            "cuda": _("NVIDIA graphics card (CUDA)"),
            "mps": _("Apple graphics processor"),
        }
        _fill(box, texts, settings.DEVICES, settings.device())
        box.connect("currentIndexChanged(int)", self._onChosen)

    def _onChosen(self, index):
        settings.setDevice(settings.DEVICES[index])


class ComputeSettings:
    """Device of all tasks, and precision of imported models."""

    def __init__(self, ui):
        self._ui = ui
        self._device = DeviceSetting(ui.deviceComboBox)
        precisions = {"auto": _("Automatic"), "fp32": _("32 bit (slower)"), "bf16": _("16 bit (bfloat16)")}
        _fill(ui.precisionComboBox, precisions, settings.PRECISIONS, settings.precision())
        ui.precisionComboBox.connect("currentIndexChanged(int)", self._onPrecisionChosen)

    def show(self, choice: TaskChoice) -> None:
        """Show the settings that a task has."""
        for name in MODEL_WIDGETS:
            getattr(self._ui, name).visible = choice.usesModel

    def _onPrecisionChosen(self, index):
        settings.setPrecision(settings.PRECISIONS[index])


def _fill(box, texts, names, current):
    for name in names:
        box.addItem(texts[name], name)
    box.currentIndex = names.index(current)
