"""Domain Adapt: fits a model to the scans of another scanner, and makes images of label maps."""

import logging
import sys
import tempfile
from pathlib import Path

import ctk
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

from DomainAdaptLib.gui import jobs, machinesettings
from DomainAdaptLib.gui.jobrunner import JobRunner
from DomainAdaptLib.gui.livecurves import LiveCurves
from DomainAdaptLib.gui.methodlist import MethodList, loadMethods
from DomainAdaptLib.gui.methodsettings import MethodSettings
from DomainAdaptLib.gui.modelchoice import findModel, modelChoices
from DomainAdaptLib.gui.modelchooser import ModelChooser
from DomainAdaptLib.gui.parameters import (
    DomainAdaptParameterNode,
    TargetChoice,
    setSetting,
    settingsOf,
)
from DomainAdaptLib.gui.runsection import RunSection
from DomainAdaptLib.gui.scansform import ScansForm
from DomainAdaptLib.gui.synthesissection import SynthesisSection
from SegmentL3Lib.errors import SegmentL3Error, UsageError
from SegmentL3Lib.gui import launcher
from SegmentL3Lib.gui.computesettings import DeviceSetting
from SegmentL3Lib.gui.modelcatalog import CatalogCallbacks, ModelCatalog
from SegmentL3Lib.gui.setupsection import SetupSection
from SegmentL3Lib.gui.waiting import waitFor
from SegmentL3Lib.gui.workerrun import RunCallbacks
from SegmentL3Lib.mrml import selftest
from SegmentL3Lib.mrml.label_files import read_label_file
from SegmentL3Lib.resources import resource_path

__all__ = ["DomainAdapt", "DomainAdaptLogic", "DomainAdaptTest", "DomainAdaptWidget", "TargetChoice"]

#
# DomainAdapt
#


class DomainAdapt(ScriptedLoadableModule):
    """Describes the module to the application."""

    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        self.parent.title = _("Domain Adapt")
        self.parent.categories = [translate("qSlicerAbstractCoreModule", "Segmentation")]
        self.parent.dependencies = ["Segmentations", "SegmentEditor", "Plots"]
        self.parent.contributors = ["SegmentL3 developers"]
        self.parent.helpText = _(
            "Adapts a segmentation model to the scans of another scanner: shows how far the new scans are from what "
            "the model knows, adapts a copy of the model with scans that need no labels, and shows the scans before "
            "and after, so that you can keep or discard it. The original model is never changed. Also makes images of "
            "label maps. Everything is computed on this computer. For research; not a medical device."
        )
        self.parent.helpText += self.getDefaultModuleDocumentationLink()
        self.parent.acknowledgementText = _("Made with PyTorch, MONAI and SimpleITK.")


#
# DomainAdaptWidget
#


class DomainAdaptWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """The panel: passes what the user does to the logic, and what the logic says to the sections."""

    def __init__(self, parent=None):
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic = None
        self._parameterNode = None
        self._parameterNodeGuiTag = None

    def setup(self):
        """Called when the user opens the module for the first time."""
        ScriptedLoadableModuleWidget.setup(self)
        self._panel = slicer.util.loadUI(self.resourcePath("UI/DomainAdapt.ui"))
        self.layout.addWidget(self._panel)
        self.ui = slicer.util.childWidgetVariables(self._panel)
        self._panel.setMRMLScene(slicer.mrmlScene)

        self.logic = DomainAdaptLogic()
        self._makeSections()
        self._observeScene()
        self.setupSection.update()
        self.initializeParameterNode()
        self.run.showOpenJobs()

    def _makeSections(self):
        ui = self.ui
        self._device = DeviceSetting(ui.deviceComboBox)
        self._models = ModelChooser(ui, lambda name: self._setParameter("model", name))
        self._models.fill(self.logic.models)
        self._methods = MethodList(ui.methodTable, self.logic.methods, lambda name: self._setParameter("method", name))
        self.methodSettings = MethodSettings(ui.advancedSection.layout(), self.onSettingChanged)
        self._scans = ScansForm(ui)
        self.run = RunSection(
            ui, self._panel, self.logic, lambda: self._parameterNode, self._checkCanRun, self._lookForModels
        )
        self._synthesis = SynthesisSection(ui, self.run.onSynthesize)
        self.setupSection = SetupSection(ui, resource_path("requirements.txt"), self.onPackagesChecked)
        ui.outputFolderEdit.filters = ctk.ctkPathLineEdit.Dirs
        ui.outputFolderEdit.currentPath = machinesettings.outputFolder()
        ui.outputFolderEdit.connect("currentPathChanged(QString)", self.onOutputFolderChanged)
        ui.useButton.connect("clicked(bool)", lambda *_: slicer.util.selectModule("SegmentL3"))

    def _observeScene(self):
        scene = slicer.vtkMRMLScene
        self.addObserver(slicer.mrmlScene, scene.StartCloseEvent, self.onSceneStartClose)
        self.addObserver(slicer.mrmlScene, scene.EndCloseEvent, self.onSceneReplaced)
        self.addObserver(slicer.mrmlScene, scene.EndImportEvent, self.onSceneReplaced)
        self.addObserver(slicer.mrmlScene, scene.NodeAddedEvent, self.onNodesChanged)
        self.addObserver(slicer.mrmlScene, scene.NodeRemovedEvent, self.onNodesChanged)

    def cleanup(self):
        """Called when the application closes or the module is reloaded. An adaptation can be resumed afterwards."""
        self.logic.runner.cancel()
        self.logic.catalog.cancel()
        self.setParameterNode(None)
        self.removeObservers()

    def enter(self):
        """Called when the user opens the module."""
        self.initializeParameterNode()
        self._lookForModels()

    def exit(self):
        """Called when the user opens another module. A run goes on."""
        self._disconnectParameterNode()

    def onSceneStartClose(self, _caller, _event):
        """Called just before the scene is closed."""
        self.run.forgetScene()
        self.setParameterNode(None)

    def onSceneReplaced(self, _caller, _event):
        """Called just after the scene is closed, or another one has been read."""
        if self.parent.isEntered:
            self.initializeParameterNode()

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def onNodesChanged(self, _caller, _event, node):
        """Called when a node has been added or deleted."""
        if node.IsA("vtkMRMLScalarVolumeNode") and self._parameterNode:
            self.onParametersModified()

    def onReload(self):
        """Reload the libraries too, so that a developer sees every change."""
        for name in [each for each in sys.modules if each.split(".")[0] in ("SegmentL3Lib", "DomainAdaptLib")]:
            del sys.modules[name]
        ScriptedLoadableModuleWidget.onReload(self)

    def initializeParameterNode(self):
        """Make sure that there is a parameter node."""
        self.setParameterNode(self.logic.getParameterNode())

    def setParameterNode(self, parameterNode):
        """Show and observe this parameter node instead of the one before."""
        self._disconnectParameterNode()
        self._parameterNode = parameterNode
        self._scans.setParameters(parameterNode)
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

    def _setParameter(self, name, value):
        if self._parameterNode:
            setattr(self._parameterNode, name, value)

    def onParametersModified(self, _caller=None, _event=None):
        """Called when the user, a script or the scene changed a parameter."""
        parameters = self._parameterNode
        if slicer.mrmlScene.IsImporting() or slicer.mrmlScene.IsClosing():
            return
        self._models.show(self.logic.modelOf(parameters))
        self._scans.show()
        problems = {method.name: jobs.findMethodProblem(method, parameters) for method in self.logic.methods}
        self._methods.show(parameters.method, problems)
        method = self.logic.methodOf(parameters)
        self.methodSettings.show(method, settingsOf(parameters, parameters.method))
        self.ui.settingsTitle.visible = method is not None
        self._checkCanRun()

    def onSettingChanged(self, method, name, value):
        """Called when the user changed a setting of a method."""
        if self._parameterNode:
            setSetting(self._parameterNode, method, name, value)

    def onOutputFolderChanged(self, path):
        """Called when the user chose where jobs go."""
        machinesettings.setOutputFolder(path)
        self.run.showOpenJobs()

    def onPackagesChecked(self):
        """Called after each look at the installed packages; what lists the models needs them."""
        self._checkCanRun()
        self._lookForModels()

    def _lookForModels(self):
        if not self.setupSection.isReady or self.logic.catalog.isBusy:
            return
        try:
            self.logic.catalog.refresh(self._panel, CatalogCallbacks(self._onModelsListed, self.run.log.append))
        except (SegmentL3Error, OSError) as error:
            self.run.log.append(str(error))

    def _onModelsListed(self, _identifier):
        self._models.fill(self.logic.models)
        if self._parameterNode:
            self.onParametersModified()

    def _checkCanRun(self):
        if not self._parameterNode:
            return
        self.run.setProblem(self._findProblem(self.logic.checkAdaptation))
        problem = self._findProblem(self.logic.checkComparison)
        self.ui.shiftButton.enabled = problem is None
        self.ui.shiftButton.toolTip = problem or _("Find out how far the new scans are from what the model knows.")
        self._synthesis.setProblem(self._findProblem(self.logic.checkDrawing))

    def _findProblem(self, check):
        """Why something cannot be started, in words for a tool tip, or None."""
        if not self.setupSection.isReady:
            return _("Python packages are missing: open the Setup section above.")
        try:
            check(self._parameterNode)
        except SegmentL3Error as error:
            return str(error)
        return None


