"""What of the panel belongs to the scene."""

import json
from enum import Enum
from typing import Annotated

from slicer import vtkMRMLSegmentationNode
from slicer.i18n import tr as _
from slicer.parameterNodeWrapper import WithinRange, parameterNodeWrapper

TARGET_ROLE = "targetVolume"
LARGEST_SEED = 2**31 - 1


class TargetChoice(Enum):
    """Where the scans of the new scanner are."""

    FOLDER = "folder"
    SCENE = "scene"

    def label(self):
        """Text in the panel."""
        return {"folder": _("In a folder"), "scene": _("Volumes of the scene")}[self.value]


@parameterNodeWrapper
class DomainAdaptParameterNode:
    """What belongs to the scene.

    model - name of a shipped model, or identifier of an imported one
    targetChoice - where the new scans are
    targetFolder - folder of the new scans
    sourceFolder, sourceLabelsFolder - scans of the kind that the model knows, and their label maps
    validationFolder, validationLabelsFolder - labeled scans of the new scanner, and their label maps
    method - name in the catalog
    settings - JSON object: settings of the methods that the user has changed, by method and name
    drawnSegmentation - label map of which an image is made
    generatorFolder - learned generator that makes it; empty: random gray values
    seed - of all that is drawn at random for that image
    """

    model: str
    targetChoice: TargetChoice = TargetChoice.FOLDER
    targetFolder: str
    sourceFolder: str
    sourceLabelsFolder: str
    validationFolder: str
    validationLabelsFolder: str
    method: str
    settings: str = "{}"
    drawnSegmentation: vtkMRMLSegmentationNode
    generatorFolder: str
    seed: Annotated[int, WithinRange(0, LARGEST_SEED)] = 1


def targetVolumes(parameters) -> list:
    """The volume nodes that are ticked as new scans."""
    node = parameters.parameterNode
    count = node.GetNumberOfNodeReferences(TARGET_ROLE)
    found = (node.GetNthNodeReference(TARGET_ROLE, number) for number in range(count))
    return [volume for volume in found if volume is not None]


def setTargetVolumes(parameters, volumes) -> None:
    """Tick these volume nodes and no others."""
    node = parameters.parameterNode
    modified = node.StartModify()
    node.RemoveNodeReferenceIDs(TARGET_ROLE)
    for volume in volumes:
        node.AddNodeReferenceID(TARGET_ROLE, volume.GetID())
    node.EndModify(modified)


def settingsOf(parameters, method: str) -> dict:
    """Settings of a method that the user has changed."""
    return _allSettings(parameters).get(method, {})


def setSetting(parameters, method: str, name: str, value) -> None:
    """Remember the value of a setting."""
    known = _allSettings(parameters)
    parameters.settings = json.dumps({**known, method: {**known.get(method, {}), name: value}}, sort_keys=True)


def _allSettings(parameters):
    return json.loads(parameters.settings or "{}")
