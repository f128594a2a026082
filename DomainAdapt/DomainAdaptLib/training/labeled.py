"""Slices near drawn ones that nobody has drawn, labeled by weights that have learned from the drawn ones.

Self-training (Lee, ICML workshop 2013): the network learns on from what it says itself about more of its patients.
"""

import logging
from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np

from SegmentL3Lib.errors import InputError
from SegmentL3Lib.models import Bundle
from SegmentL3Lib.refine import with_skin
from SegmentL3Lib.segment import segment_slice

from .material import AxialScan, DrawnSlice, read_axial_scan

REACH_MM = 25.0  # from a drawn slice: what lies farther is unlike what the weights have learned
STEP_MM = 5.0  # nearer slices show the same once more
logger = logging.getLogger(__name__)


def labeled_slices(
    data: Path, drawn: Sequence[DrawnSlice], model: Bundle, without: Collection[str]
) -> list[DrawnSlice]:
    """Slices that are not drawn, of the scans of drawn ones, with the regions that a model finds in them.

    Args:
        data: folder with the reference scans.
        drawn: the drawn slices.
        model: tissue model that has not learned from the patients in ``without``.
        without: patients that are left out.

    Raises:
        InputError: there is no slice to label.
    """
    places: dict[str, list[int]] = {}
    for item in drawn:
        if item.case not in without:
            places.setdefault(item.case, []).append(item.slice_index)
    result = []
    for case, indices in places.items():
        scan = read_axial_scan(data, case)
        chosen = near_slices(indices, len(scan.hu), scan.step_mm)
        result += [_label(scan, index, model) for index in chosen]
        logger.info("%d slices of %s labeled", len(chosen), case)
    if not result:
        raise InputError(f"There is no slice beside the drawn ones in {data}; use scans of more than the drawn slices.")
    return result


def near_slices(drawn: Sequence[int], count: int, step_mm: float) -> list[int]:
    """Slices at least ``STEP_MM`` from the drawn ones and from one another, and near a drawn one.

    Args:
        drawn: indices of the drawn slices.
        count: slices of the scan.
        step_mm: distance of neighboring slices.
    """
    taken, chosen = list(drawn), []
    for index in range(count):
        to_drawn = min(abs(index - place) for place in drawn) * step_mm
        if to_drawn <= REACH_MM and all(abs(index - place) * step_mm >= STEP_MM for place in taken):
            taken.append(index)
            chosen.append(index)
    return chosen


def _label(scan: AxialScan, index: int, model: Bundle) -> DrawnSlice:
    hu, spacing = np.ascontiguousarray(scan.hu[index]), (scan.pixel_mm, scan.pixel_mm)
    zones = with_skin(segment_slice(hu, spacing, model), hu, spacing)
    return DrawnSlice(scan.case, index, hu, zones, zones, scan.pixel_mm)
