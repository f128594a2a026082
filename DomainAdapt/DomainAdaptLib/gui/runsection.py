"""What happens when the user presses a button that starts, stops, keeps or discards."""

import html
import logging
import time
from collections.abc import Callable

import slicer
from slicer.i18n import tr as _

from SegmentL3Lib.gui.errordisplay import errorsShown
from SegmentL3Lib.gui.runcontrols import RunControls, RunTexts
from SegmentL3Lib.gui.runlog import RunLog
from SegmentL3Lib.gui.workerrun import RunCallbacks

from . import jobfolder, machinesettings
from .comparison import Comparison, comparedScans
from .jobsection import JobSection
from .livecurves import LiveCurves
from .resultsection import ResultCallbacks, ResultSection, linkTo

INPUTS = (
    "setupSection",
    "jobSection",
    "inputsSection",
    "dataSection",
    "shiftSection",
    "methodSection",
    "advancedSection",
    "resultsSection",
    "synthesisSection",
)


class RunSection:
    """Starts the jobs of the logic, one at a time, shows how they go, and what comes of them."""

    def __init__(self, ui, panel, logic, parameters: Callable, changed: Callable[[], None], kept: Callable[[], None]):
        """
        Args:
            ui: widgets of the panel.
            panel: QWidget of the panel, which owns timers.
            logic: DomainAdaptLogic.
            parameters: gives the parameter node.
            changed: is called when a job has ended.
            kept: is called when a model has been put into the models folder.
        """
        self._ui = ui
        self._panel = panel
        self._logic = logic
        self._parameters = parameters
        self._changed = changed
        self._kept = kept
        self._startTime = 0.0
        self.log = RunLog(ui)
        texts = RunTexts(_("Adapt"), _("Stop, and delete what has been done. Pause keeps it."))
        self._controls = RunControls(ui, self.onAdapt, self.onCancel, INPUTS, texts)
        self._curves = LiveCurves()
        self._comparison = Comparison()
        self.jobs = JobSection(ui, self.onResume, self.onDiscard)
        callbacks = ResultCallbacks(self.onKeep, self.onDiscard, self.onCompare)
        self.results = ResultSection(ui, callbacks, logic.runner.nameOf)
        self.results.show(None)
        ui.shiftButton.connect("clicked(bool)", self.onCompareScans)
        ui.pauseButton.connect("clicked(bool)", self.onPause)
        self._showPause()

    def setProblem(self, problem: str | None) -> None:
        """Say why nothing can be adapted; None: it can."""
        self._controls.setProblem(problem, _("Adapt a copy of the model."))

    def forgetScene(self) -> None:
        """Let go of the nodes, because the scene is being closed. A run goes on: it needs nothing of the scene."""
        self._curves.forget()
        self._comparison.forget()

    def showOpenJobs(self) -> None:
        """Offer what was interrupted, and show the last result that is neither kept nor discarded."""
        records = jobfolder.openRecords(machinesettings.outputFolder())
        self.jobs.show(next((record for record in records if record.result is None), None))
        if self.results.record is None:
            self.results.show(next((record for record in records if record.result is not None), None))

    def onAdapt(self) -> None:
        """Start an adaptation."""

        def start(callbacks):
            self._logic.adapt(self._parameters(), machinesettings.outputFolder(), callbacks, self._panel)
            self._comparison.clear()
            self.results.show(None)
            self._curves.begin(self._logic.runner.record.method)

        self._start(start, self._onAdapted)

    def onResume(self, record) -> None:
        """Go on with an adaptation that was interrupted."""

        def start(callbacks):
            self._logic.runner.resume(record, callbacks, self._panel)
            self.results.show(None)
            if not self._curves.isAbout(record.method):
                self._curves.begin(record.method)

        self._start(start, self._onAdapted)

    def onCompareScans(self, _checked=False) -> None:
        """Find out how far the new scans are from what the model knows."""
        folder = machinesettings.outputFolder()
        self._start(
            lambda callbacks: self._logic.compareScans(self._parameters(), folder, callbacks, self._panel),
            self._onScansCompared,
        )

    def onKeep(self, record) -> None:
        """Put the adapted model into the models folder."""
        self._start(lambda callbacks: self._logic.runner.keep(record, callbacks, self._panel), self._onKept)

    def onSynthesize(self) -> None:
        """Make an image of the drawn label map."""
        self._start(
            lambda callbacks: self._logic.synthesize(self._parameters(), callbacks, self._panel), lambda _answer: None
        )

    def onPause(self, _checked=False) -> None:
        """Stop an adaptation so that it can be resumed."""
        self._logic.runner.cancel()
        self._end(_("Paused. Resume goes on where it was."))

    def onCancel(self) -> None:
        """Stop what is running. What an adaptation has done is deleted, after a question."""
        runner = self._logic.runner
        if runner.kind != "adapt":
            runner.cancel()
            self._end(_("Cancelled."))
            return
        question = _("Stop the adaptation and delete what it has done so far? Pause keeps it.")
        isSure = slicer.util.confirmOkCancelDisplay(question, _("Cancel the adaptation"))
        if not isSure or runner.kind != "adapt":  # it may have ended during the question
            return
        runner.cancel()
        with errorsShown(_("The files of the adaptation could not be deleted.")):
            jobfolder.discard(runner.record)
        self._end(_("Cancelled. The model is as it was."))

    def onDiscard(self, record) -> None:
        """Delete all files of an adaptation, after a question."""
        question = _("Delete the folder {folder} with all that this adaptation has made? The original model stays.")
        if not slicer.util.confirmOkCancelDisplay(question.format(folder=record.folder), _("Discard")):
            return
        with errorsShown(_("The files of the adaptation could not be deleted.")):
            jobfolder.discard(record)
            if self.results.record is record:
                self._comparison.clear()
                self.results.show(None)
            self._controls.setStatus(_("Discarded. The original model is in use as before."))
        self.showOpenJobs()

    def onCompare(self, record, number) -> None:
        """Show a scan before and after."""
        with errorsShown(_("The scan could not be shown.")):
            scan = comparedScans(record)[number]
            volume = self._logic.runner.volumeOf(scan.image)
            self.results.sayAgreement(self._comparison.show(scan, volume))

    def _start(self, start, finished):
        with errorsShown(_("The computation could not be started.")):
            self.log.clear()
            self._startTime = time.monotonic()
            callbacks = RunCallbacks(
                progress=self._controls.setProgress,
                log=self.log.append,
                finished=lambda answer: self._onFinished(finished, answer),
                failed=self._onFailed,
                metric=self._curves.add,
            )
            start(callbacks)
            self._controls.setRunning(True)
            self._controls.setProgress(0, _("Starting"))
            self._showPause()

    def _end(self, status):
        self._controls.setRunning(False)
        self._controls.setStatus(status)
        self._showPause()
        self.showOpenJobs()
        self._changed()

    def _showPause(self):
        self._ui.pauseButton.visible = self._logic.runner.kind == "adapt"

    def _onFailed(self, reason):
        logging.error("Domain Adapt: the worker failed")
        self._end("")
        self._controls.setFailure(reason)
        self._ui.logSection.collapsed = False

    def _onFinished(self, finished, answer):
        with errorsShown(_("The result could not be shown.")):
            status = _("The result could not be shown.")
            try:
                finished(answer)
                status = _("Done in {seconds:.0f} s.").format(seconds=time.monotonic() - self._startTime)
            finally:
                self._end(status)

    def _onAdapted(self, _answer):
        self.results.show(self._logic.runner.record)

    def _onScansCompared(self, answer):
        link = linkTo(answer.get("report"), _("Open the report"))
        self._ui.shiftLabel.text = f"{html.escape(answer['sentence'])} {link}"

    def _onKept(self, _answer):
        self.results.show(self._logic.runner.record)
        self._kept()
