"""Stand-in for the layout manager: slice and 3D views with genuine logics and nodes, drawn only through `views`.

Limits: nothing is arranged on a screen. There are always a Red, a Green and a Yellow slice view and one 3D view; the
genuine layout logic makes the nodes of further views for a layout that a module describes, not for Slicer's own.
Slice controllers have only what is defined here.
"""

import slicer
from PySide6.QtCore import QObject, Signal

SLICE_VIEWS = {"Red": "Axial", "Green": "Coronal", "Yellow": "Sagittal"}
VIEW_SIZE = (400, 400)
FIRST_OF_MODULES = 100  # layouts below that number are Slicer's own


class _Drawable:
    """What sliceView() and threeDView() give: drawing is asked for and, if a renderer is attached, done."""

    def __init__(self):
        self.renderer = None  # a views.View, attached by the `views` fixture

    def forceRender(self):
        if self.renderer is not None:
            self.renderer.image()

    scheduleRender = forceRender


class SliceController:
    """Stand-in for the bar above a slice view."""

    def __init__(self, logic):
        self._logic = logic

    def fitSliceToBackground(self):
        self._logic.FitSliceToBackground()

    def setSliceOffsetValue(self, offset):
        self._logic.SetSliceOffset(offset)

    def setSliceVisible(self, visible):
        self._logic.GetSliceNode().SetSliceVisible(visible)


class SliceWidget:
    """One slice view: genuine vtkMRMLSliceLogic and node."""

    def __init__(self, app_logic, name, orientation=None):
        """``orientation``: of a slice node that is made; None where there is one of that name."""
        self._logic = slicer.vtkMRMLSliceLogic()
        self._logic.SetMRMLApplicationLogic(app_logic)
        app_logic.GetSliceLogics().AddItem(self._logic)
        self._logic.SetMRMLScene(app_logic.GetMRMLScene())
        if orientation is None:
            node = app_logic.GetMRMLScene().GetSingletonNode(name, "vtkMRMLSliceNode")
            self._logic.SetSliceNode(node)
        else:
            node = self._logic.AddSliceNode(name)
            node.SetOrientation(orientation)
        node.SetDimensions(*VIEW_SIZE, 1)
        self._view = _Drawable()

    def sliceLogic(self):
        return self._logic

    def mrmlSliceNode(self):
        return self._logic.GetSliceNode()

    def mrmlSliceCompositeNode(self):
        return self._logic.GetSliceCompositeNode()

    def sliceController(self):
        return SliceController(self._logic)

    def fitSliceToBackground(self):
        self._logic.FitSliceToBackground()

    def sliceView(self):
        return self._view


class ThreeDWidget:
    """One 3D view: genuine vtkMRMLViewLogic and node."""

    def __init__(self, app_logic, name):
        self._logic = slicer.vtkMRMLViewLogic()
        self._logic.SetMRMLApplicationLogic(app_logic)
        self._logic.SetMRMLScene(app_logic.GetMRMLScene())
        app_logic.GetViewLogics().AddItem(self._logic)
        self._node = self._logic.AddViewNode(name)
        self._view = _Drawable()

    def viewLogic(self):
        return self._logic

    def mrmlViewNode(self):
        return self._node

    def threeDView(self):
        return self._view


class LayoutManager(QObject):
    """`slicer.app.layoutManager()` of an application with a main window."""

    layoutChanged = Signal(int)

    def __init__(self, app_logic):
        super().__init__()
        self._app_logic = app_logic
        self._layout_node = slicer.vtkMRMLLayoutNode()
        app_logic.GetMRMLScene().AddNode(self._layout_node)
        self._layout_logic = None  # made when a layout is asked for: it fills the scene with the nodes of all its views
        self._slices = {name: SliceWidget(app_logic, name, value) for name, value in SLICE_VIEWS.items()}
        self._three_d = [ThreeDWidget(app_logic, "1")]

    def sliceViewNames(self):
        return list(self._slices)

    def sliceWidget(self, name):
        return self._slices.get(name)

    def threeDWidget(self, index):
        return self._three_d[index] if 0 <= index < len(self._three_d) else None

    def mrmlSliceLogics(self):
        return self._app_logic.GetSliceLogics()

    def layoutLogic(self):
        return _LayoutLogic(self._layout_node)

    def setLayout(self, layout):
        self._layout_node.SetViewArrangement(layout)
        if layout >= FIRST_OF_MODULES:
            self._make_views()
        self.layoutChanged.emit(layout)

    def close(self):
        """Let go of the scene, as the application does before it deletes the scene."""
        if self._layout_logic is not None:
            self._layout_logic.SetMRMLScene(None)

    def _make_views(self):
        if self._layout_logic is None:
            self._layout_logic = slicer.vtkMRMLLayoutLogic()
            self._layout_logic.SetMRMLScene(self._app_logic.GetMRMLScene())
        nodes = self._layout_logic.GetViewNodes()
        for node in (nodes.GetItemAsObject(number) for number in range(nodes.GetNumberOfItems())):
            if node.IsA("vtkMRMLSliceNode") and node.GetLayoutName() not in self._slices:
                self._slices[node.GetLayoutName()] = SliceWidget(self._app_logic, node.GetLayoutName())

    def resetSliceViews(self):
        for widget in self._slices.values():
            widget.sliceLogic().FitSliceToBackground()

    def resetThreeDViews(self):
        for widget in self._three_d:
            if widget.threeDView().renderer is not None:
                widget.threeDView().renderer.reset_camera()

    layout = property(lambda self: self._layout_node.GetViewArrangement(), lambda self, value: self.setLayout(value))
    threeDViewCount = property(lambda self: len(self._three_d))
    tableViewCount = property(lambda self: 0)
    plotViewCount = property(lambda self: 0)


class _LayoutLogic:
    def __init__(self, node):
        self._node = node

    def GetLayoutNode(self):
        return self._node
