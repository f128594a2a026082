"""Segment L3: body composition at the third lumbar vertebra, from CT."""

import logging
import os
import sys
import time
from enum import Enum
from pathlib import Path
from typing import Annotated

import qt
import slicer
import vtk
from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.parameterNodeWrapper import WithinRange, parameterNodeWrapper
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin

from SegmentL3Lib.errors import SegmentL3Error, UsageError
from SegmentL3Lib.gui import exporter, launcher, samples, settings
from SegmentL3Lib.gui.editfollower import EditFollower
from SegmentL3Lib.gui.errordisplay import errorsShown
from SegmentL3Lib.gui.requirements import packageStates
from SegmentL3Lib.gui.resultsection import ResultSection
from SegmentL3Lib.gui.runcontrols import RunControls
from SegmentL3Lib.gui.runlog import RunLog
from SegmentL3Lib.gui.segmenteditor import openSegmentEditor
from SegmentL3Lib.gui.setupsection import SetupSection
from SegmentL3Lib.gui.tasks import loadTasks
from SegmentL3Lib.gui.workerrun import RunCallbacks, WorkerRun
from SegmentL3Lib.measure import make_patient
from SegmentL3Lib.mrml import display, exchange, results, segmentations, selftest, slices, terminology, volumes
from SegmentL3Lib.mrml.acquisition import acquisition_of
from SegmentL3Lib.mrml.measure_node import slice_axis
from SegmentL3Lib.mrml.record import read_record
from SegmentL3Lib.results import Patient

WAIT_S = 0.02

#
# SegmentL3
#


class SegmentL3(ScriptedLoadableModule):
    """Describes the module to the application."""

    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        self.parent.title = _("Segment L3")
        self.parent.categories = [translate("qSlicerAbstractCoreModule", "Segmentation")]
        self.parent.dependencies = ["Segmentations", "SegmentEditor"]
        self.parent.contributors = ["SegmentL3 developers"]
        self.parent.helpText = _(
            "Measures fat and muscle on the CT slice through the third lumbar vertebra (L3): finds the slice, outlines "
            "the tissues, lets you correct them, and reports areas, CT numbers, indices and published cut-offs with a "
            "verdict on how far they can be trusted. Everything is computed on this computer. For research; not a "
            "medical device."
        )
        self.parent.helpText += self.getDefaultModuleDocumentationLink()
        self.parent.acknowledgementText = _("Made with PyTorch, MONAI and SimpleITK.")
        slicer.app.connect("startupCompleted()", registerWithApplication)


def registerWithApplication():
    """Make the terminology and the sample data known, when the modules that keep them have been loaded."""
    terminology.load_context()
    samples.register()


#
# SegmentL3ParameterNode
#


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


@parameterNodeWrapper
class SegmentL3ParameterNode:
    """What belongs to the scene.

    inputVolume - the scan
    task - ID in the catalog of tasks
    sliceChoice - which slice to measure
    sex, heightCm, weightKg - the patient; 0 means not known
    outputSegmentation - where the result goes, or went
    """

    inputVolume: vtkMRMLScalarVolumeNode
    task: str = loadTasks()[0].id
    sliceChoice: SliceChoice = SliceChoice.AUTOMATIC
    sex: Sex = Sex.UNKNOWN
    heightCm: Annotated[float, WithinRange(0, 260)] = 0.0
    weightKg: Annotated[float, WithinRange(0, 400)] = 0.0
    outputSegmentation: vtkMRMLSegmentationNode


#
# SegmentL3Widget
#


