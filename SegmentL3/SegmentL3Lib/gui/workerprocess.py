"""A worker process whose lines can be fetched without waiting."""

import json
import os
import queue
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from .processtree import endTree, ownGroup

SECONDS_FOR_LAST_LINES = 2.0


@dataclass(frozen=True)
class WorkerEvent:
    """One line of the worker.

    Attributes:
        kind: "progress", "log", "metric", "result" or "error".
        values: the other entries of the line.
    """

    kind: str
    values: dict = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The text of the event, empty where it has none."""
        return str(self.values.get("text", ""))


def parseLine(line: str) -> WorkerEvent:
    """Read a line of the worker's output; whatever is not an event is a line for the log."""
    try:
        values = json.loads(line)
        kind = values.pop("event")
    except (ValueError, KeyError, TypeError, AttributeError):
        return WorkerEvent("log", {"text": line})
    return WorkerEvent(str(kind), values)


class WorkerProcess:
    """Runs one command, collects its lines in a thread that touches nothing but a queue, and can be ended at any time.

    Example::

        worker = WorkerProcess(["PythonSlicer", "-m", "SegmentL3Lib.worker", "job.json"], folder)
        while not worker.isFinished():
            for event in worker.takeEvents():
                print(event.kind, event.text)
        print(worker.exitCode)
    """

    def __init__(self, arguments: Sequence[str], folder: str, environment: dict | None = None):
        """Start the command in a folder.

        Raises:
            OSError: the program does not exist or cannot be started.
        """
        self._lines = queue.Queue()
        self._process = subprocess.Popen(
            list(arguments),
            cwd=folder,
            env=dict(os.environ) if environment is None else environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            **ownGroup(),
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._exitedAt = None

    @property
    def pid(self) -> int:
        """Process ID."""
        return self._process.pid

    @property
    def exitCode(self) -> int | None:
        """Exit code, None while the process runs."""
        return self._process.poll()

    def isFinished(self) -> bool:
        """Whether the process has ended and its last lines have been collected."""
        if self._process.poll() is None:
            return False
        if self._exitedAt is None:
            self._exitedAt = time.monotonic()
        # A grandchild may keep the pipe open.
        return not self._reader.is_alive() or time.monotonic() - self._exitedAt > SECONDS_FOR_LAST_LINES

    def takeEvents(self) -> list[WorkerEvent]:
        """The events since the last call."""
        events = []
        while True:
            try:
                events.append(parseLine(self._lines.get_nowait()))
            except queue.Empty:
                return events

    def end(self, secondsToCleanUp: float = 0.0) -> None:
        """Kill the process and everything it started, after as many seconds in which it may end by itself."""
        endTree(self._process, secondsToCleanUp)

    def _read(self):
        with self._process.stdout as output:
            for line in output:
                if line.strip():
                    self._lines.put(line.rstrip())
