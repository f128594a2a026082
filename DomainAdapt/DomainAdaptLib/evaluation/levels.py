"""What the level finder says of a scan, against the truth: right, warned, refused or wrong."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from SegmentL3Lib.locate import locate
from SegmentL3Lib.models import Bundle
from SegmentL3Lib.results import LevelResult
from SegmentL3Lib.volume import Volume

from .calibration import Calibration, calibrate
from .slices import statistic, values_of
from .tables import Column, markdown_table

LEVEL = "L3"
RIGHT_WITHIN_MM = 10.0  # the usual measure of success in locating L3
# Words in the reason of an answer that asks the user to look.
ASKS = "check the level"
ANSWER_COLUMNS = (
    Column("case", "Case"),
    Column("group", "Group"),
    Column("truth", "Slices of L3"),
    Column("slice", "Slice found"),
    Column("error_mm", "Error, mm", "+.1f"),
    Column("certainty", "Certainty", ".2f"),
    Column("warned", "Warned"),
    Column("outcome", "Outcome"),
)
SUMMARY_COLUMNS = (
    Column("group", "Group"),
    Column("scans", "Scans"),
    Column("right", "Right"),
    Column("warned", "With a warning"),
    Column("refused", "Refused"),
    Column("wrong", "Wrong without a warning"),
    Column("right_percent", "Right, %", ".1f"),
    Column("safe_percent", "Right, warned or refused, %", ".1f"),
    Column("median_error_mm", "Error: median absolute, mm", ".1f"),
    Column("largest_error_mm", "largest, mm", ".1f"),
)
CALIBRATION_COLUMNS = (
    Column("certainty", "Certainty"),
    Column("answers", "Answers"),
    Column("mean_certainty", "Certainty, mean", ".3f"),
    Column("share_right", "Share of right answers", ".3f"),
)


@dataclass(frozen=True, eq=False)
class LevelScan:
    """A scan whose levels are known.

    Attributes:
        case: patient.
        group: for summaries.
        volume: the scan in axial order.
        middle: slice through the middle of L3's body (continuous index); None where L3 is not in the scan.
        ends: lowest and highest slice of the body; None where L3 is not in the scan.
    """

    case: str
    group: str
    volume: Volume
    middle: float | None
    ends: tuple[float, float] | None


@dataclass(frozen=True, eq=False)
class LevelAnswer:
    """A scan and what the level finder says of it."""

    scan: LevelScan
    found: LevelResult

    @property
    def error_mm(self) -> float:
        """How much too high (towards the head) the place is, mm; nan where there is none, or no L3."""
        if not self.found.found or self.scan.middle is None:
            return float("nan")
        return (self.found.vertebrae[LEVEL] - self.scan.middle) * self.scan.volume.geometry.spacing[2]

    @property
    def right(self) -> bool:
        """Within 10 mm of the middle of L3, or refused where L3 is not in the scan."""
        if self.scan.middle is None:
            return not self.found.found
        return bool(abs(self.error_mm) <= RIGHT_WITHIN_MM)

    @property
    def warned(self) -> bool:
        """A slice was named, and the user asked to check the level."""
        return self.found.found and (self.found.transitional or ASKS in self.found.reason)

    @property
    def outcome(self) -> str:
        """One of right, warned (wrong with a warning), refused (though L3 is there) and wrong."""
        if self.right:
            return "right"
        if not self.found.found:
            return "refused"
        return "warned" if self.warned else "wrong"

    @property
    def badness(self) -> float:
        """For ranking: first what is wrong without a warning, then by the error."""
        order = ("right", "refused", "warned", "wrong").index(self.outcome)
        return 1e6 * order + np.nan_to_num(abs(self.error_mm))


def answer(scan: LevelScan, model: Bundle) -> LevelAnswer:
    """Ask a level finder."""
    return LevelAnswer(scan, locate(scan.volume, model, LEVEL))


def answer_row(item: LevelAnswer) -> dict[str, object]:
    """One line of the table of scans, for ``ANSWER_COLUMNS``; slices are counted in axial order, from the foot."""
    scan, found = item.scan, item.found
    return {
        "case": scan.case,
        "group": scan.group,
        "truth": f"{scan.ends[0]:.0f}-{scan.ends[1]:.0f}" if scan.ends else "not in the scan",
        "slice": found.slice_index,
        "error_mm": item.error_mm,
        "certainty": found.certainty,
        "warned": item.warned,
        "outcome": item.outcome,
        "named": found.found,
        "right": item.right,
    }


def summary_rows(
    rows: Sequence[Mapping[str, object]], together: Mapping[str, Collection[str]] = MappingProxyType({})
) -> list[dict[str, object]]:
    """One row for each group, in the order of their first scans, for ``SUMMARY_COLUMNS``, of rows of answers.

    Args:
        together: groups that get a row in common too, by its name.
    """
    groups = {row["group"]: (row["group"],) for row in rows} | dict(together)
    chosen = {name: [row for row in rows if row["group"] in own] for name, own in groups.items()}
    return [_summary(name, own) for name, own in chosen.items() if own]


def _summary(group: str, rows: Sequence[Mapping[str, object]]) -> dict[str, object]:
    errors = np.abs(values_of(rows, "error_mm"))
    right, wrong = (sum(row["outcome"] == outcome for row in rows) for outcome in ("right", "wrong"))
    return {
        "group": group,
        "scans": len(rows),
        "right": right,
        "warned": sum(row["warned"] for row in rows),
        "refused": sum(not row["named"] for row in rows),
        "wrong": wrong,
        "right_percent": 100 * right / len(rows),
        "safe_percent": 100 * (len(rows) - wrong) / len(rows),
        "median_error_mm": statistic(errors, np.median),
        "largest_error_mm": statistic(errors, np.max),
    }


def calibration_of(rows: Sequence[Mapping[str, object]]) -> Calibration:
    """Certainty against correctness of the answers that name a slice."""
    named = [row for row in rows if row["named"]]
    return calibrate([row["certainty"] for row in named], [row["right"] for row in named])


def calibration_rows(calibration: Calibration) -> list[dict[str, object]]:
    """The reliability table, for ``CALIBRATION_COLUMNS``."""
    return [
        {
            "certainty": f"{entry.low:g} to {entry.high:g}",
            "answers": entry.count,
            "mean_certainty": entry.mean_certainty,
            "share_right": entry.share_right,
        }
        for entry in calibration.bins
    ]


def calibration_text(calibration: Calibration) -> str:
    """Reliability table, Brier score and expected calibration error as Markdown."""
    table = markdown_table(calibration_rows(calibration), CALIBRATION_COLUMNS)
    if np.isnan(calibration.brier):
        return f"{table}\n\nNo slice was named."
    return (
        f"{table}\n\nBrier score {calibration.brier:.3f}, expected calibration error {calibration.expected_error:.3f} "
        "(over the answers that name a slice; 0 is best for both)."
    )