class SegmentL3Widget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """The panel: passes what the user does to the logic, and what the logic says to the sections."""

    def __init__(self, parent=None):
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic = None
        self._parameterNode = None
        self._parameterNodeGuiTag = None
        self._measured = None
        self._isEdited = False
        self._startTime = 0.0
        self._lastInput = None

    def setup(self):
        """Called when the user opens the module for the first time."""
        ScriptedLoadableModuleWidget.setup(self)
        self._panel = slicer.util.loadUI(self.resourcePath("UI/SegmentL3.ui"))
        self.layout.addWidget(self._panel)
        self.ui = slicer.util.childWidgetVariables(self._panel)
        self._panel.setMRMLScene(slicer.mrmlScene)

        self.logic = SegmentL3Logic()
        self.askForFile = exporter.askForFile
        self._log = RunLog(self.ui)
        self._run = RunControls(self.ui, self.onApply, self.onCancel)
        self._results = ResultSection(self.ui, self.onTissueChosen)
        self._follower = EditFollower(self._panel, self._measure)
        self._fillCombos()
        self.setupSection = SetupSection(self.ui, Path(self.resourcePath("requirements.txt")), self._checkCanApply)
        self._connect()
        self.setupSection.update()
        self.initializeParameterNode()

    def _fillCombos(self):
        for task in loadTasks():
            self.ui.taskComboBox.addItem(translate("Tasks", task.title), task.id)
        texts = {"auto": _("Automatic"), "cpu": _("Processor (CPU)"), "cuda": _("NVIDIA graphics card (CUDA)")}
        for name in settings.DEVICES:
            self.ui.deviceComboBox.addItem(texts[name], name)
        self.ui.deviceComboBox.currentIndex = settings.DEVICES.index(settings.device())

    def _connect(self):
        scene = slicer.vtkMRMLScene
        self.addObserver(slicer.mrmlScene, scene.StartCloseEvent, self.onSceneStartClose)
        self.addObserver(slicer.mrmlScene, scene.EndCloseEvent, self.onSceneEndClose)
        self.addObserver(slicer.mrmlScene, scene.NodeRemovedEvent, self.onNodeRemoved)
        self.ui.taskComboBox.connect("currentIndexChanged(int)", self.onTaskChosen)
        self.ui.deviceComboBox.connect("currentIndexChanged(int)", self.onDeviceChosen)
        self.ui.goToButton.connect("clicked(bool)", self.onGoTo)
        self.ui.editButton.connect("clicked(bool)", self.onEdit)
        self.ui.exportCsvButton.connect("clicked(bool)", self.onExportCsv)
        self.ui.exportReportButton.connect("clicked(bool)", self.onExportReport)

    def cleanup(self):
        """Called when the application closes or the module is reloaded."""
        self.logic.cancel()
        self._follower.stop()
        self.setParameterNode(None)
        self.removeObservers()

    def enter(self):
        """Called when the user opens the module."""
        self.initializeParameterNode()

    def exit(self):
        """Called when the user opens another module. A run goes on, and edits are followed."""
        self._disconnectParameterNode()

    def onSceneStartClose(self, _caller, _event):
        """Called just before the scene is closed."""
        self._abandonRun(_("Cancelled, because the scene was closed."))
        self._clearResult()
        self.setParameterNode(None)

    def onSceneEndClose(self, _caller, _event):
        """Called just after the scene is closed."""
        if self.parent.isEntered:
            self.initializeParameterNode()

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def onNodeRemoved(self, _caller, _event, node):
        """Called when a node has been deleted."""
        if self.logic.isRunningOn(node):
            self._abandonRun(_("Cancelled, because the scan or the segmentation was deleted."))
        if node.IsA("vtkMRMLSegmentationNode") or node.IsA("vtkMRMLScalarVolumeNode"):
            self._showSceneResult()

    def onReload(self):
        """Reload the library too, so that a developer sees every change."""
        for name in [each for each in sys.modules if each.split(".")[0] == "SegmentL3Lib"]:
            del sys.modules[name]
        ScriptedLoadableModuleWidget.onReload(self)

    def initializeParameterNode(self):
        """Make sure that there is a parameter node, and offer the first scan."""
        self.setParameterNode(self.logic.getParameterNode())
        if self._parameterNode.inputVolume is None:
            self._parameterNode.inputVolume = volumes.first_scan()

    def setParameterNode(self, parameterNode):
        """Show and observe this parameter node instead of the one before."""
        self._disconnectParameterNode()
        self._parameterNode = parameterNode
        if self._parameterNode:
            self._parameterNodeGuiTag = self._parameterNode.connectGui(self.ui)
            self.addObserver(self._parameterNode, vtk.vtkCommand.ModifiedEvent, self.onParametersModified)
            self.onParametersModified()

    def _disconnectParameterNode(self):
        if self._parameterNode is None:
            return
        self._parameterNode.disconnectGui(self._parameterNodeGuiTag)
        self._parameterNodeGuiTag = None
        if self.hasObserver(self._parameterNode, vtk.vtkCommand.ModifiedEvent, self.onParametersModified):
            self.removeObserver(self._parameterNode, vtk.vtkCommand.ModifiedEvent, self.onParametersModified)

    def onParametersModified(self, _caller=None, _event=None):
        """Called when the user, a script or the scene changed a parameter."""
        self._matchOutput()
        self._showTask()
        self._checkCanApply()
        if self._follower.node is self._resultNode():
            self._follower.touch()
        else:
            self._showSceneResult()

    def _matchOutput(self):
        """When the user turns to another scan, turn to its result too: a result must not replace another patient's."""
        volume = self._parameterNode.inputVolume
        if volume is self._lastInput:
            return
        self._lastInput = volume
        output = self._parameterNode.outputSegmentation
        owner = self.logic.volumeOf(output)
        if volume is not None and owner is not volume and (output is None or owner is not None):
            self._parameterNode.outputSegmentation = self.logic.findResult(volume)

    def _showTask(self):
        index = self.ui.taskComboBox.findData(self._parameterNode.task)
        task = loadTasks()[max(0, index)]
        blocked = self.ui.taskComboBox.blockSignals(True)
        self.ui.taskComboBox.currentIndex = max(0, index)
        self.ui.taskComboBox.blockSignals(blocked)
        self.ui.taskComboBox.toolTip = translate("Tasks", task.description)
        self.ui.taskLabel.text = translate("Tasks", task.description)
        self.ui.taskDetailsLabel.text = task.details

    def onTaskChosen(self, index):
        """Called when the user picks a task."""
        if self._parameterNode and index >= 0:
            self._parameterNode.task = self.ui.taskComboBox.itemData(index)

    def onDeviceChosen(self, index):
        """Called when the user picks a device."""
        settings.setDevice(settings.DEVICES[index])

    def _checkCanApply(self):
        if self._parameterNode:
            self._run.setProblem(self._findProblem())

    def _findProblem(self):
        """Why Apply is not possible, in words for its tool tip, or None."""
        if not self.setupSection.isReady:
            return _("Python packages are missing: open the Setup section above.")
        if self._parameterNode.inputVolume is None:
            return _("Load a CT and select it as CT volume.")
        try:
            self.logic.checkInputs(self._parameterNode)
        except SegmentL3Error as error:
            return str(error)
        return None

    def onApply(self):
        """Start a run."""
        with errorsShown(_("The computation could not be started.")):
            self._log.clear()
            self._startTime = time.monotonic()
            callbacks = RunCallbacks(self._run.setProgress, self._log.append, self._onFinished, self._onFailed)
            self.logic.start(self._parameterNode, settings.device(), callbacks, self._panel)
            self._run.setRunning(True)
            self._run.setProgress(0, _("Starting"))

    def onCancel(self):
        """Stop the run at once."""
        self._abandonRun(_("Cancelled. Nothing in the scene has changed."))

    def _abandonRun(self, status):
        if self.logic.isRunning:
            self.logic.cancel()
            self._endRun(status)

    def _endRun(self, status):
        self._run.setRunning(False)
        self._run.setStatus(status)
        self._checkCanApply()

    def _onFailed(self, reason):
        logging.error("Segment L3: %s", reason)
        self._endRun("")
        self._run.setFailure(reason)
        self.ui.logSection.collapsed = False

    def _onFinished(self, folder):
        with errorsShown(_("The result could not be shown.")):
            status = _("The result could not be shown.")
            try:
                volume, segmentation = self.logic.publish(folder)
                display.show_volume(volume)
                if self._parameterNode:
                    self._parameterNode.outputSegmentation = segmentation
                self._showSceneResult()
                self.onGoTo()
                status = _("Done in {seconds:.0f} s.").format(seconds=time.monotonic() - self._startTime)
            finally:
                self._endRun(status)

    def _resultNode(self):
        """The chosen segmentation, if it holds a result."""
        segmentation = self._parameterNode.outputSegmentation if self._parameterNode else None
        return segmentation if self.logic.volumeOf(segmentation) is not None else None

    def _showSceneResult(self):
        """Show the result that the scene holds for the chosen segmentation, if any, and follow its edits."""
        self._follower.follow(self._resultNode())
        self._measure()

    def _clearResult(self):
        self._follower.stop()
        self._measured = None
        self._results.clear()

    def _measure(self):
        """Measure the segments as they are now and show the numbers."""
        segmentation = self._resultNode()
        volume = self.logic.volumeOf(segmentation)
        if volume is None:
            self._clearResult()
            return
        try:
            self._measured, self._isEdited = self.logic.measure(segmentation, patientOf(self._parameterNode))
        except SegmentL3Error as error:  # said beside Apply too, so the last numbers may stay
            logging.info("The numbers were not updated: %s", error)
            return
        count = slices.slice_count(volume, slice_axis(volume))
        self._results.show(self._measured.result, self._isEdited, segmentation, volume.GetName(), count)

    def onTissueChosen(self, segmentId):
        """Go to the measured slice and let one tissue stand out; None: show all alike."""
        segmentation = self._parameterNode.outputSegmentation
        display.highlight(segmentation, segmentId)
        center = segmentations.center_of(segmentation, segmentId) if segmentId else None
        if center:
            display.jump_to(center)

    def onGoTo(self, _checked=False):
        """Show the measured slice in the slice views."""
        if self._measured:
            display.jump_to(volumes.lps_to_ras(self._measured.result.slice_position_lps_mm))

    def onEdit(self, _checked=False):
        """Open the Segment Editor on the result."""
        with errorsShown(_("The Segment Editor could not be opened.")):
            segmentation = self._resultNode()
            display.highlight(segmentation, None)
            self.onGoTo()
            openSegmentEditor(segmentation, self.logic.volumeOf(segmentation))

    def onExportCsv(self, _checked=False):
        """Save the numbers."""
        path = self.askForFile(self._panel, _("Export CSV"), "body-composition-l3.csv", "CSV (*.csv)")
        if path:
            with errorsShown(_("The table could not be saved.")):
                exporter.exportCsv(self._measured.result, path)
                self._run.setStatus(_("Saved {path}").format(path=path))

    def onExportReport(self, _checked=False):
        """Save one page with picture and numbers."""
        path = self.askForFile(self._panel, _("Export report"), "body-composition-l3.html", "HTML (*.html)")
        if path:
            with errorsShown(_("The report could not be saved.")):
                volume = self.logic.volumeOf(self._resultNode())
                exporter.exportReport(self._measured.result, self._isEdited, volume, path)
                self._run.setStatus(_("Saved {path}").format(path=path))


