"""Segment L3: body composition at the third lumbar vertebra, from CT."""

import logging
import sys
import time
from pathlib import Path

import slicer
import vtk
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin

from SegmentL3Lib.errors import SegmentL3Error
from SegmentL3Lib.gui import launcher, lesiontask, samples, sceneresults, settings
from SegmentL3Lib.gui.computesettings import ComputeSettings
from SegmentL3Lib.gui.errordisplay import errorsShown
from SegmentL3Lib.gui.modelcatalog import CatalogCallbacks, ModelCatalog
from SegmentL3Lib.gui.modelrow import ModelRow
from SegmentL3Lib.gui.modelsection import ModelSection
from SegmentL3Lib.gui.parameters import RegionChoice, SegmentL3ParameterNode, Sex, SliceChoice, inputNodes, patientOf
from SegmentL3Lib.gui.requirements import packageStates
from SegmentL3Lib.gui.resultviews import ResultViews
from SegmentL3Lib.gui.runcontrols import RunControls
from SegmentL3Lib.gui.runlog import RunLog
from SegmentL3Lib.gui.setupsection import SetupSection
from SegmentL3Lib.gui.taskchoice import choiceOfModel, findChoice, taskChoices
from SegmentL3Lib.gui.taskform import TaskForm
from SegmentL3Lib.gui.taskrun import TaskRun, checkInputs
from SegmentL3Lib.gui.waiting import waitFor
from SegmentL3Lib.gui.workerrun import RunCallbacks
from SegmentL3Lib.mrml import lesions, prediction, regions, results, selftest, terminology, volumes
from SegmentL3Lib.mrml.record import read_record
from SegmentL3Lib.mrml.segment_volumes import VOLUME_TABLE_ROLE
from SegmentL3Lib.results import Patient
from SegmentL3Lib.tasks import find_task

__all__ = ["RegionChoice", "SegmentL3", "SegmentL3Logic", "SegmentL3Test", "SegmentL3Widget", "Sex", "SliceChoice"]

#
# SegmentL3
#


class SegmentL3(ScriptedLoadableModule):
    """Describes the module to the application."""

    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        self.parent.title = _("Segment L3")
        self.parent.categories = [translate("qSlicerAbstractCoreModule", "Segmentation")]
        self.parent.dependencies = ["Segmentations", "SegmentEditor", "Markups"]
        self.parent.contributors = ["SegmentL3 developers"]
        self.parent.helpText = _(
            "Measures fat and muscle on the CT slice through the third lumbar vertebra (L3): finds the slice, outlines "
            "the tissues, lets you correct them, and reports areas, CT numbers, indices and published cut-offs with a "
            "verdict on how far they can be trusted. Runs imported models (MONAI bundles, nnU-Net v2 result folders) "
            "too. Everything is computed on this computer. For research; not a medical device."
        )
        self.parent.helpText += self.getDefaultModuleDocumentationLink()
        self.parent.acknowledgementText = _("Made with PyTorch, MONAI and SimpleITK.")
        slicer.app.connect("startupCompleted()", registerWithApplication)


