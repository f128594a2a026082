"""Stand-ins for the qMRML widgets of a module panel, working on the genuine MRML scene.

Written after the headers of Slicer's widgets: their properties, signals and slots have the C++ signatures, so that a
wrong signature in Python code or in the connections of a .ui file is refused.

Limits: only as right as they were made. The node selector does not rename, edit or delete nodes and shows a changed
node name only after the next change of the scene; the tables cannot be edited.
"""

import shiboken6
import slicer
import vtk
from PySide6 import QtCore, QtGui, QtWidgets
from PySide6.QtCore import Property, Signal

from .ctkwidgets import ctkMenuButton, ctkSliderWidget, fill_horizontally
from .properties import stored_property, with_setters


class _SceneReceiver:
    """Adds mrmlScene(), setMRMLScene() and mrmlSceneChanged to a widget."""

    CPP_SIGNALS = ("mrmlSceneChanged(vtkMRMLScene*)",)
    CPP_SLOTS = ("setMRMLScene(vtkMRMLScene*)",)
    _scene = None

    def mrmlScene(self):
        return self._scene

    def setMRMLScene(self, scene):
        self._scene = scene
        self.mrmlSceneChanged.emit(scene)


class qMRMLWidget(_SceneReceiver, QtWidgets.QWidget):
    """Top widget of a panel; hands the scene on to the widgets that the .ui file connects to it."""

    mrmlSceneChanged = Signal(object)


class qSlicerWidget(qMRMLWidget):
    """Base of the module widgets."""


