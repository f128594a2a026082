"""``domain-adapt experiment``: repeat a published finding."""

import argparse
from pathlib import Path

from SegmentL3Lib.errors import UsageError

from .options import add_work, check_reference_scans, set_threads


def add_to(commands) -> None:
    """Add the command."""
    experiment = commands.add_parser("experiment", help="repeat a published finding on our data, and write its tables")
    experiment.set_defaults(command=_experiment)
    experiment.add_argument(
        "name",
        choices=("ioda", "adaptation", "synthesis", "tree"),
        help="ioda: pre-training of the output side (Lerouge 2015); adaptation: to another scanner, without labels; "
        "synthesis: learning from the images of a learned generator (Isola 2017); "
        "tree: a soft decision tree that explains the tissue model (Frosst 2017)",
    )
    experiment.add_argument(
        "--data",
        type=Path,
        required=True,
        metavar="DIR",
        help="reference scans; adaptation: a folder with cardiac and brain in it, see its page",
    )
    add_work(experiment, "label maps and drawn slices of the recipes")
    experiment.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder for the results; finished seeds are kept"
    )
    experiment.add_argument("--seeds", type=int, default=5, metavar="N", help="repetitions (default: 5)")


def _experiment(arguments: argparse.Namespace) -> list[str]:
    if arguments.name != "adaptation":
        check_reference_scans(arguments.data)
    if arguments.seeds < 1:
        raise UsageError("The number of seeds has to be 1 or more.")
    set_threads(1)  # layers this small gain nothing from more
    from ..experiments import adaptation, ioda, synthesis, tree

    experiment = {"ioda": ioda, "adaptation": adaptation, "synthesis": synthesis, "tree": tree}[arguments.name]
    return [experiment.run_experiment(arguments.data, arguments.work, arguments.out, arguments.seeds)]
