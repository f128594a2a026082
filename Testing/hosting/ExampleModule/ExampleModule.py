"""A scripted module that uses what the stand-in host offers, written as for the application."""

import enum
import shutil
from pathlib import Path
from typing import Annotated

import qt
import slicer
import vtk
from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.parameterNodeWrapper import Choice, Default, WithinRange, parameterNodeWrapper
from slicer.ScriptedLoadableModule import *  # noqa: F403
from slicer.util import VTKObservationMixin


class ExampleModule(ScriptedLoadableModule):  # noqa: F405
    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)  # noqa: F405
        self.parent.title = _("Example")
        self.parent.categories = [translate("qSlicerAbstractCoreModule", "Examples")]
        self.parent.contributors = ["SegmentL3 developers"]
        slicer.app.connect("startupCompleted()", registerSampleData)


def registerSampleData():
    import SampleData

    SampleData.SampleDataLogic.registerCustomSampleDataSource(category="Example", sampleName="ExampleCT")


class Speed(enum.Enum):
    FAST = 1
    CAREFUL = 2

    def label(self):
        return self.name.capitalize()


@parameterNodeWrapper
class ExampleModuleParameterNode:
    inputVolume: vtkMRMLScalarVolumeNode
    outputSegmentation: vtkMRMLSegmentationNode | None = None
    threshold: Annotated[float, WithinRange(-200, 200)] = 50.0
    rounds: Annotated[int, WithinRange(1, 9), Default(2)]
    heightCm: Annotated[float, WithinRange(0, 250)] = 0.0
    sex: Annotated[str, Choice(["unknown", "female", "male"])] = "unknown"
    speed: Speed
    smooth: bool = True
    live: bool = False
    comment: str = ""
    report: Path = Path("report.html")

    def isReady(self):
        return self.inputVolume is not None


class ExampleModuleWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):  # noqa: F405
    def __init__(self, parent=None):
        ScriptedLoadableModuleWidget.__init__(self, parent)  # noqa: F405
        VTKObservationMixin.__init__(self)
        self.logic = None
        self._parameterNode = None
        self._guiTag = None

    def setup(self):
        ScriptedLoadableModuleWidget.setup(self)  # noqa: F405
        uiWidget = slicer.util.loadUI(self.resourcePath("UI/ExampleModule.ui"))
        self.layout.addWidget(uiWidget)
        self.ui = slicer.util.childWidgetVariables(uiWidget)
        uiWidget.setMRMLScene(slicer.mrmlScene)
        self.logic = ExampleModuleLogic()
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.StartCloseEvent, self.onSceneStartClose)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndCloseEvent, self.onSceneEndClose)
        self.ui.applyButton.connect("clicked(bool)", self.onApply)
        self.ui.runButton.connect("clicked()", self.onRun)
        self.process = qt.QProcess()
        self.process.connect("readyReadStandardOutput()", self.onOutput)
        self.process.connect("finished(int,QProcess::ExitStatus)", self.onFinished)
        self.initializeParameterNode()

    def cleanup(self):
        self.process.kill()
        self.removeObservers()

    def enter(self):
        self.initializeParameterNode()

    def exit(self):
        if self._parameterNode:
            self._parameterNode.disconnectGui(self._guiTag)
            self.removeObserver(self._parameterNode, vtk.vtkCommand.ModifiedEvent, self._checkCanApply)
            self._parameterNode = None

    def onSceneStartClose(self, caller, event):
        self.setParameterNode(None)

    def onSceneEndClose(self, caller, event):
        if self.parent.isEntered:
            self.initializeParameterNode()

    def initializeParameterNode(self):
        self.setParameterNode(self.logic.getParameterNode())
        if not self._parameterNode.inputVolume:
            self._parameterNode.inputVolume = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLScalarVolumeNode")

    def setParameterNode(self, node):
        if self._parameterNode:
            self._parameterNode.disconnectGui(self._guiTag)
            self.removeObserver(self._parameterNode, vtk.vtkCommand.ModifiedEvent, self._checkCanApply)
        self._parameterNode = node
        if node:
            self._guiTag = node.connectGui(self.ui)
            self.addObserver(node, vtk.vtkCommand.ModifiedEvent, self._checkCanApply)
            self._checkCanApply()

    def _checkCanApply(self, caller=None, event=None):
        ready = self._parameterNode is not None and self._parameterNode.isReady()
        self.ui.applyButton.enabled = ready
        self.ui.applyButton.toolTip = _("Segment") if ready else _("Select a volume first")

    def onApply(self, checked=False):
        with slicer.util.tryWithErrorDisplay(_("Failed to compute results."), waitCursor=True):
            node = self.logic.process(self._parameterNode.inputVolume, self._parameterNode.threshold)
            self._parameterNode.outputSegmentation = node
            self.ui.show3DButton.setSegmentationNode(node)

    def onRun(self):
        self.ui.log.plainText = ""
        self.process.start(shutil.which("PythonSlicer"), ["-c", "print('worker is here')"])

    def onOutput(self):
        self.ui.log.appendPlainText(self.process.readAllStandardOutput().data().decode("utf-8").strip())

    def onFinished(self, exitCode, exitStatus):
        self.ui.status.text = _("Ended with {code}").format(code=exitCode)


class ExampleModuleLogic(ScriptedLoadableModuleLogic):  # noqa: F405
    def getParameterNode(self):
        return ExampleModuleParameterNode(super().getParameterNode())

    def process(self, volume, threshold):
        if threshold < 0:
            raise ValueError("the threshold is negative")
        mask = (slicer.util.arrayFromVolume(volume) > threshold).astype("uint8")
        node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", f"{volume.GetName()} segmentation")
        node.CreateDefaultDisplayNodes()
        node.SetReferenceImageGeometryParameterFromVolumeNode(volume)
        segmentId = node.GetSegmentation().AddEmptySegment("bright", "bright", (1.0, 0.0, 0.0))
        slicer.util.updateSegmentBinaryLabelmapFromArray(mask, node, segmentId, volume)
        return node


class ExampleModuleTest(ScriptedLoadableModuleTest):  # noqa: F405
    def runTest(self):
        slicer.mrmlScene.Clear()
        self.assertIsNotNone(ExampleModuleLogic().getParameterNode())
