"""Stand-ins for the four base classes of `slicer.ScriptedLoadableModule` and for the C++ objects that hold a module.

Limits: no developer section ("Reload & Test"); `takeScreenshot` is absent.
"""

import importlib
import os
import unittest

import slicer
from PySide6 import QtGui, QtWidgets
from PySide6.QtCore import Property

from .qmrmlwidgets import qSlicerWidget


class ScriptedLoadableModule:
    """Base of the class that describes a module."""

    def __init__(self, parent):
        super().__init__()
        self.parent = parent
        self.moduleName = type(self).__name__
        for extension in ("svg", "png"):
            path = self.resourcePath(f"Icons/{self.moduleName}.{extension}")
            if os.path.isfile(path):
                parent.icon = QtGui.QIcon(path)
                break
        vars(slicer).setdefault("selfTests", {})[self.moduleName] = self.runTest

    def resourcePath(self, filename):
        return os.path.join(os.path.dirname(self.parent.path), "Resources", filename)

    def getDefaultModuleDocumentationLink(self, docPage=None):
        url = (
            slicer.app.documentationBaseUrl + docPage if docPage else slicer.app.moduleDocumentationUrl(self.moduleName)
        )
        return f'<p>For more information see the <a href="{url}">online documentation</a>.</p>'

    def runTest(self, msec=100, **kwargs):
        testCase = getattr(importlib.import_module(self.__module__), self.moduleName + "Test")()
        testCase.messageDelay = msec
        testCase.runTest(**kwargs)


class ScriptedLoadableModuleWidget:
    """Base of the class that makes a module's panel."""

    def __init__(self, parent=None):
        super().__init__()
        self.moduleName = type(self).__name__.removesuffix("Widget")
        self.developerMode = slicer.util.settingsValue("Developer/DeveloperMode", False, converter=slicer.util.toBool)
        self.parent = parent or self._topLevelParent()
        self.layout = self.parent.layout()
        if not parent:
            self.setup()
            self.parent.show()
        slicer.app.moduleManager().connect("moduleAboutToBeUnloaded(QString)", self._onModuleAboutToBeUnloaded)

    @staticmethod
    def _topLevelParent():
        parent = slicer.qMRMLWidget()
        parent.setLayout(QtWidgets.QVBoxLayout())
        parent.setMRMLScene(slicer.mrmlScene)
        return parent

    def resourcePath(self, filename):
        return os.path.join(os.path.dirname(slicer.util.modulePath(self.moduleName)), "Resources", filename)

    def setup(self):
        """Overridden by modules."""

    def cleanup(self):
        """Overridden by modules."""

    def _onModuleAboutToBeUnloaded(self, moduleName):
        if moduleName == self.moduleName:
            self.cleanup()
            slicer.app.moduleManager().disconnect("moduleAboutToBeUnloaded(QString)", self._onModuleAboutToBeUnloaded)

    def onReload(self):
        slicer.util.reloadScriptedModule(self.moduleName)


class ScriptedLoadableModuleLogic:
    """Base of a module's logic; keeps one parameter node per module in the scene, or several."""

    def __init__(self, parent=None):
        super().__init__()
        self.moduleName = type(self).__name__.removesuffix("Logic")
        self.isSingletonParameterNode = True

    def getParameterNode(self):
        if self.isSingletonParameterNode:
            found = slicer.mrmlScene.GetSingletonNode(self.moduleName, "vtkMRMLScriptedModuleNode")
            if found:
                found.SetAttribute("ModuleName", self.moduleName)
        else:
            found = next(iter(self.getAllParameterNodes()), None)
        return found or slicer.mrmlScene.AddNode(self.createParameterNode())

    def getAllParameterNodes(self):
        nodes = slicer.util.getNodesByClass("vtkMRMLScriptedModuleNode")
        return [node for node in nodes if node.GetAttribute("ModuleName") == self.moduleName]

    def createParameterNode(self):
        node = slicer.mrmlScene.CreateNodeByClass("vtkMRMLScriptedModuleNode")
        node.UnRegister(None)  # CreateNodeByClass hands over one reference too many
        if self.isSingletonParameterNode:
            node.SetSingletonTag(self.moduleName)
        node.SetAttribute("ModuleName", self.moduleName)
        node.SetName(slicer.mrmlScene.GenerateUniqueName(self.moduleName))
        return node


class ScriptedLoadableModuleTest(unittest.TestCase):
    """Base of a module's self-test."""

    def __init__(self, methodName="runTest"):
        super().__init__(methodName)
        self.enableScreenshots = False
        self.screenshotScaleFactor = 1.0

    def delayDisplay(self, message, requestedDelay=None, msec=None):
        """The real one shows the message for a while."""
        slicer.app.processEvents()

    def runTest(self):
        """Overridden by modules."""


BASE_CLASSES = (
    ScriptedLoadableModule,
    ScriptedLoadableModuleWidget,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
)


class qSlicerScriptedLoadableModule:
    """The C++ object that a module describes itself to (`parent`); it has no other attributes."""

    __slots__ = (
        "path",
        "name",
        "title",
        "categories",
        "dependencies",
        "contributors",
        "helpText",
        "acknowledgementText",
        "icon",
        "hidden",
        "index",
        "associatedNodeTypes",
        "widgetRepresentationCreationEnabled",
        "_panel",
    )

    def __init__(self, path, name):
        self.path, self.name = path, name
        self.title = self.helpText = self.acknowledgementText = ""
        self.categories, self.dependencies, self.contributors, self.associatedNodeTypes = [], [], [], []
        self.icon, self.hidden, self.index, self.widgetRepresentationCreationEnabled = None, False, -1, True
        self._panel = None

    def widgetRepresentation(self):
        if self._panel is None:
            self._panel = self.createNewWidgetRepresentation()
        return self._panel

    def createNewWidgetRepresentation(self):
        return qSlicerScriptedLoadableModuleWidget(self.name)

    def logic(self):
        return None


class qSlicerScriptedLoadableModuleWidget(qSlicerWidget):
    """The C++ widget that holds a module's panel and passes enter() and exit() on."""

    def __init__(self, moduleName):
        super().__init__()
        self._moduleName = moduleName
        self._isEntered = False
        self.setLayout(QtWidgets.QVBoxLayout())
        self.setMRMLScene(slicer.mrmlScene)
        self._create()

    def _create(self):
        python = importlib.import_module(self._moduleName)
        self._self = getattr(python, self._moduleName + "Widget")(self)
        setattr(slicer.modules, self._moduleName + "Widget", self._self)
        self._self.setup()

    def self(self):
        return self._self

    def enter(self):
        self._isEntered = True
        getattr(self._self, "enter", lambda: None)()

    def exit(self):
        self._isEntered = False
        getattr(self._self, "exit", lambda: None)()

    def reload(self):
        self._create()
        if self._isEntered:
            self.enter()

    isEntered = Property(bool, lambda self: self._isEntered)


for _class in (qSlicerScriptedLoadableModule, qSlicerScriptedLoadableModuleWidget):
    setattr(slicer, _class.__name__, _class)
