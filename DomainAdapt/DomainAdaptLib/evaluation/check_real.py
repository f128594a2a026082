"""What the checks say of real scans, for looking whether their verdicts are sane."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from SegmentL3Lib.errors import LevelNotFoundError
from SegmentL3Lib.pipeline import run
from SegmentL3Lib.reading import read_volume
from SegmentL3Lib.results import Result
from SegmentL3Lib.volume import Volume

from .tables import Column

COLUMNS = (
    Column("case", "Scan"),
    Column("slice", "Slice"),
    Column("chosen", "Chosen"),
    Column("verdict", "Verdict"),
    Column("codes", "Codes"),
)
logger = logging.getLogger(__name__)


def real_rows(data: Path) -> Iterator[dict]:
    """Verdict and codes of each scan at L3, or, where L3 is not in the scan, at its middle slice, for ``COLUMNS``.

    Args:
        data: folder with the reference scans: one folder a case, with ``ct.nii.gz`` in it.
    """
    for path in sorted(data.glob("*/ct.nii.gz")):
        result = _result(replace(read_volume(path), modality="CT"))
        codes = " ".join(dict.fromkeys(reason.code for reason in result.quality.reasons))
        yield {
            "case": path.parent.name,
            "slice": result.slice_index,
            "chosen": "level finder" if result.level else "middle of the scan",
            "verdict": result.quality.verdict,
            "codes": codes,
        }
        logger.info("%s judged", path.parent.name)


def _result(volume: Volume) -> Result:
    try:
        return run(volume)
    except LevelNotFoundError:
        return run(volume, slice_index=volume.array.shape[0] // 2)
