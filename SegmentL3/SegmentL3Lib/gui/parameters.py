"""What of the panel belongs to the scene."""

from enum import Enum
from typing import Annotated

from slicer import vtkMRMLMarkupsROINode, vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode
from slicer.i18n import tr as _
from slicer.parameterNodeWrapper import Choice, WithinRange, parameterNodeWrapper

from ..measure import make_patient
from ..results import Patient
from ..spine_sequence import VERTEBRAE
from ..tasks import l3_task


class SliceChoice(Enum):
    """Which slice is measured."""

    AUTOMATIC = "automatic"
    SHOWN = "shown"

    def label(self):
        """Text in the panel."""
        texts = {"automatic": _("Middle of L3, found automatically"), "shown": _("The slice shown in the Red view")}
        return texts[self.value]


class Sex(Enum):
    """Sex of the patient, as published cut-offs distinguish it."""

    UNKNOWN = "unknown"
    FEMALE = "female"
    MALE = "male"

    def label(self):
        """Text in the panel."""
        return {"unknown": _("not known"), "female": _("female"), "male": _("male")}[self.value]


class RegionChoice(Enum):
    """Which part of the scan an imported model segments."""

    WHOLE = "whole"
    BODY = "body"
    VERTEBRAE = "vertebrae"
    ROI = "roi"
    SLICES = "slices"

    def label(self):
        """Text in the panel."""
        texts = {
            "whole": _("Whole volume"),
            "body": _("Patient, without air and table (CT)"),
            "vertebrae": _("From vertebra to vertebra (CT)"),
            "roi": _("Box (markups ROI)"),
            "slices": _("Slices"),
        }
        return texts[self.value]


@parameterNodeWrapper
class SegmentL3ParameterNode:
    """What belongs to the scene.

    inputVolume - the scan; the first of the input images of an imported model
    task - ID in the catalog of tasks, or of an imported model
    sliceChoice - which slice to measure
    sex, heightCm, weightKg - the patient; 0 means not known
    region - which part of the scan an imported model segments
    upperVertebra, lowerVertebra - vertebrae of the region
    roi - box of the region
    firstSlice, lastSlice - slices of the region, counted from 0; -1 for the last one that there is
    leftOut - names of the structures that an imported model is not to segment
    isFast - whether an imported model does without predictions from mirrored images
    outputSegmentation - where the result goes, or went
    """

    inputVolume: vtkMRMLScalarVolumeNode
    task: str = l3_task().id
    sliceChoice: SliceChoice = SliceChoice.AUTOMATIC
    sex: Sex = Sex.UNKNOWN
    heightCm: Annotated[float, WithinRange(0, 260)] = 0.0
    weightKg: Annotated[float, WithinRange(0, 400)] = 0.0
    region: RegionChoice = RegionChoice.WHOLE
    upperVertebra: Annotated[str, Choice(list(reversed(VERTEBRAE)))] = "T11"
    lowerVertebra: Annotated[str, Choice(list(reversed(VERTEBRAE)))] = "L5"
    roi: vtkMRMLMarkupsROINode
    firstSlice: int = 0
    lastSlice: int = -1
    leftOut: list[str]
    isFast: bool = False
    outputSegmentation: vtkMRMLSegmentationNode


def patientOf(parameters) -> Patient:
    """The patient as the parameters say.

    Raises:
        UsageError: a value is impossible.
    """
    sex = parameters.sex
    return make_patient(
        None if sex == Sex.UNKNOWN else sex.value, parameters.heightCm or None, parameters.weightKg or None
    )


def inputNodes(parameters, count: int) -> list:
    """The volume nodes of the first ``count`` input images; None where none is chosen."""
    others = [parameters.parameterNode.GetNodeReference(_role(number)) for number in range(1, count)]
    return [parameters.inputVolume, *others][:count]


def setInputNode(parameters, number: int, node) -> None:
    """Choose the volume node of an input image after the first; ``number`` counts from 0."""
    parameters.parameterNode.SetNodeReferenceID(_role(number), node.GetID() if node else None)


def _role(number):
    return f"inputVolume{number + 1}"
