"""What was found and done, as one page for people and as JSON for programs."""

import json
import math
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from SegmentL3Lib.files import atomic_path

from ..resources import resource_path

_TEMPLATE = "report.html.jinja"
GOOD, DOUBTFUL, BAD = "#2c7a3f", "#c98a00", "#b3261e"


@dataclass(frozen=True)
class Table:
    """A table of texts."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]


def write_page(
    path: Path,
    title: str,
    sentence: str,
    color: str,
    pictures: Mapping[str, bytes],
    tables: Sequence[Table],
    notes: Sequence[str] = (),
) -> None:
    """Write a page without references to other files.

    Args:
        path: HTML file.
        title: heading.
        sentence: what counts.
        color: of the mark beside it.
        pictures: PNG by title.
        tables: below the pictures.
        notes: small print.

    Raises:
        InputError: it cannot be written; nothing half-written stays.
    """
    environment = Environment(
        loader=FileSystemLoader(resource_path("Adaptation")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    text = environment.get_template(_TEMPLATE).render(
        title=title,
        sentence=sentence,
        color=color,
        pictures=[{"title": name, "png": b64encode(png).decode("ascii")} for name, png in pictures.items()],
        tables=tables,
        notes=notes,
    )
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, content: Mapping) -> None:
    """Write JSON; what could not be measured becomes null.

    Raises:
        InputError: it cannot be written; nothing half-written stays.
    """
    text = json.dumps(without_nan(content), indent=2, ensure_ascii=False, allow_nan=False)
    with atomic_path(path) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")


def without_nan(content):
    """The same content with null for numbers that are none."""
    if isinstance(content, Mapping):
        return {key: without_nan(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [without_nan(value) for value in content]
    return None if isinstance(content, float) and not math.isfinite(content) else content


def figure_table(before: Mapping[str, float], after: Mapping[str, float]) -> Table:
    """The guard's figures of both models."""
    known = json.loads(resource_path("Adaptation", "figures.json").read_text(encoding="utf-8"))
    rows = [
        (entry["title"], number(before[name]), number(after[name]))
        for name, entry in known.items()
        if not math.isnan(before[name])
    ]
    return Table("Judged by", ("", "Original", "Adapted"), rows)


def number(value: float) -> str:
    """A figure as text."""
    return "–" if not math.isfinite(value) else f"{value:.3g}"
