"""The section of the panel that offers to go on with an adaptation that was interrupted."""

import html
from collections.abc import Callable

from slicer.i18n import tr as _

from .jobfolder import JobRecord


class JobSection:
    """Hidden while there is nothing to go on with."""

    def __init__(self, ui, resume: Callable[[JobRecord], None], discard: Callable[[JobRecord], None]):
        """``resume`` and ``discard`` are called with the record when the user decides."""
        self._ui = ui
        self._record = None
        ui.resumeButton.connect("clicked(bool)", lambda *_: resume(self._record))
        ui.discardJobButton.connect("clicked(bool)", lambda *_: discard(self._record))

    @property
    def record(self) -> JobRecord | None:
        """The job that is offered."""
        return self._record

    def show(self, record: JobRecord | None) -> None:
        """Offer a job; None: offer none."""
        self._record = record
        self._ui.jobSection.visible = record is not None
        if record is not None:
            text = _(
                "<b>{method}</b> of <b>{model}</b>, started on {started}, was interrupted. It can go on where it was, "
                "with the settings and scans that it had.<br>Files: {folder}"
            )
            self._ui.jobLabel.text = text.format(
                method=html.escape(record.method),
                model=html.escape(record.model),
                started=record.started,
                folder=html.escape(str(record.folder)),
            )
