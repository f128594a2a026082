"""Real scans made to end ever higher in the spine: what the level finder says where L3 comes last, or is cut off."""

from collections.abc import Iterator
from dataclasses import replace

from .levels import LevelScan

L4_IN_SCAN, L3_LOWEST, L3_CUT_OFF = "part of L4 in the scan", "L3 the lowest", "middle of L3 cut off"
STEP_MM = 4.0  # from one cut to the next
LEAST_MM = 120.0  # a shorter scan shows too little to count
_BEYOND_MM = 40.0  # how far above the middle of L3 the last scan ends
_DISC_MM = 10.0


def cut_scans(scan: LevelScan) -> Iterator[LevelScan]:
    """The scan without its lowest slices, ``STEP_MM`` more each time; nothing where L3 is not in the scan."""
    if scan.middle is None:
        return
    slice_mm = scan.volume.geometry.spacing[2]
    step = max(1, round(STEP_MM / slice_mm))
    highest = min(scan.middle + _BEYOND_MM / slice_mm, len(scan.volume.array) - LEAST_MM / slice_mm)
    for first in range(0, int(highest) + 1, step):
        yield _without(scan, first, slice_mm)


def _without(scan: LevelScan, first: int, slice_mm: float) -> LevelScan:
    volume = replace(scan.volume, array=scan.volume.array[first:])
    middle, low, high = (place - first for place in (scan.middle, *scan.ends))
    if middle < 0:
        return LevelScan(scan.case, L3_CUT_OFF, volume, None, None)
    group = L4_IN_SCAN if low * slice_mm > _DISC_MM else L3_LOWEST
    return LevelScan(scan.case, group, volume, middle, (low, high))
