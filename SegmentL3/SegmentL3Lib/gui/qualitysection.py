"""How far a result can be trusted: a traffic light with its reasons, estimates by structure, the map of uncertainty."""

import html

from slicer.i18n import tr as _

from ..labels import load_labels
from ..measure import load_tissues
from ..mrml import display, doubt
from ..results import Measurements, QualityReason, QualityReport, Result
from . import tableview
from .rows import UNKNOWN, number

# Colors of a traffic light that stand out on light and dark backgrounds; the word beside it says the same.
VERDICT_COLORS = {"good": "#2e9e44", "check": "#e08a00", "unusable": "#d32f2f"}


class QualitySection:
    """Fills the widgets, and answers the buttons that show where the result is in doubt."""

    def __init__(self, ui):
        """``ui``: widgets of the panel."""
        self._ui = ui
        self._map = None
        self._segmentation = None
        self._centers = []
        self._reviewed = 0
        tableview.stretchFirstColumn(ui.qualityTable)
        ui.showDoubtButton.connect("toggled(bool)", self.onShowDoubt)
        ui.reviewNextButton.connect("clicked(bool)", self.onReviewNext)

    def show(self, result: Result, segmentationNode) -> None:
        """Show the verdict on a result, and what was estimated of it."""
        quality = result.quality
        self._ui.qualityLabel.text = qualityText(quality)
        self._ui.qualityLabel.toolTip = "\n".join(reason.advice for reason in quality.reasons if reason.advice)
        rows = structureRows(quality, result.measurements)
        tableview.fill(self._ui.qualityTable, rows, [""] * len(rows))
        self._ui.qualityTable.visible = bool(rows)
        self._ui.estimatesLabel.text = estimatesText(quality)
        self._chooseMap(next(iter(doubt.doubt_nodes(segmentationNode).values()), None), segmentationNode)

    def clear(self) -> None:
        """Show nothing; a map that lies over the scan is taken away."""
        self._chooseMap(None, None)

    def onShowDoubt(self, isWanted) -> None:
        """Lay the map of uncertainty over the scan, or take it away."""
        doubt.show_doubt(self._map if isWanted else None, self._segmentation)

    def onReviewNext(self, _checked=False) -> None:
        """Go to the most doubtful slice, then to the next one, and from the last to the first."""
        if self._centers:
            display.jump_to(self._centers[self._reviewed % len(self._centers)])
            self._reviewed += 1

    def _chooseMap(self, node, segmentationNode):
        if self._map is not None and node is not self._map:
            self._ui.showDoubtButton.checked = False
            self._reviewed = 0
        self._map, self._segmentation = node, segmentationNode
        self._centers = doubt.centers_by_doubt(node) if node is not None else []
        self._ui.showDoubtButton.enabled = node is not None
        self._ui.reviewNextButton.visible = len(self._centers) > 1


def qualityText(quality: QualityReport) -> str:
    """Verdict as a colored dot and a word, with the reasons below, each with its advice."""
    words = {"good": _("Good"), "check": _("Check"), "unusable": _("Unusable")}
    dot = f'<span style="color:{VERDICT_COLORS[quality.verdict]}; font-size:large">\u25cf</span>'
    reasons = "".join(f"<li>{_reasonText(reason)}</li>" for reason in quality.reasons)
    listed = f'<ul style="margin-top:2px; margin-bottom:2px; margin-left:-20px">{reasons}</ul>'
    return _("{dot} Quality: <b>{word}</b>{reasons}").format(
        dot=dot, word=words[quality.verdict], reasons=listed if reasons else _(". No reason for doubt was found.")
    )


def structureRows(quality: QualityReport, measurements: Measurements) -> list[list[str]]:
    """Name, expected Dice and area of each structure that was estimated, with their intervals."""
    names = {label.id: label.name for label in load_labels()}
    return [
        [
            names.get(structure.structure, structure.structure),
            _withInterval(structure.dice, structure.dice_interval, 2),
            _withInterval(_area(structure.structure, measurements), structure.area_interval_cm2, 1),
        ]
        for structure in quality.structures
    ]


def estimatesText(quality: QualityReport) -> str:
    """What the table holds, or why there is none."""
    if not quality.structures:
        return _("How well the segments fit was not estimated, or they were edited since.")
    if quality.coverage is None:
        return _("Estimated without a reference.")
    return _("Estimated without a reference; intervals hold in {percent:.0f} % of cases.").format(
        percent=100 * quality.coverage
    )


def _reasonText(reason: QualityReason) -> str:
    text, advice = html.escape(reason.text), html.escape(reason.advice)
    return f'{text}<br><span style="color:gray">{advice}</span>' if advice else text


def _withInterval(value, interval, decimals):
    if value is None and interval is None:
        return UNKNOWN
    shown = number(value, decimals)
    return shown if interval is None else f"{shown} ({interval[0]:.{decimals}f}\u2013{interval[1]:.{decimals}f})"


def _area(structure, measurements):
    """Area of the structure, by the first tissue that is measured in it."""
    tissue = next((tissue for tissue in load_tissues() if tissue.segment == structure), None)
    return measurements.area_cm2.get(tissue.id) if tissue else None
