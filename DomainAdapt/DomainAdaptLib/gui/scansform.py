"""The fields that say where scans, label maps and a generator are."""

from collections.abc import Callable

import ctk
import qt
import slicer
from slicer.i18n import tr as _

from .imagefolders import imagesIn
from .parameters import TargetChoice, setTargetVolumes, targetVolumes

# Parameter -> field of the panel.
FOLDERS = {
    "targetFolder": "targetFolderEdit",
    "sourceFolder": "sourceFolderEdit",
    "sourceLabelsFolder": "sourceLabelsFolderEdit",
    "validationFolder": "validationFolderEdit",
    "validationLabelsFolder": "validationLabelsFolderEdit",
    "generatorFolder": "generatorFolderEdit",
}
COUNTED = ("sourceFolder", "validationFolder")


class ScansForm:
    """Shows the parameters that no connector of the parameter node shows, and writes what the user changes."""

    def __init__(self, ui):
        self._ui = ui
        self._parameters = None
        self._shownVolumes = []
        for parameter, name in FOLDERS.items():
            field = getattr(ui, name)
            field.filters = ctk.ctkPathLineEdit.Dirs
            field.connect("currentPathChanged(QString)", self._writer(parameter))
        ui.volumesList.connect("itemChanged(QListWidgetItem*)", self._onTicked)

    def setParameters(self, parameters) -> None:
        """Write to this parameter node from now on, to none if it is None."""
        self._parameters = parameters

    def show(self) -> None:
        """Show the parameters."""
        parameters = self._parameters
        for parameter, name in FOLDERS.items():
            _setPath(getattr(self._ui, name), getattr(parameters, parameter))
        isFolder = parameters.targetChoice == TargetChoice.FOLDER
        self._ui.targetFolderEdit.visible = isFolder
        self._ui.volumesList.visible = not isFolder
        self._showVolumes()
        self._ui.targetLabel.text = _countText(self._countTargets())
        self._ui.dataLabel.text = self._describeData()

    def _countTargets(self):
        if self._parameters.targetChoice == TargetChoice.FOLDER:
            return len(imagesIn(self._parameters.targetFolder))
        return len(targetVolumes(self._parameters))

    def _describeData(self):
        source, validation = (len(imagesIn(getattr(self._parameters, name))) for name in COUNTED)
        return _("Known scanner: {source}. New scanner, labeled: {validation}.").format(
            source=_countText(source), validation=_countText(validation)
        )

    def _showVolumes(self):
        ticked = {node.GetID() for node in targetVolumes(self._parameters)}
        nodes = [node for node in slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode") if _isScan(node)]
        table = self._ui.volumesList
        blocked = table.blockSignals(True)
        # The items stay where they are the same: this may be called while one of them is being ticked.
        if [(node.GetID(), node.GetName()) for node in nodes] != self._shownVolumes:
            self._fillVolumes(nodes)
        for row, (identifier, _name) in enumerate(self._shownVolumes):
            table.item(row).setCheckState(qt.Qt.Checked if identifier in ticked else qt.Qt.Unchecked)
        table.blockSignals(blocked)

    def _fillVolumes(self, nodes):
        self._shownVolumes = [(node.GetID(), node.GetName()) for node in nodes]
        self._ui.volumesList.clear()
        for node in nodes:
            item = qt.QListWidgetItem(node.GetName())
            item.setFlags(qt.Qt.ItemIsEnabled | qt.Qt.ItemIsUserCheckable)
            item.setCheckState(qt.Qt.Unchecked)
            self._ui.volumesList.addItem(item)

    def _onTicked(self, _item=None):
        if self._parameters is None:
            return
        table = self._ui.volumesList
        rows = [row for row in range(table.count) if table.item(row).checkState() == qt.Qt.Checked]
        nodes = [slicer.mrmlScene.GetNodeByID(self._shownVolumes[row][0]) for row in rows]
        setTargetVolumes(self._parameters, [node for node in nodes if node is not None])

    def _writer(self, parameter) -> Callable[[str], None]:
        def write(path):
            if self._parameters is not None:
                setattr(self._parameters, parameter, path)

        return write


def _isScan(node):
    return node.GetClassName() == "vtkMRMLScalarVolumeNode"


def _setPath(field, path):
    if field.currentPath != path:
        blocked = field.blockSignals(True)
        field.currentPath = path
        field.blockSignals(blocked)


def _countText(count):
    return _("one scan") if count == 1 else _("{count} scans").format(count=count or _("no"))
