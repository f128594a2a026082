"""``domain-adapt explain``: why the tissue model takes a pixel for a tissue."""

import argparse
from pathlib import Path


def add_to(commands) -> None:
    """Add the command."""
    explain = commands.add_parser("explain", help="say and draw why the tissue model takes a pixel for a tissue")
    explain.set_defaults(command=_explain)
    explain.add_argument("scan", type=Path, help="CT: file or DICOM folder")
    explain.add_argument("--slice", type=int, required=True, metavar="K", help="slice, from 0 in the file's own order")
    explain.add_argument(
        "--pixel", type=_pixel, required=True, metavar="X,Y", help="column from the patient's right, row from the front"
    )
    explain.add_argument("--out", type=Path, required=True, metavar="PNG", help="picture of the tree with the way")


def _pixel(text: str) -> tuple[int, int]:
    column, row = (int(part) for part in text.split(","))
    return column, row


def _explain(arguments: argparse.Namespace) -> list[str]:
    from ..explain import explain_pixel

    return [explain_pixel(arguments.scan, arguments.slice, arguments.pixel, arguments.out)]
