"""Levels of real scans that somebody has counted, each measured by weights that have not seen the scan."""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path

from SegmentL3Lib.errors import InputError
from SegmentL3Lib.models.shipped import LEVEL_MODEL
from SegmentL3Lib.orientation import axial_order, to_axial
from SegmentL3Lib.reading import read_volume

from ..training.counted import read_level_truth
from .held_out import held_out_models
from .levels import LevelAnswer, LevelScan, answer

IN_SCAN, NOT_IN_SCAN = "L3 in the scan", "L3 not in the scan"
logger = logging.getLogger(__name__)


def measured_scans(
    data: Path,
    work: Path,
    cases: Collection[str] | None = None,
    versions: Callable[[LevelScan], Iterable[LevelScan]] = lambda scan: (scan,),
) -> Iterator[LevelAnswer]:
    """What weights that have not seen a scan say of it, for all scans of ``Resources/Recipes/level_truth.csv``.

    Args:
        data: folder with the reference scans.
        work: folder with the weights of the recipe's runs.
        cases: scans wanted; all if None.
        versions: what is made of each scan; the scan itself without it.

    Raises:
        InputError: a scan cannot be read, or was not counted.
        ModelError: the weights of a run that is needed are not in ``work``.
    """
    truths = {truth["case"]: truth for truth in read_level_truth()}
    for model, wanted in held_out_models(LEVEL_MODEL, work, cases):
        for case in wanted:
            if case not in truths:
                raise InputError(f"Nobody has counted the levels of {case}; add it to level_truth.csv.")
            for scan in versions(_read_scan(data, truths[case])):
                yield answer(scan, model)
            logger.info("%s measured", case)


def _read_scan(data: Path, truth: dict[str, str]) -> LevelScan:
    volume = read_volume(data / truth["case"] / "ct.nii.gz")
    axial = to_axial(volume)
    if not truth["middle_slice"]:
        return LevelScan(truth["case"], NOT_IN_SCAN, axial, None, None)
    order, count = axial_order(volume.geometry), len(axial.array)
    first, middle, last = (
        order.axial_index(int(truth[key]), count) for key in ("first_slice", "middle_slice", "last_slice")
    )
    return LevelScan(truth["case"], IN_SCAN, axial, middle, (min(first, last), max(first, last)))