#
# DomainAdaptLogic
#


class DomainAdaptLogic(ScriptedLoadableModuleLogic):
    """Starts the worker and keeps the records of its jobs. Knows nothing of the panel.

    A script adapts a model like this::

        logic = DomainAdaptLogic()
        parameters = logic.getParameterNode()
        parameters.model = "l3_tissue_2d"
        parameters.targetFolder = "/data/new-scanner"
        parameters.method = "entropy"
        record = logic.process(parameters, "/data/adaptations")
        print(record.result["sentence"], record.result["report"])
    """

    def __init__(self):
        ScriptedLoadableModuleLogic.__init__(self)
        self.workerCommand = lambda: [launcher.pythonSlicer(), "-m", "DomainAdaptLib.worker"]
        self.modelsCommand = lambda: [launcher.pythonSlicer(), "-m", "SegmentL3Lib.worker"]
        self.runner = JobRunner(lambda: self.workerCommand())
        self.catalog = ModelCatalog(lambda: self.modelsCommand())
        self.methods = loadMethods()

    def getParameterNode(self):
        """The parameters in the scene, typed."""
        return DomainAdaptParameterNode(super().getParameterNode())

    @property
    def models(self):
        """The models that come with the extension, and the imported models that are known (``ModelChoice``)."""
        return modelChoices(self.catalog.rows)

    def modelOf(self, parameters):
        """The model that is chosen."""
        return findModel(self.models, parameters.model)

    def methodOf(self, parameters):
        """The method that is chosen; None where none is."""
        return next((method for method in self.methods if method.name == parameters.method), None)

    @property
    def isRunning(self) -> bool:
        """Whether the worker is at work."""
        return self.runner.kind is not None

    def checkComparison(self, parameters):
        """Find out whether scans can be compared; see `jobs.checkComparison`."""
        jobs.checkComparison(parameters, self.modelOf(parameters))

    def checkAdaptation(self, parameters):
        """Find out whether a model can be adapted; see `jobs.checkAdaptation`."""
        jobs.checkAdaptation(parameters, self.modelOf(parameters), self.methodOf(parameters))

    def checkDrawing(self, parameters):
        """Find out whether an image can be made of a label map.

        Raises:
            UsageError: why not.
        """
        if parameters.drawnSegmentation is None:
            raise UsageError(_("Select a segmentation, or draw one in the Segment Editor."))

    def adapt(self, parameters, outputFolder, callbacks, parent):
        """Check the inputs and start an adaptation; see `JobRunner`."""
        self.checkAdaptation(parameters)
        model, method = self.modelOf(parameters), self.methodOf(parameters)
        self.runner.adapt(parameters, model, method, outputFolder, callbacks, parent)

    def compareScans(self, parameters, outputFolder, callbacks, parent):
        """Check the inputs and start a comparison of scans; see `JobRunner`."""
        self.checkComparison(parameters)
        self.runner.compareScans(parameters, self.modelOf(parameters), outputFolder, callbacks, parent)

    def synthesize(self, parameters, callbacks, parent):
        """Check the input and start making an image; see `JobRunner`."""
        self.checkDrawing(parameters)
        self.runner.synthesize(parameters, callbacks, parent)

    def process(self, parameters, outputFolder):
        """Do a whole adaptation and wait for it, for scripts; the application stays responsive.

        Returns:
            Its record (``jobfolder.JobRecord``), with the answer of the worker in ``result``.

        Raises:
            SegmentL3Error: an input cannot be used.
            RuntimeError: the worker failed; the text says why.
        """

        def start(owner, finished, failed):
            callbacks = RunCallbacks(log=logging.info, finished=finished, failed=failed)
            self.adapt(parameters, outputFolder, callbacks, owner)

        return waitFor(start, lambda _answer: self.runner.record, lambda: self.isRunning)