def patientOf(parameterNode) -> Patient:
    """The patient as the parameters say; raises UsageError for impossible values."""
    sex = parameterNode.sex
    return make_patient(
        None if sex == Sex.UNKNOWN else sex.value, parameterNode.heightCm or None, parameterNode.weightKg or None
    )


#
# SegmentL3Logic
#


class SegmentL3Logic(ScriptedLoadableModuleLogic):
    """Runs the worker on nodes of the scene and puts its result back. Knows nothing of the panel.

    A script measures a loaded scan like this::

        logic = SegmentL3Logic()
        parameters = logic.getParameterNode()
        parameters.inputVolume = volumeNode
        parameters.sex = Sex.FEMALE
        parameters.heightCm = 165
        segmentationNode, result = logic.process(parameters)
        print(result.measurements.area_cm2["skeletal_muscle"])
    """

    def __init__(self):
        ScriptedLoadableModuleLogic.__init__(self)
        self._workerRun = None
        self._volumeId = None
        self._segmentationId = None
        self.workerCommand = lambda: [launcher.pythonSlicer(), "-m", "SegmentL3Lib.worker"]

    def getParameterNode(self):
        """The parameters in the scene, typed."""
        return SegmentL3ParameterNode(super().getParameterNode())

    @property
    def isRunning(self) -> bool:
        """Whether a worker is at work."""
        return self._workerRun is not None

    def isRunningOn(self, node) -> bool:
        """Whether the run that is at work needs this node."""
        return self.isRunning and node.GetID() in (self._volumeId, self._segmentationId)

    def checkInputs(self, parameters):
        """Find out before a run whether it can succeed.

        Raises:
            UsageError, InputError: why not, and what to do.
        """
        volume = parameters.inputVolume
        problem = volumes.find_problem(volume)
        if problem:
            raise UsageError(problem)
        task = next((task for task in loadTasks() if task.id == parameters.task), loadTasks()[0])
        modality = volumes.modality_of(volume)
        if modality not in (None, task.modality):
            raise UsageError(
                _('"{name}" is {modality}; this task understands {wanted} only.').format(
                    name=volume.GetName(), modality=modality, wanted=task.modality
                )
            )
        owner = self.volumeOf(parameters.outputSegmentation)
        if owner is not None and owner is not volume:
            raise UsageError(
                _('The segmentation holds the result of "{name}". Choose "Create new on Apply".').format(
                    name=owner.GetName()
                )
            )
        patientOf(parameters)

    def start(self, parameters, device, callbacks, parent):
        """Start a run; returns at once.

        Args:
            parameters: SegmentL3ParameterNode.
            device: "auto", "cpu" or "cuda".
            callbacks: RunCallbacks; after ``finished`` or ``failed`` the run is over.
            parent: QObject that owns the timer of the run.

        Raises:
            SegmentL3Error: an input cannot be used; says why.
            OSError: the temporary folder or the worker fails.
        """
        self.checkInputs(parameters)
        volume = parameters.inputVolume
        patient = patientOf(parameters)
        job = {
            "slice_index": self._sliceIndex(parameters),
            "sex": patient.sex,
            "height_cm": patient.height_cm,
            "weight_kg": patient.weight_kg,
            "device": device,
        }
        run = WorkerRun(parent, self._endingRun(callbacks))
        try:
            scan = run.folder / "scan.nrrd"
            exchange.write_scan(volume, scan)
            environment = launcher.workerEnvironment(os.environ, device)
            run.start({"input": str(scan), **job}, self.workerCommand(), str(launcher.MODULE_FOLDER), environment)
        except BaseException:
            run.cancel()
            raise
        self._workerRun = run
        self._volumeId = volume.GetID()
        self._segmentationId = parameters.outputSegmentation.GetID() if parameters.outputSegmentation else None

    def _endingRun(self, callbacks):
        def finished(folder):
            self._workerRun = None
            callbacks.finished(folder)

        def failed(reason):
            self._workerRun = None
            callbacks.failed(reason)

        return RunCallbacks(callbacks.progress, callbacks.log, finished, failed)

    def _sliceIndex(self, parameters):
        if parameters.sliceChoice == SliceChoice.AUTOMATIC:
            return None
        return slices.shown_slice(parameters.inputVolume, slice_axis(parameters.inputVolume))

    def cancel(self):
        """Stop the run, if there is one; none of its callbacks is called any more."""
        run, self._workerRun = self._workerRun, None
        if run:
            run.cancel()

    def publish(self, folder):
        """Put the files of a finished run into the scene.

        Returns:
            The scan and its segmentation node.

        Raises:
            SegmentL3Error: the files or the scan cannot be used (any more).
        """
        volume = slicer.mrmlScene.GetNodeByID(self._volumeId)
        if volume is None:
            raise UsageError(_("The scan was deleted during the computation."))
        labelmap, record = exchange.read_run(Path(folder), volume, acquisition_of(volume))
        segmentation = slicer.mrmlScene.GetNodeByID(self._segmentationId) if self._segmentationId else None
        segmentation = segmentation or results.segmentation_for(volume)
        results.publish(labelmap, record, volume, segmentation)
        return volume, segmentation

    @staticmethod
    def volumeOf(segmentation):
        """The scan to which a result belongs; None where the node is None, or holds no result, or the scan is gone."""
        if segmentation is None or read_record(segmentation) is None:
            return None
        return segmentation.GetNodeReference(segmentation.GetReferenceImageGeometryReferenceRole())

    def findResult(self, volume):
        """The first segmentation node that holds a result of a scan, or None."""
        nodes = slicer.util.getNodesByClass("vtkMRMLSegmentationNode")
        return next((node for node in nodes if self.volumeOf(node) is volume), None)

    def measure(self, segmentation, patient):
        """Measure the segments of a result as they are now.

        Returns:
            The numbers (``Measured``) and whether a hand has changed the labels.

        Raises:
            SegmentL3Error: the scan cannot be measured (any more).
        """
        record = read_record(segmentation)
        return results.measure_and_keep(self.volumeOf(segmentation), segmentation, record, patient)

    def process(self, parameters, device="auto"):
        """Do a whole run and wait for it, for scripts; the application stays responsive.

        Returns:
            Segmentation node and Result.

        Raises:
            SegmentL3Error: an input cannot be used.
            RuntimeError: the worker failed; the text says why.
        """
        outcome = {}
        timerOwner = qt.QObject()

        def finished(folder):
            try:
                outcome["segmentation"] = self.publish(folder)[1]
            except SegmentL3Error as error:
                outcome["error"] = error

        def failed(reason):
            outcome["error"] = RuntimeError(reason)

        callbacks = RunCallbacks(log=logging.info, finished=finished, failed=failed)
        self.start(parameters, device, callbacks, timerOwner)
        while self.isRunning:
            slicer.app.processEvents()
            time.sleep(WAIT_S)
        if "error" in outcome:
            raise outcome["error"]
        segmentation = outcome["segmentation"]
        return segmentation, self.measure(segmentation, patientOf(parameters))[0].result


