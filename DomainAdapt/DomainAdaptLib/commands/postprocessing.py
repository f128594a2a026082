"""``domain-adapt postprocessing``: with it and without it, on cases that are left out."""

import argparse
from pathlib import Path

from SegmentL3Lib.files import check_writable_folder
from SegmentL3Lib.tasks import find_task


def add_to(commands) -> None:
    """Add the command."""
    text = "compare results of a task with and without postprocessing, and say what to adopt"
    command = commands.add_parser("postprocessing", help=text, description=text)
    command.set_defaults(command=_postprocessing)
    command.add_argument(
        "--cases", type=Path, required=True, metavar="CSV", help="table of label maps: case, found, truth"
    )
    command.add_argument("--task", required=True, metavar="ID", help="task whose labels they have")
    command.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the tables")


def _postprocessing(arguments: argparse.Namespace) -> list[str]:
    from ..evaluation.postprocessing import evaluate_postprocessing

    return [evaluate_postprocessing(arguments.cases, find_task(arguments.task), check_writable_folder(arguments.out))]
