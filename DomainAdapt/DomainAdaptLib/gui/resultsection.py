"""The section of the panel that shows what an adaptation has brought, and lets the user decide."""

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from slicer.i18n import tr as _

from SegmentL3Lib.gui import tableview

from .comparison import comparedScans
from .jobfolder import JobRecord

BETTER_COLOR = "#2e9e45"
NOT_BETTER_COLOR = "#e6a100"


@dataclass
class ResultCallbacks:
    """What the user can do with a result; each is called with its record.

    Attributes:
        keep: put the model into the models folder.
        discard: delete the model.
        compare: show the scan with this number before and after.
    """

    keep: Callable[[JobRecord], None]
    discard: Callable[[JobRecord], None]
    compare: Callable[[JobRecord, int], None]


class ResultSection:
    """Hidden while there is no result."""

    def __init__(self, ui, callbacks: ResultCallbacks, nameOf: Callable[[str], str]):
        """``nameOf`` gives the name for people of a scan from its path."""
        self._ui = ui
        self._nameOf = nameOf
        self._record = None
        tableview.stretchFirstColumn(ui.figuresTable)
        ui.keepButton.connect("clicked(bool)", lambda *_: callbacks.keep(self._record))
        ui.discardButton.connect("clicked(bool)", lambda *_: callbacks.discard(self._record))
        ui.compareButton.connect("clicked(bool)", self._onCompare)
        self._compare = callbacks.compare

    @property
    def record(self) -> JobRecord | None:
        """The adaptation that is shown."""
        return self._record

    def show(self, record: JobRecord | None) -> None:
        """Show the result of an adaptation; None: show nothing."""
        self._record = record
        self._ui.resultsSection.visible = record is not None
        if record is None:
            return
        result = record.result
        self._ui.resultsSection.text = _("Result: {method}").format(method=record.method)
        self._ui.resultLabel.text = _verdict(result)
        self._ui.reportLabel.text = linkTo(result.get("report"), _("Open the report"))
        self._ui.reportLabel.visible = bool(result.get("report"))
        self._showFigures(result.get("figures") or {})
        self._showScans(record)
        self._showDecision(record)

    def _showFigures(self, figures):
        rows = figureRows(figures)
        tableview.fill(self._ui.figuresTable, rows, ["" for _row in rows])
        self._ui.figuresTable.visible = bool(rows)

    def _showScans(self, record):
        names = [self._nameOf(scan.image) for scan in comparedScans(record)]
        self._ui.comparedComboBox.clear()
        self._ui.comparedComboBox.addItems(names)
        for widget in (self._ui.comparedTitle, self._ui.comparedComboBox, self._ui.compareButton):
            widget.visible = bool(names)
        self._ui.comparisonLabel.text = ""
        self._ui.comparisonLabel.visible = False

    def _showDecision(self, record):
        ui = self._ui
        isBetter = bool(record.result["kept"])
        ui.keepButton.enabled = isBetter and not record.isKept
        ui.keepButton.toolTip = (
            _("Put the adapted model into the models folder, beside the original one, which stays as it is.")
            if isBetter
            else _("The adapted model is not better on the new scans, so the original one stays in use.")
        )
        ui.discardButton.visible = not record.isKept
        ui.keepButton.text = _("Kept") if record.isKept else _("Keep")
        ui.useButton.visible = record.isKept

    def _onCompare(self, _checked=False):
        self._compare(self._record, self._ui.comparedComboBox.currentIndex)

    def sayAgreement(self, agreement: float) -> None:
        """Say how alike both label maps of the scan are that is shown."""
        text = _("Left: before. Right: after. {percent:.1f} % of the labeled voxels have the same label.")
        self._ui.comparisonLabel.text = text.format(percent=100 * agreement)
        self._ui.comparisonLabel.visible = True


def figureRows(figures: Mapping) -> list[list[str]]:
    """Names of the figures of the model, with their values before and after; what was not measured is left out."""
    before, after = figures.get("before") or {}, figures.get("after") or {}
    names = [name for name in before if before[name] is not None and after.get(name) is not None]
    return [[name.replace("_", " ").capitalize(), f"{before[name]:.3f}", f"{after[name]:.3f}"] for name in names]


def linkTo(path: str | None, text: str) -> str:
    """Rich text that opens a file; empty where there is none."""
    return f'<a href="{Path(path).absolute().as_uri()}">{html.escape(text)}</a>' if path else ""


def _verdict(result):
    color = BETTER_COLOR if result["kept"] else NOT_BETTER_COLOR
    dot = f'<span style="color:{color}; font-size:large">\u25cf</span>'
    return f"{dot} {html.escape(result['sentence'])}"