@with_setters
class qMRMLNodeComboBox(QtWidgets.QWidget):
    """Node selector that follows the scene."""

    CPP_SIGNALS = (
        "currentNodeChanged(vtkMRMLNode*)",
        "currentNodeChanged(bool)",
        "currentNodeIDChanged(QString)",
        "nodeActivated(vtkMRMLNode*)",
        "nodeAdded(vtkMRMLNode*)",
        "nodeAddedByUser(vtkMRMLNode*)",
        "nodeAddedByUserAction(vtkMRMLNode*)",
    )
    CPP_SLOTS = (
        "setMRMLScene(vtkMRMLScene*)",
        "setCurrentNode(vtkMRMLNode*)",
        "setCurrentNodeID(QString)",
        "setCurrentNodeIndex(int)",
        "addNode()",
    )
    SIGNAL_OVERLOADS = {"currentNodeChanged(bool)": "_currentNodeValidityChanged"}
    currentNodeChanged = Signal(object)
    _currentNodeValidityChanged = Signal(bool)
    currentNodeIDChanged = Signal(str)
    nodeActivated = Signal(object)
    nodeAdded = Signal(object)
    nodeAddedByUser = Signal(object)
    nodeAddedByUserAction = Signal(object)

    nodeTypes = stored_property("QStringList", "nodeTypes", [])
    hideChildNodeTypes = stored_property("QStringList", "hideChildNodeTypes", [])
    showChildNodeTypes = stored_property(bool, "showChildNodeTypes", True)
    showHidden = stored_property(bool, "showHidden", False)
    noneEnabled = stored_property(bool, "noneEnabled", False)
    noneDisplay = stored_property(str, "noneDisplay", "None")
    addEnabled = stored_property(bool, "addEnabled", True)
    removeEnabled = stored_property(bool, "removeEnabled", True)
    editEnabled = stored_property(bool, "editEnabled", False)
    renameEnabled = stored_property(bool, "renameEnabled", False)
    selectNodeUponCreation = stored_property(bool, "selectNodeUponCreation", True)
    baseName = stored_property(str, "baseName", "")
    interactionNodeSingletonTag = stored_property(str, "interactionNodeSingletonTag", "Singleton")

    CREATE = "create"  # entry of _entries that stands for "Create new ..."

    def __init__(self, parent=None):
        super().__init__(parent)
        self._combo = QtWidgets.QComboBox()
        fill_horizontally(self, self._combo)
        self._scene = None
        self._observerTags = []
        self._entries = []  # node IDs in the order of the combo box; None stands for no node
        self._currentId = None
        self._requestedId = None  # asked for before there is a scene
        self._clearedByCode = False
        self._attributes = []
        self.setEnabled(False)
        self._combo.currentIndexChanged.connect(self._onIndexChanged)
        self._combo.activated.connect(lambda _: self.nodeActivated.emit(self.currentNode()))

    def _onPropertyChanged(self):
        if getattr(self, "_scene", None):
            self._refill()

    def addAttribute(self, nodeType, name, value=None):
        self._attributes.append((nodeType, name, value))
        self._refill()

    def removeAttribute(self, nodeType, name):
        self._attributes = [entry for entry in self._attributes if entry[:2] != (nodeType, name)]
        self._refill()

    def mrmlScene(self):
        return self._scene

    def setMRMLScene(self, scene):
        for tag in self._observerTags:
            self._scene.RemoveObserver(tag)
        self._scene = scene
        sceneClass = slicer.vtkMRMLScene
        events = (
            sceneClass.NodeAddedEvent,
            sceneClass.NodeRemovedEvent,
            sceneClass.EndCloseEvent,
            sceneClass.EndImportEvent,
        )
        self._observerTags = [scene.AddObserver(event, self._onSceneEvent) for event in events] if scene else []
        self._refill()
        self.setEnabled(scene is not None)
        requestedId, self._requestedId = self._requestedId, None
        if requestedId:
            self.setCurrentNodeID(requestedId)

    def _onSceneEvent(self, *_):
        if shiboken6.isValid(self):  # the scene outlives the panel
            self._refill()

    def _accepts(self, node):
        if node.GetHideFromEditors() and not self.showHidden:
            return False
        if node.GetClassName() in self.nodeTypes:
            hasType = True
        else:
            hasType = self.showChildNodeTypes and any(node.IsA(className) for className in self.nodeTypes)
        hiddenType = any(node.IsA(className) for className in self.hideChildNodeTypes)
        return hasType and not hiddenType and all(self._hasAttribute(node, *entry) for entry in self._attributes)

    @staticmethod
    def _hasAttribute(node, nodeType, name, value):
        found = node.GetAttribute(name)
        return not node.IsA(nodeType) or (found is not None and value in (None, found))

    def _typeLabel(self):
        return self.nodeTypes[0].removeprefix("vtkMRML").removesuffix("Node") if self.nodeTypes else "node"

    def nodes(self):
        scene = self._scene
        every = (scene.GetNthNode(index) for index in range(scene.GetNumberOfNodes())) if scene else ()
        return [node for node in every if self._accepts(node)]

    def _rows(self, nodes):
        rows = [(node.GetID(), node.GetName()) for node in nodes]
        if self.noneEnabled:
            rows.insert(0, (None, self.noneDisplay))
        elif not nodes:
            rows.insert(0, (None, f"Select a {self._typeLabel()}"))
        if self.addEnabled and self._scene:
            rows.append((self.CREATE, f"Create new {self.baseName or self._typeLabel()}"))
        return rows

    def _selectionAmong(self, nodes):
        if self._currentId in self._entries:
            return self._currentId
        return None if self.noneEnabled or not nodes or self._clearedByCode else nodes[0].GetID()

    def _refill(self):
        nodes = self.nodes()
        rows = self._rows(nodes)
        blocked = self._combo.blockSignals(True)
        self._combo.clear()
        self._combo.addItems([label for _, label in rows])
        self._entries = [nodeId for nodeId, _ in rows]
        selected = self._selectionAmong(nodes)
        self._combo.setCurrentIndex(self._entries.index(selected) if selected in self._entries else -1)
        self._combo.blockSignals(blocked)
        self._select(selected)

    def _onIndexChanged(self, index):
        if not 0 <= index < len(self._entries):
            return
        if self._entries[index] == self.CREATE:
            self.addNode()
        else:
            self._select(self._entries[index])

    def _select(self, nodeId):
        if nodeId == self._currentId:
            return
        self._currentId = nodeId
        node = self.currentNode()
        self.currentNodeChanged.emit(node)
        self._currentNodeValidityChanged.emit(node is not None)
        self.currentNodeIDChanged.emit(nodeId or "")

    def addNode(self, nodeType=None):
        name = self._scene.GenerateUniqueName(self.baseName or self._typeLabel())
        node = self._scene.AddNewNodeByClass(nodeType or self.nodeTypes[0], name)
        for attributeType, attribute, value in self._attributes:
            if node.IsA(attributeType):
                node.SetAttribute(attribute, value or "")
        if self.selectNodeUponCreation:
            self.setCurrentNode(node)
        self.nodeAdded.emit(node)
        self.nodeAddedByUser.emit(node)
        self.nodeAddedByUserAction.emit(node)
        return node

    def currentNode(self):
        return self._scene.GetNodeByID(self._currentId) if self._scene and self._currentId else None

    def setCurrentNode(self, node):
        if node is not None and not isinstance(node, slicer.vtkMRMLNode):
            raise TypeError(f"setCurrentNode takes a MRML node, not {type(node).__name__}")
        self.setCurrentNodeID(node.GetID() if node else None)

    def setCurrentNodeID(self, nodeId):
        nodeId = nodeId or None
        if self._scene is None:
            self._requestedId = nodeId
            return
        self._clearedByCode = nodeId is None and not self.noneEnabled
        if self._clearedByCode:
            self._clear()
            return
        if nodeId not in self._entries:
            self._refill()
        if nodeId in self._entries:
            self._combo.setCurrentIndex(self._entries.index(nodeId))

    def _clear(self):
        """The real widget then shows "Select a ..." and has no current node."""
        self._currentId, previous = None, self._currentId
        self._refill()
        if previous is not None:
            self.currentNodeChanged.emit(None)
            self._currentNodeValidityChanged.emit(False)
            self.currentNodeIDChanged.emit("")

    def setCurrentNodeIndex(self, index):
        self.setCurrentNode(self.nodeFromIndex(index))

    def nodeFromIndex(self, index):
        nodes = self.nodes()
        return nodes[index] if 0 <= index < len(nodes) else None

    def nodeCount(self):
        return len(self.nodes())

    currentNodeID = Property(str, lambda self: self._currentId or "", lambda self, value: self.setCurrentNodeID(value))


