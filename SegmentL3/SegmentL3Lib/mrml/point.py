"""One point that the user sets in a slice view, and may drag."""

from collections.abc import Callable

import slicer
from slicer.util import VTKObservationMixin

NAME = "Why this tissue?"


class ChosenPoint(VTKObservationMixin):
    """A markups node with at most one point, which is not saved with the scene."""

    def __init__(self, chosen: Callable[[tuple[float, float, float]], None]):
        """``chosen`` is called with the place (RAS, mm) when the point is set, and when it has been dragged."""
        VTKObservationMixin.__init__(self)
        self._chosen = chosen
        self._node = None

    @property
    def node(self):
        """vtkMRMLMarkupsFiducialNode; None while no point is asked for."""
        return self._node

    def ask(self) -> None:
        """Let the next click in a slice view set the point."""
        self.remove()
        self._node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode", NAME)
        self._node.SetSaveWithScene(False)
        self._node.SetMaximumNumberOfControlPoints(1)
        self._node.CreateDefaultDisplayNodes()
        self._node.GetDisplayNode().SetPointLabelsVisibility(False)
        for event in (self._node.PointPositionDefinedEvent, self._node.PointEndInteractionEvent):
            self.addObserver(self._node, event, self._onSet)
        selection = slicer.mrmlScene.GetNodeByID("vtkMRMLSelectionNodeSingleton")
        interaction = slicer.mrmlScene.GetNodeByID("vtkMRMLInteractionNodeSingleton")
        if selection and interaction:
            selection.SetReferenceActivePlaceNodeClassName(self._node.GetClassName())
            selection.SetActivePlaceNodeID(self._node.GetID())
            interaction.SwitchToSinglePlaceMode()

    def remove(self) -> None:
        """Take the point away, and let clicks do what they did before."""
        self.removeObservers()
        node, self._node = self._node, None
        if node is None:
            return
        interaction = slicer.mrmlScene.GetNodeByID("vtkMRMLInteractionNodeSingleton")
        if interaction:
            interaction.SwitchToViewTransformMode()
        slicer.mrmlScene.RemoveNode(node)

    def _onSet(self, _caller, _event):
        if self._node.GetNumberOfControlPoints():
            self._chosen(tuple(self._node.GetNthControlPointPositionWorld(0)))
