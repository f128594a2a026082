"""``segment-l3 reference``: corrected slices by which later results are judged."""

import argparse
from pathlib import Path

from ..reading import read_segmentation, read_volume
from ..trust.own_references import add_reference, list_references, remove_reference
from .options import add_command, add_scan
from .output import print_lines


def add_to(commands) -> None:
    """Add the command and those below it."""
    parser = add_command(commands, "reference", None, "Keep corrected slices, by which later results are judged.")
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION")
    adding = add_command(actions, "add", _add, "Keep a slice with its corrected labels.")
    add_scan(adding)
    adding.add_argument("segmentation", metavar="SEGMENTATION", help="corrected labels, such as segmentation.seg.nrrd")
    adding.add_argument(
        "--slice-index", type=int, metavar="K", help="the slice, from 0 in the file's own order, if several have labels"
    )
    adding.add_argument("--name", metavar="NAME", help="name of the reference (default: the next number)")
    listing = add_command(actions, "list", _list, "List the references that you have kept.")
    removing = add_command(actions, "remove", _remove, "Delete a reference that you have kept.")
    removing.add_argument("name", metavar="NAME", help="as in the list")
    for action in (adding, listing, removing):
        action.add_argument(
            "--references-dir",
            type=Path,
            metavar="DIR",
            help="folder of the references (default: that of the variable SEGMENTL3_REFERENCES, or yours)",
        )


def _add(arguments: argparse.Namespace) -> None:
    volume = read_volume(arguments.input, arguments.series)
    labels = read_segmentation(arguments.segmentation)
    name = add_reference(volume, labels, arguments.slice_index, arguments.name, arguments.references_dir)
    print_lines([f"Kept as {name}."])


def _list(arguments: argparse.Namespace) -> None:
    names = list_references(arguments.references_dir)
    print_lines(names or ["none; keep a corrected case with: segment-l3 reference add SCAN SEGMENTATION"])


def _remove(arguments: argparse.Namespace) -> None:
    remove_reference(arguments.name, arguments.references_dir)
    print_lines([f"Removed {arguments.name}."])
