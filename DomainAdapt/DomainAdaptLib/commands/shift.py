"""``domain-adapt shift``: how far new images are from what a model knows."""

import argparse
import logging

from ..jobs import ShiftJob
from .options import IMAGES_HELP, add_model, logged

logger = logging.getLogger(__name__)


def add_to(commands) -> None:
    """Add the command."""
    parser = commands.add_parser("shift", help="say how far images of a new scanner are from what a model knows")
    parser.set_defaults(command=_shift)
    parser.add_argument("target", nargs="+", metavar="IMAGE", help=f"images of the new scanner: {IMAGES_HELP}")
    parser.add_argument("--source", nargs="+", required=True, metavar="IMAGE", help="images that the model knows")
    add_model(parser)


def _shift(arguments: argparse.Namespace) -> list[str]:
    from ..work import do_shift

    job = ShiftJob(arguments.model, arguments.target, arguments.source, arguments.out, arguments.models_dir)
    result = do_shift(job, logged(logger))
    return [result["sentence"], f"Report: {result['report']}"]
