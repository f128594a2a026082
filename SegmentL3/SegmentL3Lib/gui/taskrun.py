"""One task at work: from the nodes it reads to the node it fills."""

from collections.abc import Callable
from pathlib import Path

import slicer
from slicer.i18n import tr as _

from ..errors import UsageError
from . import l3task, lesiontask, predictiontask, sceneresults
from .parameters import inputNodes
from .taskchoice import TaskChoice
from .workerrun import RunCallbacks, WorkerRun


class TaskRun:
    """Runs the worker on nodes of the scene and puts its result back."""

    def __init__(self, parameters, choice: TaskChoice):
        """``parameters`` and ``choice`` say what is to be done.

        Raises:
            UsageError, InputError: why it cannot be done, and what to do.
        """
        checkInputs(parameters, choice)
        self._parameters = parameters
        self._choice = choice
        self._run = None
        self._inputIds = [node.GetID() for node in inputNodes(parameters, len(choice.inputs)) if node]
        self._segmentationId = parameters.outputSegmentation.GetID() if parameters.outputSegmentation else None

    @property
    def choice(self) -> TaskChoice:
        """What is being done."""
        return self._choice

    @property
    def isActive(self) -> bool:
        """Whether the worker is at work."""
        return self._run is not None

    @property
    def folder(self) -> Path:
        """Temporary folder of the worker while it is at work."""
        return self._run.folder

    def needs(self, node) -> bool:
        """Whether the run reads or fills this node."""
        return node.GetID() in (*self._inputIds, self._segmentationId)

    def start(self, command: list[str], device: str, callbacks: RunCallbacks, parent) -> None:
        """Start the worker; returns at once.

        Args:
            command: program and arguments before the path of the job file.
            device: one of ``settings.DEVICES``.
            callbacks: what to call; when ``finished`` or ``failed`` are called, the run is over.
            parent: QObject that owns the timer of the run.

        Raises:
            SegmentL3Error: an input cannot be used; says why.
            OSError: the temporary folder or the worker fails.
        """
        ending = RunCallbacks(
            callbacks.progress, callbacks.log, self._ending(callbacks.finished), self._ending(callbacks.failed)
        )
        run = WorkerRun(parent, ending)
        try:
            job = _steps(self._choice).makeJob(self._parameters, self._choice, run.folder)
            run.start({**job, "device": device, "output": str(run.outputFolder)}, command, device)
        except BaseException:
            run.cancel()
            raise
        self._run = run

    def cancel(self) -> None:
        """Stop the worker, if it is at work; nothing is called back any more."""
        run, self._run = self._run, None
        if run:
            run.cancel()

    def publish(self, folder: Path):
        """Put the files of the finished run into the scene and show them; returns the segmentation node.

        Raises:
            SegmentL3Error: the files or the scan cannot be used (any more).
        """
        volume = slicer.mrmlScene.GetNodeByID(self._inputIds[0])
        if volume is None:
            raise UsageError(_("The scan was deleted during the computation."))
        segmentation = slicer.mrmlScene.GetNodeByID(self._segmentationId) if self._segmentationId else None
        return _steps(self._choice).publish(Path(folder), self._choice, volume, segmentation)

    def _ending(self, callback: Callable) -> Callable:
        def end(value):
            self._run = None
            callback(value)

        return end


def checkInputs(parameters, choice: TaskChoice) -> None:
    """Find out before a run whether it can succeed.

    Raises:
        UsageError, InputError: why not, and what to do.
    """
    _steps(choice).checkInputs(parameters, choice)
    output = parameters.outputSegmentation
    owner = sceneresults.volumeOf(output)
    if owner is None:
        return
    if owner is not parameters.inputVolume:
        raise UsageError(
            _('The segmentation holds the result of "{name}". Choose "Create new on Apply".').format(
                name=owner.GetName()
            )
        )
    if sceneresults.taskOfResult(output) != choice.id:
        raise UsageError(_('The segmentation holds the result of another task. Choose "Create new on Apply".'))


def _steps(choice):
    """The functions that check, start and finish a task."""
    if choice.isL3:
        return l3task
    return predictiontask if choice.usesModel else lesiontask
