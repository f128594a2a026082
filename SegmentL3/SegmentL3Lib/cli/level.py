"""``segment-l3 level``: where L3 is."""

import argparse
import json

from ..errors import LevelNotFoundError
from ..reading import read_volume
from .options import add_command, add_scan
from .output import progress_log

LEVEL = "L3"


def add_to(commands) -> None:
    """Add the command."""
    add_scan(add_command(commands, "level", _level, "Find L3 and print where it is, as JSON."))


def _level(arguments: argparse.Namespace) -> None:
    volume = read_volume(arguments.input, arguments.series)

    # Torch is imported no earlier than a command needs it.
    from ..pipeline import find_level

    found = find_level(volume, LEVEL, progress_log())
    keys = ("level", "found", "slice_index", "slice_position_lps_mm", "certainty", "reason")
    print(json.dumps({key: getattr(found, key) for key in keys}, indent=2))
    if not found.found:
        raise LevelNotFoundError(found.reason)
