"""Tables as Markdown, rounded for reading, and as CSV, with all digits for whoever computes with them."""

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from SegmentL3Lib.files import atomic_path

NOTHING = "–"
Row = Mapping[str, object]


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        key: name in the rows and in the CSV, with the unit.
        title: heading in Markdown.
        form: format of the value in Markdown, as ``format`` takes it.
    """

    key: str
    title: str
    form: str = ""


def markdown_table(rows: Sequence[Row], columns: Sequence[Column]) -> str:
    """The rows as a Markdown table; a dash where a value is missing or nan."""
    lines = ["| " + " | ".join(column.title for column in columns) + " |", "|" + "---|" * len(columns)]
    lines += ["| " + " | ".join(shown(row.get(column.key), column.form) for column in columns) + " |" for row in rows]
    return "\n".join(lines)


def write_csv(rows: Sequence[Row], columns: Sequence[Column], path: Path) -> None:
    """Write the rows; a cell is empty where a value is missing or nan.

    Raises:
        InputError: the file cannot be written; nothing half-written stays.
    """
    with atomic_path(path) as temporary, open(temporary, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([column.key for column in columns])
        writer.writerows([[_stored(row.get(column.key)) for column in columns] for row in rows])


def write_markdown(text: str, path: Path) -> None:
    """Write a page of Markdown.

    Raises:
        InputError: the file cannot be written; nothing half-written stays.
    """
    with atomic_path(path) as temporary:
        temporary.write_text(text.rstrip("\n") + "\n", encoding="utf-8")


def shown(value: object, form: str) -> str:
    """A value as text: a dash where it is missing or nan, yes or no for a truth value."""
    if _missing(value):
        return NOTHING
    return ("yes" if value else "no") if isinstance(value, bool) else format(value, form)


def _missing(value: object) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _stored(value: object) -> object:
    if _missing(value):
        return ""
    return f"{value:.6g}" if isinstance(value, float) else value
