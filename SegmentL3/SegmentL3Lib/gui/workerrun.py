"""One run of the worker, from the job to the exit code, watched by a timer."""

import json
import logging
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import qt
from slicer.i18n import tr as _

from . import launcher
from .workerprocess import WorkerEvent, WorkerProcess

POLL_INTERVAL_MS = 100
LINES_KEPT = 20


def ignore(*_arguments) -> None:
    """Callback that does nothing."""


@dataclass
class RunCallbacks:
    """What the panel wants to hear, always in the GUI thread.

    Attributes:
        progress: fraction (0 to 1) and what is being done.
        log: one line.
        finished: folder with the result; it is deleted when the callback returns.
        failed: why, and what to do, in words for the user.
        metric: name of a curve, step and value of its next point.
    """

    progress: Callable[[float, str], None] = ignore
    log: Callable[[str], None] = ignore
    finished: Callable[[Path], None] = ignore
    failed: Callable[[str], None] = ignore
    metric: Callable[[str, float, float], None] = ignore


class WorkerRun:
    """Writes a job into a temporary folder, starts the worker on it and reports; cancel() makes it silent at once.

    Exactly one of ``finished`` and ``failed`` is called, unless the run is cancelled. The exit code decides, never the
    files that happen to be there. The temporary folder is removed in every case.
    """

    def __init__(self, parent, callbacks: RunCallbacks):
        """``parent`` is the QObject that owns the timer."""
        self._callbacks = callbacks
        self._process = None
        self._answer = {}
        self._error = ""
        self._lastLines = []
        self._folder = Path(tempfile.mkdtemp(prefix="SegmentL3-"))
        self._timer = qt.QTimer(parent)
        self._timer.setInterval(POLL_INTERVAL_MS)
        self._timer.connect("timeout()", self._poll)

    @property
    def folder(self) -> Path:
        """Temporary folder of the run: the job's input goes here."""
        return self._folder

    @property
    def outputFolder(self) -> Path:
        """Where the worker writes its result."""
        return self._folder / "output"

    @property
    def answer(self) -> dict:
        """What the worker said with its result; empty before."""
        return self._answer

    def start(self, job: dict, command: list[str], device: str) -> None:
        """Start the worker.

        Args:
            job: what the worker is to do.
            command: program and arguments before the path of the job file.
            device: one of ``settings.DEVICES``.

        Raises:
            OSError: the job cannot be written or the program cannot be started; nothing is left behind.
        """
        try:
            self.outputFolder.mkdir()
            jobFile = self._folder / "job.json"
            jobFile.write_text(json.dumps(job), encoding="utf-8")
            environment = launcher.workerEnvironment(os.environ, device)
            self._process = WorkerProcess([*command, str(jobFile)], str(launcher.MODULE_FOLDER), environment)
        except OSError:
            self.cancel()
            raise
        self._timer.start()

    def cancel(self, secondsToCleanUp: float = 0.0) -> None:
        """End the worker and everything it started, and clean up; may be called more than once.

        ``secondsToCleanUp``: how long the worker is given to clean up what it does outside of the temporary folder.
        """
        process = self._close()
        if process is not None:
            process.end(secondsToCleanUp)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _close(self):
        """Watch no more; returns the process, the first time."""
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.stop()
            timer.deleteLater()
        process, self._process = self._process, None
        return process

    def _poll(self):
        process = self._process
        # Asked before the lines are taken, so that none can be missed.
        isFinished = process.isFinished()
        for event in process.takeEvents():
            self._handle(event)
            if self._process is None:  # a callback cancelled the run
                return
        if isFinished:
            self._finish(process.exitCode)

    def _handle(self, event: WorkerEvent):
        if event.kind == "progress":
            self._callbacks.progress(_fraction(event.values.get("fraction")), event.text)
            return
        if event.kind == "metric":
            self._passOnMetric(event.values)
        if event.kind == "result":
            self._answer = event.values
        if event.kind == "error":
            self._error = event.text
        if event.kind in ("log", "error"):
            self._lastLines = [*self._lastLines, event.text][-LINES_KEPT:]
            self._callbacks.log(event.text)

    def _passOnMetric(self, values):
        try:
            point = str(values["series"]), float(values["step"]), float(values["value"])
        except (KeyError, TypeError, ValueError):
            return
        self._callbacks.metric(*point)

    def _finish(self, exitCode: int):
        self._close()
        try:
            if exitCode == 0:
                self._callbacks.finished(self.outputFolder)
            else:
                logging.info("The worker ended with exit code %s", exitCode)
                self._callbacks.failed(self._error or self._describeCrash(exitCode))
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _describeCrash(self, exitCode: int) -> str:
        text = _("The computation stopped unexpectedly (exit code {code}). The log below has the details.")
        advice = _adviceFor("\n".join(self._lastLines), exitCode)
        return " ".join(filter(None, [text.format(code=exitCode), advice]))


def _fraction(value) -> float:
    try:
        return min(1.0, max(0.0, float(value)))
    except (TypeError, ValueError):
        return 0.0


def _adviceFor(log: str, exitCode: int) -> str:
    if exitCode in (-9, 137) or "MemoryError" in log or "out of memory" in log:
        return _("The computer ran out of memory: close other programs, or choose CPU under Advanced.")
    if "ModuleNotFoundError" in log or "ImportError" in log:
        return _("A Python package is missing or damaged: open the Setup section and install again.")
    return ""
