"""``domain-adapt ranges``: what the training slices are like, for the check of unlike scans."""

import argparse
from pathlib import Path

from SegmentL3Lib.errors import InputError
from SegmentL3Lib.resources import resource_path as segment_l3_resource

from .options import add_work

_NEEDED = ("lumbar.npz", "drawn.npz")


def add_to(commands) -> None:
    """Add the command."""
    ranges = commands.add_parser("ranges", help="write the ranges of the training slices, for the quality checks")
    ranges.set_defaults(command=_ranges)
    add_work(ranges, "label maps and drawn slices of the recipes")
    ranges.add_argument(
        "--out", type=Path, default=segment_l3_resource("Measurements", "training_ranges.json"), metavar="FILE"
    )


def _ranges(arguments: argparse.Namespace) -> list[str]:
    missing = [name for name in _NEEDED if not (arguments.work / name).exists()]
    if missing:
        raise InputError(f"{' and '.join(missing)} are not in {arguments.work}. Run: domain-adapt train l3_tissue_2d")
    from ..training.ranges import write_ranges

    return [write_ranges(arguments.work, arguments.out)["source"]]
