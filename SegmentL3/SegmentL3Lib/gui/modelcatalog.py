"""The imported models, as the worker lists, imports and deletes them: reading their files may take long."""

from collections.abc import Callable
from dataclasses import dataclass

from . import settings
from .modelrow import ModelRow
from .workerrun import RunCallbacks, WorkerRun, ignore

SECONDS_TO_CLEAN_UP = 1.0  # in the models folder, where a half imported model lies


@dataclass
class CatalogCallbacks:
    """What the panel wants to hear of one request, always in the GUI thread.

    Attributes:
        finished: identifier of the model that was imported; None after other requests.
        failed: why, and what to do, in words for the user.
    """

    finished: Callable[[str | None], None] = ignore
    failed: Callable[[str], None] = ignore


class ModelCatalog:
    """What is in the models folder, as far as it has been asked for; one request at a time."""

    def __init__(self, command: Callable[[], list[str]]):
        """``command`` gives program and arguments of the worker, before the path of the job file."""
        self._command = command
        self._run = None
        self._rows: tuple[ModelRow, ...] = ()

    @property
    def rows(self) -> tuple[ModelRow, ...]:
        """The models by title, damaged ones included."""
        return self._rows

    @property
    def isBusy(self) -> bool:
        """Whether a request is under way."""
        return self._run is not None

    def refresh(self, parent, callbacks: CatalogCallbacks) -> None:
        """Look into the folder; where it holds nothing, this needs no worker.

        Args:
            parent: QObject that owns the timer of the request.
            callbacks: what to call.

        Raises:
            SegmentL3Error, OSError: the worker cannot be started.
        """
        if _holdsNothing(settings.modelsFolder()):
            self.cancel()
            self._rows = ()
            callbacks.finished(None)
            return
        self._ask(parent, callbacks, action="list")

    def importPackage(self, path: str, parent, callbacks: CatalogCallbacks) -> None:
        """Import a model from a folder or a zip file; other arguments and errors as for `refresh`."""
        self._ask(parent, callbacks, action="import", path=path)

    def remove(self, identifier: str, parent, callbacks: CatalogCallbacks) -> None:
        """Delete a model; other arguments and errors as for `refresh`."""
        self._ask(parent, callbacks, action="remove", identifier=identifier)

    def cancel(self) -> None:
        """Stop the request, if there is one; none of its callbacks is called any more."""
        run, self._run = self._run, None
        if run is not None:
            run.cancel(SECONDS_TO_CLEAN_UP)

    def _ask(self, parent, callbacks, **entries):
        self.cancel()

        def finished(_folder):
            self._run = None
            rows = [ModelRow.fromWorker(values) for values in run.answer["models"]]
            self._rows = tuple(sorted(rows, key=lambda row: (row.title.casefold(), row.identifier)))
            callbacks.finished(run.answer.get("identifier"))

        def failed(reason):
            self._run = None
            callbacks.failed(reason)

        run = WorkerRun(parent, RunCallbacks(finished=finished, failed=failed))
        try:
            job = {"kind": "models", "models_dir": str(settings.modelsFolder()), **entries}
            run.start(job, self._command(), "cpu")
        except BaseException:
            run.cancel()
            raise
        self._run = run


def _holdsNothing(folder) -> bool:
    try:
        return not any(path.is_dir() and not path.name.startswith(".") for path in folder.iterdir())
    except OSError:  # where it is not merely absent, the worker says why it cannot be read
        return not folder.exists()