def registerWithApplication():
    """Make the terminology and the sample data known, when the modules that keep them have been loaded."""
    terminology.load_context()
    samples.register()


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
        self._log = RunLog(self.ui)
        self._run = RunControls(self.ui, self.onApply, self.onCancel)
        self._compute = ComputeSettings(self.ui)
        self.form = TaskForm(self.ui, self._checkCanApply)
        self.results = ResultViews(
            self.ui, self._panel, self.logic, lambda: patientOf(self._parameterNode), self._run.setStatus
        )
        self.models = ModelSection(self.ui, self._panel, self.logic.catalog, self.onModelsChanged, self.onModelAdded)
        self.setupSection = SetupSection(self.ui, Path(self.resourcePath("requirements.txt")), self.onPackagesChecked)
        self.form.fill(self.logic.tasks)
        self._observeScene()
        self.setupSection.update()
        self.initializeParameterNode()

    def _observeScene(self):
        scene = slicer.vtkMRMLScene
        self.addObserver(slicer.mrmlScene, scene.StartCloseEvent, self.onSceneStartClose)
        self.addObserver(slicer.mrmlScene, scene.EndCloseEvent, self.onSceneReplaced)
        self.addObserver(slicer.mrmlScene, scene.EndImportEvent, self.onSceneReplaced)
        self.addObserver(slicer.mrmlScene, scene.NodeRemovedEvent, self.onNodeRemoved)

    def cleanup(self):
        """Called when the application closes or the module is reloaded."""
        self.logic.cancel()
        self.models.close()
        self.results.clear()
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
        self.results.clear()
        self.setParameterNode(None)

    def onSceneReplaced(self, _caller, _event):
        """Called just after the scene is closed, or another one has been read."""
        if self.parent.isEntered:
            self.initializeParameterNode()

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def onNodeRemoved(self, _caller, _event, node):
        """Called when a node has been deleted."""
        if self.logic.isRunningOn(node):
            self._abandonRun(_("Cancelled, because the scan or the segmentation was deleted."))
        if node.IsA("vtkMRMLSegmentationNode") or node.IsA("vtkMRMLScalarVolumeNode"):
            self.results.show(self._output())

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
            self._proposeInputs()

    def setParameterNode(self, parameterNode):
        """Show and observe this parameter node instead of the one before."""
        self._disconnectParameterNode()
        self._parameterNode = parameterNode
        self.form.setParameters(parameterNode)
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
        if slicer.mrmlScene.IsImporting():  # nodes that the parameters refer to may not be there yet
            return
        self._matchOutput()
        choice = self.logic.taskOf(self._parameterNode)
        self.form.show(choice)
        self._compute.show(choice)
        self._checkCanApply()
        self.results.showAgain(self._output())

    def _proposeInputs(self):
        """Choose the images of a task by the names of the volumes."""
        choice = self.logic.taskOf(self._parameterNode)
        if choice.task is not None and not choice.isL3:
            lesiontask.proposeInputs(self._parameterNode, choice)

    def _matchOutput(self):
        """When the user turns to another scan or task, turn to its result."""
        parameters = self._parameterNode
        chosen = parameters.inputVolume, parameters.task
        if chosen == self._lastInput:
            return
        isOtherTask = self._lastInput is None or self._lastInput[1] != parameters.task
        self._lastInput = chosen
        if isOtherTask:
            self._proposeInputs()
        if parameters.inputVolume is not None:
            parameters.outputSegmentation = sceneresults.outputFor(parameters.outputSegmentation, *chosen)

    def onModelsChanged(self):
        """Called when the list of imported models may be another."""
        self.form.fill(self.logic.tasks)
        if self._parameterNode:
            self.onParametersModified()

    def onModelAdded(self, task):
        """Called when the user has imported a model: turn to it."""
        if self._parameterNode and not self.logic.isRunning:
            self._parameterNode.task = task

    def onPackagesChecked(self):
        """Called after each look at the installed packages; what lists the models needs them."""
        self._checkCanApply()
        if self.setupSection.isReady:
            self.models.refreshSoon()

    def _checkCanApply(self):
        if self._parameterNode:
            self._run.setProblem(self._findProblem(), self._hintOf(self.logic.taskOf(self._parameterNode)))

    def _hintOf(self, choice):
        if choice.isL3:
            return _("Find the slice, segment and measure it.")
        return _("Segment with this model.") if choice.usesModel else _("Segment and measure.")

    def _findProblem(self):
        """Why Apply is not possible, in words for its tool tip, or None."""
        if not self.setupSection.isReady:
            return _("Python packages are missing: open the Setup section above.")
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
                segmentation = self.logic.publish(folder)
                if self._parameterNode:
                    self._parameterNode.outputSegmentation = segmentation
                self.results.show(self._output())
                self.results.goTo()
                status = _("Done in {seconds:.0f} s.").format(seconds=time.monotonic() - self._startTime)
            finally:
                self._endRun(status)

    def _output(self):
        return self._parameterNode.outputSegmentation if self._parameterNode else None


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

    and uses an imported model like this::

        models = logic.findModels()
        parameters.task = models[0].taskId
        segmentationNode, volumes = logic.process(parameters)
        print(volumes[0].name, volumes[0].volume_ml)
    """

    def __init__(self):
        ScriptedLoadableModuleLogic.__init__(self)
        self.run = None
        self.workerCommand = lambda: [launcher.pythonSlicer(), "-m", "SegmentL3Lib.worker"]
        self.catalog = ModelCatalog(lambda: self.workerCommand())

    def getParameterNode(self):
        """The parameters in the scene, typed."""
        return SegmentL3ParameterNode(super().getParameterNode())

    @property
    def tasks(self):
        """What can be done: the tasks of the catalog and the imported models that are known (``TaskChoice``)."""
        return taskChoices(self.catalog.rows)

    def taskOf(self, parameters):
        """The task that is chosen."""
        return findChoice(self.tasks, parameters.task)

    @property
    def isRunning(self) -> bool:
        """Whether a worker is at work."""
        return self.run is not None and self.run.isActive

    def isRunningOn(self, node) -> bool:
        """Whether the run that is at work needs this node."""
        return self.isRunning and self.run.needs(node)

    def checkInputs(self, parameters):
        """Find out before a run whether it can succeed.

        Raises:
            UsageError, InputError: why not, and what to do.
        """
        checkInputs(parameters, self.taskOf(parameters))

    def start(self, parameters, device, callbacks, parent):
        """Start a run; returns at once.

        Args:
            parameters: SegmentL3ParameterNode.
            device: one of ``settings.DEVICES``.
            callbacks: RunCallbacks; when ``finished`` or ``failed`` are called, the run is over.
            parent: QObject that owns the timer of the run.

        Raises:
            SegmentL3Error: an input cannot be used; says why.
            OSError: the temporary folder or the worker fails.
        """
        run = TaskRun(parameters, self.taskOf(parameters))
        run.start(self.workerCommand(), device, callbacks, parent)
        self.run = run

    def cancel(self):
        """Stop the run, if there is one; none of its callbacks is called any more."""
        if self.run:
            self.run.cancel()

    def publish(self, folder):
        """Put the files of the finished run into the scene and show them; returns the segmentation node.

        Raises:
            SegmentL3Error: the files or the scan cannot be used (any more).
        """
        return self.run.publish(folder)

    def measure(self, segmentation, patient):
        """Measure the segments of a result at L3 as they are now.

        Returns:
            The numbers (``Measured``) and whether a hand has changed the labels.

        Raises:
            SegmentL3Error: the scan cannot be measured (any more).
        """
        volume = sceneresults.volumeOf(segmentation)
        return results.measure_and_keep(volume, segmentation, read_record(segmentation), patient)

    def process(self, parameters, device="auto"):
        """Do a whole run and wait for it, for scripts; the application stays responsive.

        Returns:
            Segmentation node, and what was measured: a ``Result``; for an imported model and a task without lesions a
            list of ``SegmentVolume``; for a task with lesions these (``Lesion``).

        Raises:
            SegmentL3Error: an input cannot be used.
            RuntimeError: the worker failed; the text says why.
        """

        def start(owner, finished, failed):
            callbacks = RunCallbacks(log=logging.info, finished=finished, failed=failed)
            self.start(parameters, device, callbacks, owner)

        segmentation = waitFor(start, self.publish, lambda: self.isRunning)
        choice = self.run.choice
        if choice.usesModel or not (choice.isL3 or choice.task.lesions):
            return segmentation, prediction.measure_prediction(segmentation, parameters.inputVolume)
        if not choice.isL3:
            return segmentation, lesions.measure_segments(segmentation, parameters.inputVolume, choice.task)
        return segmentation, self.measure(segmentation, patientOf(parameters))[0].result

    def findModels(self):
        """Look into the models folder and wait for the answer, for scripts; returns the models (``ModelRow``).

        Raises:
            SegmentL3Error: the worker cannot be started.
            RuntimeError: the worker failed; the text says why.
        """

        def start(owner, finished, failed):
            self.catalog.refresh(owner, CatalogCallbacks(finished, failed))

        return waitFor(start, lambda _identifier: self.catalog.rows, lambda: self.catalog.isBusy)


#
# SegmentL3Test
#


class SegmentL3Test(ScriptedLoadableModuleTest):
    """Self-test inside the application; needs no network and, but for its last parts, no installed package."""

    def setUp(self):
        """Start from an empty scene."""
        slicer.mrmlScene.Clear(0)

    def runTest(self):
        """Run all parts."""
        for name in [name for name in dir(self) if name.startswith("test_")]:
            self.setUp()
            getattr(self, name)()

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

    def test_result_of_a_model_is_measured(self):
        """The volume of a drawn block is that which can be computed by hand, and a table is made."""
        self.delayDisplay("Volumes")
        volume = selftest.add_scan()
        segmentation = selftest.add_prediction(volume)
        rows = prediction.measure_prediction(segmentation, volume)
        self.assertEqual([row.name for row in rows], ["Liver"])
        self.assertAlmostEqual(rows[0].volume_ml, selftest.LIVER_ML)
        self.assertIsNotNone(segmentation.GetNodeReference(VOLUME_TABLE_ROLE))

    def test_lesions_are_measured(self):
        """Volume and diameter of a drawn block are those that can be computed by hand, and a table is made."""
        self.delayDisplay("Lesions")
        volume = selftest.add_scan()
        segmentation = selftest.add_lesions(volume)
        found = lesions.measure_segments(segmentation, volume, find_task(selftest.LESION_TASK))
        self.assertEqual(len(found), 1)
        self.assertAlmostEqual(found[0].volume_ml, selftest.LIVER_ML)
        self.assertAlmostEqual(found[0].axial_diameter_mm, 0.8 * (19**2 + 20**2) ** 0.5)
        self.assertIsNotNone(segmentation.GetNodeReference(lesions.LESION_TABLE_ROLE))

    def test_box_of_a_region_is_cut_to_the_scan(self):
        """A new box lies in the middle of the scan; one that reaches beyond it is cut."""
        self.delayDisplay("Region")
        volume = selftest.add_scan()
        box = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsROINode", "box")
        regions.place_box(box, volume)
        middle = regions.bounds_lps_mm(box, volume)
        box.SetSize(1000, 1000, 1000)
        whole = regions.bounds_lps_mm(box, volume)
        for low in (0, 2, 4):
            self.assertAlmostEqual(middle[low + 1] - middle[low], (whole[low + 1] - whole[low]) / 2)

    def test_form_fits_a_model(self):
        """The form offers one selector for each input of a model and a tick for each of its structures."""
        self.delayDisplay("Form of a model")
        model = ModelRow("self_test", "Self-test model", inputs=("T1", "FLAIR"), structures=("edema", "core"))
        panel = slicer.util.loadUI(self.resourcePath("UI/SegmentL3.ui"))
        panel.setMRMLScene(slicer.mrmlScene)
        ui = slicer.util.childWidgetVariables(panel)
        parameters = SegmentL3Logic().getParameterNode()
        parameters.task = model.taskId
        form = TaskForm(ui, lambda: None)
        form.fill(taskChoices([model]))
        form.setParameters(parameters)
        form.show(choiceOfModel(model))
        self.assertEqual(ui.taskComboBox.currentText, model.title)
        form.inputs.selector(1).setCurrentNode(selftest.add_scan())
        self.assertIsNotNone(inputNodes(parameters, 2)[1])
        ui.noStructuresButton.click()
        self.assertEqual(list(parameters.leftOut), ["edema", "core"])
        form.setParameters(None)
        panel.setMRMLScene(None)
        panel.deleteLater()

    def test_whole_run(self):
        """The worker measures a chosen slice of a phantom; left out while packages are missing."""
        if not self.hasPackages():
            return
        logic = SegmentL3Logic()
        parameters = logic.getParameterNode()
        parameters.inputVolume = samples.load(samples.CT)[0]
        segmentation, result = logic.process(parameters, "cpu")
        self.assertEqual(result.level.level, "L3")
        self.assertGreater(result.measurements.area_cm2["skeletal_muscle"], 10)
        self.assertIsNotNone(segmentation.GetSegmentation().GetSegment("skeletal_muscle"))

    def hasPackages(self):
        """Whether the worker can run; says what is missing."""
        missing = [state.text for state in packageStates(self.resourcePath("requirements.txt")) if not state.isMet]
        self.delayDisplay("Left out: " + ", ".join(missing) if missing else "Whole run")
        return not missing

    @staticmethod
    def resourcePath(name):
        """Path of a file of the module."""
        return str(Path(slicer.util.modulePath("SegmentL3")).parent / "Resources" / name)
