"""What commands have in common."""

import argparse
from collections.abc import Callable

Command = Callable[[argparse.Namespace], None]


def add_command(commands, name: str, command: Command | None, text: str) -> argparse.ArgumentParser:
    """Add a command; ``command`` is called with the arguments, None leaves that to commands below it."""
    parser = commands.add_parser(name, help=text, description=text)
    if command is not None:
        parser.set_defaults(command=command)
        parser.add_argument("-v", "--verbose", action="store_true", help="say on stderr what is being done")
        parser.add_argument("--debug", action="store_true", help="show where an error came from")
    return parser


def add_scan(parser: argparse.ArgumentParser) -> None:
    """Add the scan and, for a DICOM folder, its series."""
    parser.add_argument("input", metavar="INPUT", help="CT: DICOM folder or file, NIfTI, NRRD or MHA")
    add_series(parser)


def add_series(parser: argparse.ArgumentParser) -> None:
    """Add the choice of a series."""
    parser.add_argument("--series", metavar="UID", help="series instance UID, where a folder holds several series")


def add_models_folder(parser: argparse.ArgumentParser) -> None:
    """Add the choice of another models folder."""
    parser.add_argument(
        "--models-dir", metavar="DIR", help="models folder (default: that of the variable SEGMENTL3_MODELS, or yours)"
    )
