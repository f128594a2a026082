"""One job at work."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from SegmentL3Lib.gui.workerrun import RunCallbacks, WorkerRun

SECONDS_TO_SAVE = 2.0  # in which the worker may end by itself after it has been asked to


class JobRun:
    """Runs the worker on a job, and hands over its answer."""

    def __init__(self, parent, callbacks: RunCallbacks):
        """
        Args:
            parent: QObject that owns the timer.
            callbacks: ``finished`` is called with what the worker said in the end (a dict), while the temporary folder
                of the run is still there; when it or ``failed`` is called, the run is over.
        """
        ending = replace(
            callbacks,
            finished=lambda _folder: self._end(callbacks.finished, self._worker.answer),
            failed=lambda reason: self._end(callbacks.failed, reason),
        )
        self._worker = WorkerRun(parent, ending)
        self._kind = None

    @property
    def folder(self):
        """Temporary folder of the run, for files that only this job needs."""
        return self._worker.folder

    @property
    def kind(self) -> str | None:
        """What is being done: entry ``kind`` of the job; None while nothing is."""
        return self._kind

    def start(self, job: Mapping, command: list[str], device: str) -> None:
        """Start the worker.

        Raises:
            OSError: it cannot be started; nothing is left behind.
        """
        self._worker.start(dict(job), command, device)
        self._kind = job["kind"]

    def cancel(self) -> None:
        """Stop the worker; nothing is called back any more."""
        self._kind = None
        self._worker.cancel(SECONDS_TO_SAVE)

    def _end(self, callback: Callable, value):
        self._kind = None
        callback(value)
