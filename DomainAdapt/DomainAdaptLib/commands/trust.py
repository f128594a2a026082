"""``domain-adapt trust``: make again what the quality of a result is estimated from."""

import argparse
from pathlib import Path

from SegmentL3Lib.resources import resource_path as segment_l3_resource

from .options import add_threads, add_work, check_reference_scans, set_threads


def add_to(commands) -> None:
    """Add the command."""
    trust = commands.add_parser("trust", help="make again what the quality of a result is estimated from")
    trust.set_defaults(command=_trust)
    trust.add_argument(
        "part",
        choices=("references", "estimator"),
        help="references: known slices and the label auto-encoder; estimator: fitted to the bench, which is run first",
    )
    trust.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder with the reference scans")
    add_work(trust, "label maps and weights of the recipes")
    trust.add_argument(
        "--out", type=Path, default=segment_l3_resource("Trust"), metavar="DIR", help="folder of the files"
    )
    add_threads(trust)


def _trust(arguments: argparse.Namespace) -> None:
    check_reference_scans(arguments.data)
    set_threads(arguments.threads)
    from ..trust.estimator_file import make_estimator
    from ..trust.reference_set import make_known_slices

    make = make_known_slices if arguments.part == "references" else make_estimator
    make(arguments.data, arguments.work, arguments.out)
