"""Which result of the scene is shown, and by which part of the panel."""

from collections.abc import Callable

from ..tasks import find_task, l3_task
from . import exporter, sceneresults
from .editfollower import EditFollower
from .l3results import L3Results
from .lesionresults import LesionResults
from .modelrow import modelOfTask
from .predictionresults import PredictionResults


class ResultViews:
    """Shows the result that a segmentation node holds, follows its edits, and hides what does not belong to it.

    ``askForFile`` is an attribute, so that it can be replaced.
    """

    def __init__(self, ui, panel, logic, patient: Callable, say: Callable[[str], None]):
        """
        Args:
            ui: widgets of the panel.
            panel: QWidget of the panel.
            logic: measures the segments.
            patient: gives the patient; raises SegmentL3Error for impossible values.
            say: shows a status line.
        """
        self.askForFile = lambda *arguments: exporter.askForFile(panel, *arguments)
        self._follower = EditFollower(panel, self._update)

        def ask(*arguments):
            return self.askForFile(*arguments)

        self.l3 = L3Results(ui, logic, patient, ask, say)
        self.prediction = PredictionResults(ui, ask, say)
        self.lesions = LesionResults(ui, ask, say)

    def show(self, segmentation) -> None:
        """Show the result of this segmentation node, and whatever edits make of it; None: show nothing."""
        hasResult = sceneresults.volumeOf(segmentation) is not None
        self._follower.follow(segmentation if hasResult else None)
        self._update()

    def showAgain(self, segmentation) -> None:
        """As `show`, but where the node is shown already, wait until parameters and segments have come to rest."""
        if segmentation is not None and self._follower.node is segmentation:
            self._follower.touch()
        else:
            self.show(segmentation)

    def goTo(self) -> None:
        """Move the slice views to the result that is shown."""
        self.l3.onGoTo()
        self.prediction.goTo()
        self.lesions.goTo()

    def clear(self) -> None:
        """Show nothing and follow nothing."""
        self.show(None)

    def _update(self):
        node = self._follower.node
        volume = sceneresults.volumeOf(node)
        meant = None if volume is None else self._viewOf(sceneresults.taskOfResult(node))
        for view in (self.l3, self.prediction, self.lesions):
            if view is meant:
                view.show(node, volume)
            else:
                view.clear()

    def _viewOf(self, taskId):
        if taskId == l3_task().id:
            return self.l3
        showsLesions = modelOfTask(taskId) is None and find_task(taskId).lesions
        return self.lesions if showsLesions else self.prediction