@with_setters
class qMRMLSegmentationShow3DButton(ctkMenuButton):
    """Makes and removes the closed surface of a segmentation; enabled when there is a segment."""

    CPP_SLOTS = ("setSegmentationNode(vtkMRMLSegmentationNode*)", "setLocked(bool)")

    def __init__(self, parent=None):
        super().__init__(parent)
        self._node = None
        self._observerTags = []
        self.setText("Show 3D")
        self.setCheckable(True)
        self.setEnabled(False)
        self.toggled.connect(self._onToggled)

    def _onPropertyChanged(self):
        self._update()

    def segmentationNode(self):
        return self._node

    def setSegmentationNode(self, node):
        if node is not None and not isinstance(node, slicer.vtkMRMLSegmentationNode):
            raise TypeError(f"setSegmentationNode takes a segmentation node, not {type(node).__name__}")
        for tag in self._observerTags:
            self._node.RemoveObserver(tag)
        self._node = node
        segmentation = slicer.vtkSegmentation
        events = (
            vtk.vtkCommand.ModifiedEvent,
            segmentation.SegmentAdded,
            segmentation.SegmentRemoved,
            segmentation.ContainedRepresentationNamesModified,
        )
        self._observerTags = [node.AddObserver(event, self._update) for event in events] if node else []
        self._update()

    def _update(self, *_):
        if not shiboken6.isValid(self):
            return
        segmentation = self._node.GetSegmentation() if self._node else None
        self.setEnabled(bool(segmentation) and not self.locked and segmentation.GetNumberOfSegments() > 0)
        if segmentation:
            blocked = self.blockSignals(True)
            self.setChecked(segmentation.ContainsRepresentation(_closed_surface()))
            self.blockSignals(blocked)

    def _onToggled(self, shown):
        if not self._node:
            return
        if not shown:
            self._node.RemoveClosedSurfaceRepresentation()
        elif self._node.CreateClosedSurfaceRepresentation() and self._node.GetDisplayNode():
            display = self._node.GetDisplayNode()
            display.SetPreferredDisplayRepresentationName3D(_closed_surface())
            display.SetPreferredDisplayRepresentationName2D(
                slicer.vtkSegmentationConverter.GetSegmentationBinaryLabelmapRepresentationName()
            )

    locked = stored_property(bool, "locked", False)


def _closed_surface():
    return slicer.vtkSegmentationConverter.GetSegmentationClosedSurfaceRepresentationName()


