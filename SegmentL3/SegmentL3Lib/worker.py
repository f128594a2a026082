"""The process that does one job for a program that watches it: JSON lines in, out and back the exit code.

    PythonSlicer -m SegmentL3Lib.worker JOB.json

Each line of the standard output is one JSON object: ``{"event": "progress", "fraction": 0.4, "text": "..."}``,
``{"event": "log", "text": "..."}``, ``{"event": "result", ...}`` or
``{"event": "error", "text": "...", "exit_code": 3}``.  The standard input is not read.

The job is one JSON object. Its entry ``kind`` says what is to be done, the others are the attributes of a job:

- without ``kind``: tissue at L3 (``job.Job``); the result has ``output``, the folder, and ``files``;
- ``"predict"``: segmentation with a model of the user (``model_jobs.PredictJob``); the same;
- ``"task"``: a task of the catalog that takes several images (``task_jobs.TaskJob``); the same;
- ``"models"``: something with the models folder (``model_jobs.ModelsJob``); the result has ``models``, a list.
"""

import json
import logging
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from .errors import SegmentL3Error, UsageError
from .job import Job, do_job, explain
from .model_jobs import ModelsJob, PredictJob, do_models, do_predict
from .process import end_without_search, let_waiting_threads_sleep
from .progress import seldom
from .task_jobs import TaskJob, do_task

LIBRARY = __package__
PROGRESS_INTERVAL_S = 0.2  # a network may pass hundreds of windows a second
KINDS = {None: Job, "predict": PredictJob, "task": TaskJob, "models": ModelsJob}


class EventStream:
    """Writes events, one JSON object a line, as soon as they happen."""

    def __init__(self, stream: TextIO):
        self._stream = stream

    def send(self, event: str, **values) -> None:
        """Write one event.

        Raises:
            BrokenPipeError: nobody reads any more.
        """
        self._stream.write(json.dumps({"event": event, **values}) + "\n")
        self._stream.flush()

    def progress(self, fraction: float, text: str) -> None:
        """Write a progress event."""
        self.send("progress", fraction=round(fraction, 3), text=text)

    def log(self, text: str) -> None:
        """Write a line for the log."""
        self.send("log", text=text)


class EventHandler(logging.Handler):
    """Sends log records as events."""

    def __init__(self, events: EventStream):
        super().__init__()
        self._events = events

    def emit(self, record: logging.LogRecord) -> None:
        """Send one record."""
        self._events.log(self.format(record))


def do_known(job: Job | PredictJob | TaskJob | ModelsJob, events: EventStream) -> dict:
    """Do a job of this library; returns what the result event says."""
    progress = seldom(events.progress, PROGRESS_INTERVAL_S)
    match job:
        case ModelsJob():
            return do_models(job)
        case PredictJob():
            outcome = do_predict(job, progress)
        case TaskJob():
            outcome = do_task(job, progress)
        case _:
            outcome = do_job(job, progress)
    return {"output": job.output, "files": {name: str(path) for name, path in outcome.files.items()}}


def main(
    argv: list[str] | None = None,
    kinds: Mapping[str | None, type] = KINDS,
    do: Callable[[object, EventStream], dict] = do_known,
) -> int:
    """Do the job whose file is the one argument; returns the exit code.

    Args:
        argv: arguments; those of the process where it is None.
        kinds: classes of jobs by their entry ``kind``.
        do: does a job; returns what the result event says.
    """
    arguments = sys.argv[1:] if argv is None else argv
    signal.signal(signal.SIGTERM, _interrupt)
    end_without_search()
    try:
        with _protected_output() as stream:
            return serve(arguments, EventStream(stream), kinds, do)
    except BrokenPipeError as error:
        return explain(error)[1]


def serve(
    arguments: list[str],
    events: EventStream,
    kinds: Mapping[str | None, type] = KINDS,
    do: Callable[[object, EventStream], dict] = do_known,
) -> int:
    """Do a job and tell all of it as events; returns the exit code."""
    _send_logs_to(events)
    try:
        job = _read_job(arguments, kinds)
        _yield_to_the_user()
        result = do(job, events)
    except BrokenPipeError:
        raise
    except (Exception, KeyboardInterrupt) as error:
        text, exit_code = explain(error)
        if not isinstance(error, SegmentL3Error):
            _log_places(error, events)
        events.send("error", text=text, exit_code=exit_code)
        return exit_code
    events.send("result", **result)
    return 0


def _read_job(arguments: list[str], kinds: Mapping[str | None, type]):
    if len(arguments) != 1:
        raise UsageError("The worker takes the path of one job file.")
    try:
        values = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"The job file cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise UsageError("The job file is not valid JSON.") from error
    if not isinstance(values, dict):
        raise UsageError("The job file does not hold a JSON object.")
    kind = values.pop("kind", None)
    if not isinstance(kind, str | None) or kind not in kinds:
        raise UsageError(f'The job is of the kind "{kind}", which is not known.')
    return kinds[kind].from_mapping(values)


def _yield_to_the_user() -> None:
    """Leave a processor core to the program that watches."""
    let_waiting_threads_sleep()
    from .inference import limit_threads

    limit_threads()


def _send_logs_to(events: EventStream) -> None:
    # Other libraries may log what stands in a scan's header; only errors of theirs are let through.
    logging.basicConfig(level=logging.ERROR, format="%(message)s", handlers=[EventHandler(events)], force=True)
    logging.getLogger(LIBRARY).setLevel(logging.INFO)


def _log_places(error: BaseException, events: EventStream) -> None:
    """Log where an unforeseen error came from, without its text, which may hold a path with a patient's name."""
    for line in traceback.format_tb(error.__traceback__):
        events.log(line.rstrip())
    events.log(type(error).__name__)


@contextmanager
def _protected_output() -> Iterator[TextIO]:
    """The standard output for events alone; what libraries print, in Python or below, goes to the standard error."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    printed, sys.stdout = sys.stdout, sys.stderr
    try:
        with os.fdopen(kept, "w", encoding="utf-8") as stream:
            yield stream
    finally:
        sys.stdout = printed


def _interrupt(_number, _frame) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
