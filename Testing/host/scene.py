"""A MRML scene with its module logics outside the application: `slicer.mrmlScene`, `slicer.modules`, no Qt.

The scene, the nodes, the module logics and `slicer.util` are the genuine ones of the slicer-core wheel; this file
makes the objects that the wheel leaves to the application.

Limits: no DICOM database, no command-line modules, no share data (color files, terminologies, presets) unless a folder
is given, and of the subject hierarchy plugins only that each data node gets an item. Written for slicer-core 5.12.4.0.
"""

import contextlib
import os
import tempfile
import types

import slicer
import slicer.util
import vtk
import vtkmodules.util.numpy_support  # noqa: F401  slicer.util expects it to be loaded

from . import pippackages, pythonmodules, translation
from .iomanager import CoreIOManager
from .sceneapplication import SceneApplication

# Attribute of slicer.modules -> logic class. The order matters: units and colors come before their users.
MODULE_LOGICS = {
    "units": "vtkSlicerUnitsLogic",
    "colors": "vtkMRMLColorLogic",
    "cameras": "vtkSlicerCamerasModuleLogic",
    "volumes": "vtkSlicerVolumesLogic",
    "models": "vtkSlicerModelsLogic",
    "markups": "vtkSlicerMarkupsLogic",
    "terminologies": "vtkSlicerTerminologiesModuleLogic",
    "segmentations": "vtkSlicerSegmentationsModuleLogic",
    "subjecthierarchy": "vtkSlicerSubjectHierarchyModuleLogic",
    "tables": "vtkSlicerTablesLogic",
    "texts": "vtkSlicerTextsLogic",
    "transforms": "vtkSlicerTransformLogic",
    "sequences": "vtkSlicerSequencesLogic",
    "cropvolume": "vtkSlicerCropVolumeLogic",
    "volumerendering": "vtkSlicerVolumeRenderingLogic",
    "plots": "vtkSlicerPlotsLogic",
}

# Names under which the C++ logics look each other up, where they are not just capitalized.
REGISTERED_NAMES = {
    "subjecthierarchy": "SubjectHierarchy",
    "cropvolume": "CropVolume",
    "volumerendering": "VolumeRendering",
}


class LoadedModule:
    """What `slicer.modules.<name>` gives for a C++ module."""

    def __init__(self, name, logic):
        self.name = name
        self._logic = logic

    def logic(self):
        return self._logic