@with_setters
class qMRMLSegmentsTableView(qMRMLWidget):
    """Visibility, color and name of the segments."""

    CPP_SIGNALS = ("selectionChanged(QItemSelection,QItemSelection)",)
    CPP_SLOTS = ("setSegmentationNode(vtkMRMLNode*)",)
    selectionChanged = Signal(QtCore.QItemSelection, QtCore.QItemSelection)

    def __init__(self, parent=None):
        super().__init__(parent)
        self._table = QtWidgets.QTableView()
        self._model = QtGui.QStandardItemModel()
        self._table.setModel(self._model)
        self._table.verticalHeader().hide()
        self._table.setSelectionBehavior(QtWidgets.QAbstractItemView.SelectRows)
        self._table.setEditTriggers(QtWidgets.QAbstractItemView.NoEditTriggers)
        self._table.selectionModel().selectionChanged.connect(self.selectionChanged)
        fill_horizontally(self, self._table)
        self._node = None
        self._observerTags = []

    def tableWidget(self):
        return self._table

    def segmentationNode(self):
        return self._node

    def setSegmentationNode(self, node):
        for tag in self._observerTags:
            self._node.RemoveObserver(tag)
        self._node = node
        segmentation = slicer.vtkSegmentation
        events = (
            vtk.vtkCommand.ModifiedEvent,
            segmentation.SegmentAdded,
            segmentation.SegmentRemoved,
            segmentation.SegmentModified,
            slicer.vtkMRMLDisplayableNode.DisplayModifiedEvent,
        )
        self._observerTags = [node.AddObserver(event, self._refill) for event in events] if node else []
        self._refill()

    def displayedSegmentIDs(self):
        return list(self._node.GetSegmentation().GetSegmentIDs()) if self._node else []

    def selectedSegmentIDs(self):
        ids = self.displayedSegmentIDs()
        return [ids[index.row()] for index in self._table.selectionModel().selectedRows()]

    def setSelectedSegmentIDs(self, segmentIDs):
        self.clearSelection()
        for row, segmentID in enumerate(self.displayedSegmentIDs()):
            if segmentID in segmentIDs:
                self._table.selectRow(row)

    def clearSelection(self):
        self._table.clearSelection()

    def segmentIDForRow(self, row):
        return self.displayedSegmentIDs()[row]

    def rowForSegmentID(self, segmentID):
        return self.displayedSegmentIDs().index(segmentID)

    def _refill(self, *_):
        if not shiboken6.isValid(self):
            return
        self._model.clear()
        self._model.setHorizontalHeaderLabels(["", "Color", "Name"])
        self._table.horizontalHeader().setStretchLastSection(True)
        for segmentID in self.displayedSegmentIDs():
            self._model.appendRow(self._row(segmentID))

    def _row(self, segmentID):
        segment = self._node.GetSegmentation().GetSegment(segmentID)
        display = self._node.GetDisplayNode()
        visible = display is not None and display.GetSegmentVisibility(segmentID)
        color = QtGui.QStandardItem()
        color.setBackground(QtGui.QColor.fromRgbF(*segment.GetColor()))
        return [QtGui.QStandardItem("\u25c9" if visible else "\u25cb"), color, QtGui.QStandardItem(segment.GetName())]

    segmentCount = Property(int, lambda self: len(self.displayedSegmentIDs()))
    selectionMode = stored_property(int, "selectionMode", 3)
    headerVisible = stored_property(bool, "headerVisible", True)
    visibilityColumnVisible = stored_property(bool, "visibilityColumnVisible", True)
    colorColumnVisible = stored_property(bool, "colorColumnVisible", True)
    opacityColumnVisible = stored_property(bool, "opacityColumnVisible", True)
    statusColumnVisible = stored_property(bool, "statusColumnVisible", False)
    readOnly = stored_property(bool, "readOnly", False)
    filterBarVisible = stored_property(bool, "filterBarVisible", False)
    jumpToSelectedSegmentEnabled = stored_property(bool, "jumpToSelectedSegmentEnabled", False)


@with_setters
class qMRMLTableView(_SceneReceiver, QtWidgets.QTableView):
    """Spreadsheet of a table node that follows the node's changes."""

    CPP_SIGNALS = ("selectionChanged()",)
    CPP_SLOTS = ("setMRMLTableNode(vtkMRMLTableNode*)", "setMRMLTableNode(vtkMRMLNode*)", "copySelection()")
    mrmlSceneChanged = Signal(object)

    def __init__(self, parent=None):
        super().__init__(parent)
        self._node = None
        self._observerTag = None
        self._model = QtGui.QStandardItemModel()
        self.setModel(self._model)
        self.verticalHeader().hide()

    def mrmlTableNode(self):
        return self._node

    def setMRMLTableNode(self, node):
        if self._node:
            self._node.RemoveObserver(self._observerTag)
        self._node = node
        self._observerTag = node.AddObserver(vtk.vtkCommand.ModifiedEvent, self._refill) if node else None
        self._refill()

    def _refill(self, *_):
        if not shiboken6.isValid(self):
            return
        self._model.clear()
        node = self._node
        if node is None:
            return
        columns = range(node.GetNumberOfColumns())
        self._model.setHorizontalHeaderLabels([node.GetColumnName(column) for column in columns])
        for row in range(node.GetNumberOfRows()):
            self._model.appendRow([QtGui.QStandardItem(node.GetCellText(row, column)) for column in columns])
        self.resizeColumnsToContents()

    transposed = stored_property(bool, "transposed", False)
    firstRowLocked = stored_property(bool, "firstRowLocked", False)
    firstColumnLocked = stored_property(bool, "firstColumnLocked", False)


@with_setters
class qMRMLSliderWidget(_SceneReceiver, ctkSliderWidget):
    """Slider that takes unit and range from the scene in the application."""

    mrmlSceneChanged = Signal(object)
    quantity = stored_property(str, "quantity", "")
    unitAwareProperties = stored_property(int, "unitAwareProperties", 0)


@with_setters
class qMRMLSpinBox(_SceneReceiver, QtWidgets.QDoubleSpinBox):
    """Spin box that takes its unit from the scene in the application."""

    mrmlSceneChanged = Signal(object)
    quantity = stored_property(str, "quantity", "")


STAND_INS = {
    name: value
    for name, value in list(globals().items())
    if isinstance(value, type) and name.startswith(("qMRML", "qSlicer"))
}
for _name, _class in STAND_INS.items():
    setattr(slicer, _name, _class)
