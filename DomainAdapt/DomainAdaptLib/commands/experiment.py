"""``domain-adapt experiment``: repeat a published finding."""

import argparse
import importlib
from pathlib import Path

from SegmentL3Lib.errors import UsageError

from .options import add_work, check_reference_scans, set_threads

# The name is that of the module in ``experiments``.
_EXPERIMENTS = {
    "adaptation": "to another scanner, without labels",
    "heart_trust": "estimated quality of results on hearts (Valindria 2017)",
    "ioda": "pre-training of the output side (Lerouge 2015)",
    "lesions": "scales, losses and the conditional random field on generated brain tumors (Kamnitsas 2017, Fidon 2017)",
    "synthesis": "learning from the images of a learned generator (Isola 2017)",
    "tree": "a soft decision tree that explains the tissue model (Frosst 2017)",
}
_OF_L3 = ("ioda", "synthesis", "tree")


def add_to(commands) -> None:
    """Add the command."""
    experiment = commands.add_parser("experiment", help="repeat a published finding on our data, and write its tables")
    experiment.set_defaults(command=_experiment)
    about = "; ".join(f"{name}: {text}" for name, text in _EXPERIMENTS.items())
    experiment.add_argument("name", choices=tuple(_EXPERIMENTS), help=about)
    experiment.add_argument(
        "--data",
        type=Path,
        required=True,
        metavar="DIR",
        help="reference scans; for other organs the folder that the page of the experiment names",
    )
    add_work(experiment, "label maps and drawn slices of the recipes")
    experiment.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder for the results; finished seeds are kept"
    )
    experiment.add_argument("--seeds", type=int, default=5, metavar="N", help="repetitions (default: 5)")


def _experiment(arguments: argparse.Namespace) -> list[str]:
    if arguments.name in _OF_L3:
        check_reference_scans(arguments.data)
    if arguments.seeds < 1:
        raise UsageError("The number of seeds has to be 1 or more.")
    set_threads(1)  # layers this small gain nothing from more
    experiment = importlib.import_module(f"..experiments.{arguments.name}", __package__)
    return [experiment.run_experiment(arguments.data, arguments.work, arguments.out, arguments.seeds)]
