"""Starts the worker on one job after the other, and keeps the records of adaptations."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import slicer
from slicer.i18n import tr as _

from SegmentL3Lib.errors import SegmentL3Error
from SegmentL3Lib.gui import settings
from SegmentL3Lib.gui.workerrun import RunCallbacks

from . import jobfolder, jobs
from .jobfolder import JobRecord
from .jobrun import JobRun
from .parameters import TargetChoice, targetVolumes


class JobRunner:
    """Every method that starts a job returns at once. Their last arguments are

    - callbacks: RunCallbacks; ``finished`` is called with what the worker said in the end (a dict);
    - parent: QObject that owns the timer of the run;

    and they raise SegmentL3Error where an input or the folder cannot be used, and OSError where the worker cannot be
    started.
    """

    def __init__(self, command):
        """``command`` gives program and arguments of the worker, before the path of the job file."""
        self._command = command
        self._run = None
        self._record = None
        self._volumeIds = {}

    @property
    def kind(self) -> str | None:
        """What the worker is doing: "adapt", "shift", "keep" or "synthesize"; None while it does nothing."""
        return self._run.kind if self._run else None

    @property
    def record(self) -> JobRecord | None:
        """The adaptation that was started, resumed or kept last."""
        return self._record

    def adapt(self, parameters, model, method, outputFolder, callbacks, parent) -> None:
        """Start an adaptation in a folder of its own below ``outputFolder``."""
        with _newFolder(outputFolder, "adapt") as folder:
            job = jobs.makeAdaptJob(parameters, model, method, folder)
            record = jobfolder.newRecord(job, model.title, method.title)
            jobfolder.writeRecord(record)
            self._adapt(record, job, callbacks, parent)
        self._rememberVolumes(parameters, job)

    def resume(self, record: JobRecord, callbacks, parent) -> None:
        """Go on with an adaptation that was interrupted."""
        self._adapt(record, jobs.makeResumedJob(record.job), callbacks, parent)

    def compareScans(self, parameters, model, outputFolder, callbacks, parent) -> None:
        """Compare the new scans with those that a model knows."""
        with _newFolder(outputFolder, "compare") as folder:
            job = jobs.makeShiftJob(parameters, model, folder)
            self._start(lambda _folder: job, _taking(callbacks, lambda answer: answer["sentence"]), parent)

    def keep(self, record: JobRecord, callbacks, parent) -> None:
        """Put the model of a finished adaptation into the models folder."""

        def take(_answer):
            self._record = jobfolder.kept(record)

        self._start(lambda _folder: jobs.makeKeepJob(record.job), _taking(callbacks, take), parent)

    def synthesize(self, parameters, callbacks, parent) -> None:
        """Make an image of the drawn label map, add it to the scene and show it."""
        segmentation = parameters.drawnSegmentation

        def take(answer):
            jobs.publishImage(Path(answer["image"]), segmentation)

        self._start(lambda folder: jobs.makeSynthesisJob(parameters, folder), _taking(callbacks, take), parent)

    def cancel(self) -> None:
        """Stop the worker, if it is at work; nothing is called back any more."""
        run, self._run = self._run, None
        if run is not None:
            run.cancel()

    def volumeOf(self, path: str):
        """The volume node of the scene that was written to a path for the worker; None where there is none."""
        return slicer.mrmlScene.GetNodeByID(self._volumeIds[path]) if path in self._volumeIds else None

    def nameOf(self, path: str) -> str:
        """Name for people of a scan."""
        node = self.volumeOf(path)
        return node.GetName() if node else Path(path).name

    def _adapt(self, record, job, callbacks, parent):
        def take(answer):
            self._record = jobfolder.ended(record, answer)

        def failed(reason):
            if not jobfolder.hasBegun(record):
                with suppress(SegmentL3Error):  # the reason of the failure matters more than files that stay
                    jobfolder.discard(record)
            callbacks.failed(reason)

        self._record = record
        self._start(lambda _folder: job, _taking(replace(callbacks, failed=failed), take), parent)

    def _start(self, makeJob, callbacks: RunCallbacks, parent):
        run = JobRun(parent, callbacks)
        try:
            run.start(makeJob(run.folder), self._command(), settings.device())
        except BaseException:
            run.cancel()
            raise
        self._run = run

    def _rememberVolumes(self, parameters, job):
        if parameters.targetChoice == TargetChoice.SCENE:
            nodes = targetVolumes(parameters)
            self._volumeIds |= {path: node.GetID() for path, node in zip(job["target"], nodes, strict=True)}


def _taking(callbacks: RunCallbacks, take: Callable[[dict], None]) -> RunCallbacks:
    """Callbacks that take the worker's answer before they pass it on; one that cannot be taken is a failure."""

    def finished(answer):
        try:
            take(answer)
        except KeyError:
            callbacks.failed(_("The computation ended without a usable result. The log below has the details."))
        except (SegmentL3Error, OSError) as error:
            callbacks.failed(str(error))
        else:
            callbacks.finished(answer)

    return replace(callbacks, finished=finished)


@contextmanager
def _newFolder(base: str, kind: str) -> Iterator[Path]:
    """A folder for a job; it is removed if the job cannot be started."""
    folder = jobfolder.newJobFolder(base, kind)
    try:
        yield folder
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
