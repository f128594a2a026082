"""Stand-in for qSlicerCoreIOManager: takes the calls of `slicer.util`, leaves the work to logics and storage nodes.

Supported: volumes, label volumes, segmentations, models, markups, tables, transforms, texts, color tables; scenes as
.mrb (with data) and .mrml (the scene file only).
"""

import os
from pathlib import Path

EXTENSIONS = {
    ".seg.nrrd": "SegmentationFile",
    ".seg.nhdr": "SegmentationFile",
    ".mrk.json": "MarkupsFile",
    ".nii.gz": "VolumeFile",
    ".nii": "VolumeFile",
    ".nrrd": "VolumeFile",
    ".nhdr": "VolumeFile",
    ".mha": "VolumeFile",
    ".dcm": "VolumeFile",
    ".csv": "TableFile",
    ".tsv": "TableFile",
    ".vtk": "ModelFile",
    ".stl": "ModelFile",
    ".h5": "TransformFile",
    ".mrml": "SceneFile",
    ".mrb": "SceneFile",
}


class CoreIOManager:
    """Loads and saves nodes for `slicer.util.loadVolume`, `loadSegmentation`, `saveNode`, `saveScene` and their kin."""

    def __init__(self, host):
        self._host = host

    def fileType(self, path):
        name = str(path).lower()
        matches = [kind for extension, kind in EXTENSIONS.items() if name.endswith(extension)]
        return matches[0] if matches else "NoFile"

    def loadNodes(self, fileType, properties, loadedNodes=None, userMessages=None):
        reader = getattr(self, f"_read{fileType}", None)
        if reader is None:
            raise NotImplementedError(f"the stand-in host has no reader for {fileType}")
        path = properties["fileName"]
        name = properties.get("name") or Path(path).name.split(".")[0]
        node = reader(path, name, properties)
        if node is None or node is False:
            return False
        if loadedNodes is not None and node is not True:
            loadedNodes.AddItem(node)
        return True

    def _readVolumeFile(self, path, name, properties):
        return self._host.logics["volumes"].AddArchetypeVolume(path, name, 1 if properties.get("labelmap") else 0)

    def _readSegmentationFile(self, path, name, properties):
        return self._readThroughStorage("vtkMRMLSegmentationNode", path, name)

    def _readTextFile(self, path, name, properties):
        return self._readThroughStorage("vtkMRMLTextNode", path, name)

    def _readThroughStorage(self, nodeClass, path, name):
        scene = self._host.scene
        node = scene.AddNewNodeByClass(nodeClass, name)
        node.AddDefaultStorageNode(path)
        storage = node.GetStorageNode()
        if not storage.ReadData(node):
            scene.RemoveNode(storage)
            scene.RemoveNode(node)
            return None
        if node.IsA("vtkMRMLDisplayableNode"):
            node.CreateDefaultDisplayNodes()
        return node

    def _readMarkupsFile(self, path, name, properties):
        nodeIds = self._host.logics["markups"].LoadMarkups(path, name, None)
        return self._host.scene.GetNodeByID(nodeIds.split(",")[0]) if nodeIds else None

    def _readModelFile(self, path, name, properties):
        return self._host.logics["models"].AddModel(path, 0)

    def _readTableFile(self, path, name, properties):
        return self._host.logics["tables"].AddTable(path, name)

    def _readTransformFile(self, path, name, properties):
        return self._host.logics["transforms"].AddTransform(path, self._host.scene)

    def _readColorTableFile(self, path, name, properties):
        return self._host.logics["colors"].LoadColorFile(path, name)

    def _readSceneFile(self, path, name, properties):
        scene = self._host.scene
        if properties.get("clear"):
            scene.Clear(0)
        if path.endswith(".mrb"):
            return bool(scene.ReadFromMRB(path, False))
        scene.SetURL(path)
        return bool(scene.Import())

    def fileWriterFileType(self, node):
        return node.GetClassName()

    def saveNodes(self, fileType, properties, userMessages=None):
        path = str(properties["fileName"])
        if fileType == "SceneFile":
            return self.saveScene(path)
        node = self._host.scene.GetNodeByID(properties["nodeID"])
        node.AddDefaultStorageNode(path)
        node.GetStorageNode().SetFileName(path)
        return bool(node.GetStorageNode().WriteData(node))

    def saveScene(self, path, *_):
        scene = self._host.scene
        scene.SetURL(path)
        scene.SetRootDirectory(os.path.dirname(path))
        return scene.WriteToMRB(path, None) if path.endswith(".mrb") else bool(scene.Commit())
