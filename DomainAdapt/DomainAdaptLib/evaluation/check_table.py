"""How often each check notices its defect, and how often it speaks where there is none."""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from SegmentL3Lib.models import Bundle
from SegmentL3Lib.quality import assess, codes
from SegmentL3Lib.refine import refine
from SegmentL3Lib.results import QualityReport
from SegmentL3Lib.segment import segment_slice

from .check_scans import FIRST_SEED, Defect, Scan, Segment, make_scan, with_defect
from .defects import DEFECTS
from .tables import Column

SOUND = "none"
COLUMNS = (
    Column("code", "Code"),
    Column("defect", "Defect"),
    Column("scans", "Scans"),
    Column("hits", "Noticed"),
    Column("hit_rate", "Hit rate", ".2f"),
    Column("false_alarms", "Spoke without it"),
    Column("false_alarm_rate", "False-alarm rate", ".2f"),
)
FINDING_COLUMNS = (
    Column("seed", "Seed"),
    Column("defect", "Defect"),
    Column("verdict", "Verdict"),
    Column("codes", "Codes"),
)
logger = logging.getLogger(__name__)


def segmenter(model: Bundle) -> Segment:
    """Segments slices as the pipeline does."""

    def segment(hu: np.ndarray, pixel_mm: float) -> np.ndarray:
        spacing = pixel_mm, pixel_mm
        return refine(segment_slice(hu, spacing, model), hu, spacing)

    return segment


def finding_rows(count: int, segment: Segment | None = None, defects: Sequence[Defect] = DEFECTS) -> Iterator[dict]:
    """What the checks say of each patient without a defect, and with each, for ``FINDING_COLUMNS``.

    Args:
        count: patients, the same for all defects.
        segment: makes labels of CT numbers; the truth is used without it.
        defects: what is switched on, one at a time.
    """
    for seed in range(FIRST_SEED, FIRST_SEED + count):
        sound = make_scan(seed, None, segment)
        yield _row(seed, SOUND, judged(sound))
        for defect in defects:
            scan = make_scan(seed, defect, segment) if defect.changes_image else with_defect(sound, defect)
            yield _row(seed, defect.title, judged(scan))
        logger.info("patient %d of %d judged", seed - FIRST_SEED + 1, count)


def judged(scan: Scan) -> QualityReport:
    """Verdict on a generated scan."""
    return assess(scan.volume, scan.index, scan.labels, scan.image, scan.level, scan.patient)[1]


def rate_rows(findings: Iterable[Mapping], defects: Sequence[Defect] = DEFECTS) -> list[dict]:
    """One row for each defect, for ``COLUMNS``, of the rows of ``finding_rows``."""
    by_defect: dict[str, list[set[str]]] = {}
    for row in findings:
        by_defect.setdefault(row["defect"], []).append(set(row["codes"].split()))
    return [_rates(defect, by_defect[defect.title], by_defect[SOUND]) for defect in defects]


def unmeasured_codes(defects: Sequence[Defect] = DEFECTS) -> list[str]:
    """Codes for which no defect is generated."""
    return sorted(set(codes()) - {defect.code for defect in defects})


def _row(seed: int, defect: str, report: QualityReport) -> dict:
    found = " ".join(sorted({reason.code for reason in report.reasons}))
    return {"seed": seed, "defect": defect, "verdict": report.verdict, "codes": found}


def _rates(defect: Defect, with_it: Sequence[set], without: Sequence[set]) -> dict:
    hits, alarms = (sum(defect.code in found for found in scans) for scans in (with_it, without))
    return {
        "code": defect.code,
        "defect": defect.title,
        "scans": len(with_it),
        "hits": hits,
        "hit_rate": hits / len(with_it),
        "false_alarms": alarms,
        "false_alarm_rate": alarms / len(without),
    }
