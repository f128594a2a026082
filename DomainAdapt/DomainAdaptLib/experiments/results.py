"""Rows of results that are kept as soon as a seed is done, so that an experiment can be stopped and taken up again."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from SegmentL3Lib.files import atomic_path

Row = dict[str, object]


def kept_rows(path: Path, settings: Mapping[str, object], make: Callable[[], list[Row]]) -> list[Row]:
    """Rows of a file, or made and written to it if it is missing or was made with other settings.

    Args:
        path: JSON file.
        settings: all that the rows depend on, as JSON has it.
        make: makes the rows.

    Raises:
        InputError: the file cannot be written.
    """
    if path.exists():
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["settings"] == settings:
            return kept["rows"]
    rows = make()
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps({"settings": settings, "rows": rows}, indent=1) + "\n", encoding="utf-8")
    return rows