class SceneHost:
    """One scene with its logics and a `slicer.app` without Qt; makes itself the current one of the process.

    Attributes:
        scene: the vtkMRMLScene, also `slicer.mrmlScene`.
        app_logic: the vtkSlicerApplicationLogic, also `slicer.app.applicationLogic()`.
        logics: module logics by lower-case module name, also `slicer.modules.<name>.logic()`.
        io_manager: stand-in of `slicer.app.coreIOManager()`.
        temporary_folder: `slicer.app.temporaryPath`, removed with the host.
    """

    def __init__(self, share_folder=None):
        """
        Args:
            share_folder: folder with terminology files for the terminologies module, or None for no terminologies.
        """
        _send_messages_to_standard_error()
        _remove_shortcuts()
        self._temporary = tempfile.TemporaryDirectory(prefix="stand-in-slicer-")
        self.temporary_folder = self._temporary.name
        self.scene = slicer.mrmlScene = slicer.vtkMRMLScene()
        self._add_crosshair()
        self.app_logic = self._make_application_logic()
        self._remote_io, self._data_io = self._make_data_io()  # reading .mrb needs both, so keep them alive
        self.logics = {}
        slicer.modules = types.SimpleNamespace()
        for name, class_name in MODULE_LOGICS.items():
            self._add_module(name, class_name, share_folder if name == "terminologies" else None)
        slicer.vtkMRMLSliceNode.AddDefaultSliceOrientationPresets(self.scene, True)  # the patient's right is left
        self._keep_subject_hierarchy()
        self.io_manager = CoreIOManager(self)
        slicer.app = SceneApplication(self)
        pythonmodules.install("i18n", {"tr": translation.tr, "translate": translation.translate})
        pippackages.reset()
        pythonmodules.install_module("packaging", pippackages)

    def close(self):
        """Empty the scene and remove the temporary folder."""
        for tag in self._observer_tags:
            self.scene.RemoveObserver(tag)
        self.scene.Clear(1)
        self._temporary.cleanup()

    def _add_crosshair(self):
        node = slicer.vtkMRMLCrosshairNode()
        node.SetCrosshairName("default")  # before AddNode: the name decides the ID that the views look for
        self.scene.AddNode(node)

    def _make_application_logic(self):
        logic = slicer.vtkSlicerApplicationLogic()
        logic.SetTemporaryPath(self.temporary_folder)
        logic.SetSliceLogics(vtk.vtkCollection())
        logic.SetViewLogics(vtk.vtkCollection())
        logic.SetMRMLScene(self.scene)
        colors = logic.GetColorLogic()
        colors.SetMRMLScene(self.scene)
        colors.AddDefaultColorNodes()
        return logic

    def _make_data_io(self):
        remote, data = slicer.vtkMRMLRemoteIOLogic(), slicer.vtkDataIOManagerLogic()
        for logic in (remote, data):
            logic.SetMRMLScene(self.scene)
            logic.SetMRMLApplicationLogic(self.app_logic)
        remote.GetCacheManager().SetRemoteCacheDirectory(self.temporary_folder)
        data.SetAndObserveDataIOManager(remote.GetDataIOManager())
        remote.AddDataIOToScene()
        return remote, data

    def _add_module(self, name, class_name, share_folder):
        if name == "colors":
            logic = self.app_logic.GetColorLogic()
        else:
            logic = getattr(slicer, class_name)()
            if hasattr(logic, "SetModuleShareDirectory"):
                logic.SetModuleShareDirectory(share_folder or os.path.join(self.temporary_folder, "no-share"))
            logic.SetMRMLApplicationLogic(self.app_logic)
            with _silence(name == "terminologies" and share_folder is None):  # it complains about files that are absent
                logic.SetMRMLScene(self.scene)
        self.app_logic.SetModuleLogic(REGISTERED_NAMES.get(name, name.capitalize()), logic)
        self.logics[name] = logic
        setattr(slicer.modules, name, LoadedModule(REGISTERED_NAMES.get(name, name.capitalize()), logic))

    def _keep_subject_hierarchy(self):
        self._subject_hierarchy = self.scene.GetSubjectHierarchyNode()
        self._observer_tags = [
            self.scene.AddObserver(slicer.vtkMRMLScene.NodeAddedEvent, self._on_node_added),
            self.scene.AddObserver(slicer.vtkMRMLScene.NodeAboutToBeRemovedEvent, self._on_node_removed),
            self.scene.AddObserver(slicer.vtkMRMLScene.StartCloseEvent, self._on_scene_closing),
        ]

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def _on_node_added(self, scene, event, node):
        # In the application a Qt plugin owns each data node and makes its item.
        is_data = node.IsA("vtkMRMLDisplayableNode") or node.IsA("vtkMRMLTableNode") or node.IsA("vtkMRMLTextNode")
        if not is_data or node.GetHideFromEditors() or scene.IsImporting() or scene.IsClosing():
            return
        self._subject_hierarchy = scene.GetSubjectHierarchyNode()
        if not self._subject_hierarchy.GetItemByDataNode(node):
            self._subject_hierarchy.CreateItem(self._subject_hierarchy.GetSceneItemID(), node)

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def _on_node_removed(self, scene, event, node):
        if node is self._subject_hierarchy or scene.IsClosing():
            return
        item = self._subject_hierarchy.GetItemByDataNode(node)
        if item:
            self._subject_hierarchy.RemoveItem(item, False, False)  # keep the node, it is being removed already

    def _on_scene_closing(self, *_):
        self.scene.GetSubjectHierarchyNode().RemoveAllItems()


def _send_messages_to_standard_error():
    window = vtk.vtkOutputWindow()
    window.SetDisplayModeToAlwaysStdErr()
    window.SetInstance(window)


@contextlib.contextmanager
def _silence(active):
    if active:
        vtk.vtkObject.GlobalWarningDisplayOff()
    yield
    vtk.vtkObject.GlobalWarningDisplayOn()


def _remove_shortcuts():
    """The wheel copies slicer.util's functions into slicer; the application does not, so code must not rely on it."""
    for name, value in list(vars(slicer.util).items()):
        if not name.startswith("_") and vars(slicer).get(name) is value:
            delattr(slicer, name)