#
# DomainAdaptTest
#


class DomainAdaptTest(ScriptedLoadableModuleTest):
    """Self-test inside the application; needs no network and no installed package."""

    def setUp(self):
        """Start from an empty scene."""
        slicer.mrmlScene.Clear(0)

    def runTest(self):
        """Run all parts."""
        for name in [name for name in dir(self) if name.startswith("test_")]:
            self.setUp()
            getattr(self, name)()

    def test_panel_opens(self):
        """The panel can be made, and offers a model and all methods."""
        self.delayDisplay("Panel")
        widget = slicer.modules.domainadapt.widgetRepresentation().self()
        self.assertGreater(widget.ui.modelComboBox.count, 0)
        self.assertEqual(widget.ui.methodTable.rowCount, len(widget.logic.methods))

    def test_methods_say_what_they_need(self):
        """A method that learns from labels cannot be chosen without them, one that needs nothing can."""
        self.delayDisplay("Methods")
        logic = DomainAdaptLogic()
        parameters = logic.getParameterNode()
        for method in logic.methods:
            problem = jobs.findMethodProblem(method, parameters)
            self.assertEqual(problem is not None, method.needs_source or method.needs_labels)

    def test_drawn_labels_keep_their_place(self):
        """A drawn square comes out of its file where it went in."""
        self.delayDisplay("Label map")
        volume = selftest.add_scan()
        segmentation = selftest.add_prediction(volume)
        parameters = DomainAdaptLogic().getParameterNode()
        parameters.drawnSegmentation = segmentation
        with tempfile.TemporaryDirectory() as folder:
            job = jobs.makeSynthesisJob(parameters, Path(folder))
            labelmap, segments = read_label_file(Path(job["labels"]), volume)
        self.assertEqual([segment.name for segment in segments], ["Liver"])
        self.assertEqual(int(labelmap.array.sum()), selftest.MUSCLE_PIXELS)

    def test_curves_grow(self):
        """Points of a curve reach its table."""
        self.delayDisplay("Curves")
        curves = LiveCurves()
        curves.begin("Self-test")
        for step in range(3):
            curves.add("segmentation_loss", step, 1 / (1 + step))
        tables = slicer.util.getNodesByClass("vtkMRMLTableNode")
        self.assertEqual([table.GetNumberOfRows() for table in tables], [3])