#
# SegmentL3Test
#


class SegmentL3Test(ScriptedLoadableModuleTest):
    """Self-test inside the application; needs no network and, but for its last part, no installed package."""

    def setUp(self):
        """Start from an empty scene."""
        slicer.mrmlScene.Clear(0)

    def runTest(self):
        """Run all parts."""
        for test in (self.test_scan_keeps_its_place, self.test_segments_are_measured, self.test_whole_run):
            self.setUp()
            test()

    def test_scan_keeps_its_place(self):
        """A scan that goes to the library and back lies where it lay."""
        self.delayDisplay("Geometry")
        node = selftest.add_scan()
        copy = volumes.add_volume_node(volumes.volume_of(node), "copy")
        difference = volumes.ijk_to_ras(node) - volumes.ijk_to_ras(copy)
        self.assertLess(abs(difference).max(), 1e-9)

    def test_segments_are_measured(self):
        """Numbers of a drawn square are those that can be computed by hand, and tables are made."""
        self.delayDisplay("Measurement")
        volume = selftest.add_scan()
        segmentation = selftest.add_result(volume)
        measured, isEdited = SegmentL3Logic().measure(segmentation, Patient())
        self.assertFalse(isEdited)
        area = measured.result.measurements.area_cm2["skeletal_muscle"]
        self.assertAlmostEqual(area, selftest.MUSCLE_AREA_CM2)
        self.assertEqual(measured.result.measurements.mean_hu["skeletal_muscle"], selftest.MUSCLE_HU)
        self.assertIsNotNone(segmentation.GetNodeReference(results.TISSUE_TABLE_ROLE))

    def test_whole_run(self):
        """The worker measures a chosen slice of a phantom; left out while packages are missing."""
        file = Path(slicer.util.modulePath("SegmentL3")).parent / "Resources" / "requirements.txt"
        missing = [state.text for state in packageStates(file) if not state.isMet]
        if missing:
            self.delayDisplay("Whole run left out: " + ", ".join(missing))
            return
        self.delayDisplay("Whole run")
        logic = SegmentL3Logic()
        parameters = logic.getParameterNode()
        parameters.inputVolume = samples.makePhantom()[0]
        segmentation, result = logic.process(parameters, "cpu")
        self.assertEqual(result.level.level, "L3")
        self.assertGreater(result.measurements.area_cm2["skeletal_muscle"], 10)
        self.assertIsNotNone(segmentation.GetSegmentation().GetSegment("skeletal_muscle"))
