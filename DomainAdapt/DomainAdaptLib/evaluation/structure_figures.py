"""How far predicted structures in 3D are from true ones: overlap and error of volume of each."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from .metrics import dice
from .tables import Column, Row, markdown_table, write_csv, write_markdown


def overlap_columns(names: Iterable[str]) -> tuple[Column, ...]:
    """Columns of the overlap of each structure."""
    return tuple(Column(name, name.replace("_", " "), ".3f") for name in names)


def error_columns(names: Iterable[str]) -> tuple[Column, ...]:
    """Columns of the error of the volume of each structure."""
    return tuple(Column(f"{name}_error_percent", f"{name.replace('_', ' ')}, %", "+.0f") for name in names)


def summary_columns(kind: Column, names: Iterable[str]) -> tuple[Column, ...]:
    """Columns of ``mean_rows``; ``kind`` names the kinds of scans."""
    figures = Column("scans", "scans", "d"), Column("mean", "mean Dice", ".3f"), Column("lowest", "lowest", ".3f")
    return (kind, *figures, *overlap_columns(names))


def compare_structures(predicted: np.ndarray, truth: np.ndarray, names: Mapping[int, str]) -> dict[str, float]:
    """Figures of a scan by the keys of the columns, and ``mean``: of the overlaps.

    Args:
        predicted, truth: values of the structures.
        names: of the structures, by value.
    """
    overlaps = {name: dice(predicted == value, truth == value) for value, name in names.items()}
    errors = {
        f"{name}_error_percent": percent((predicted == value).sum(), (truth == value).sum())
        for value, name in names.items()
    }
    return {"mean": float(np.nanmean(list(overlaps.values()))), **overlaps, **errors}


def percent(found: int, true: int) -> float:
    """How much larger what was found is than what is true, %; nan where nothing is true."""
    return float(100 * (found / true - 1)) if true else float("nan")


def mean_rows(rows: Sequence[Row], key: str, names: Iterable[str]) -> list[dict[str, object]]:
    """Means over the scans of each kind; ``key`` is the column that names the kind."""
    keys = ("mean", *names)
    result = []
    for kind in dict.fromkeys(row[key] for row in rows):
        own = [row for row in rows if row[key] == kind]
        means = {each: float(np.nanmean([row[each] for row in own])) for each in keys}
        result.append({key: kind, "scans": len(own), "lowest": min(row["mean"] for row in own), **means})
    return result


def write_tables(
    title: str,
    rows: Sequence[Row],
    columns: Sequence[Column],
    errors: Sequence[Column],
    summary: tuple[Sequence[Row], Sequence[Column]],
    notes: Sequence[str],
    path: Path,
) -> str:
    """Write figures of scans and their means as ``.md``, ``.csv`` and ``-summary.csv``.

    Args:
        title: heading of the page.
        rows: one a scan.
        columns: of the figures of a scan.
        errors: of a second table of the scans, for the errors of volume.
        summary: rows and columns of the means.
        notes: paragraphs below the tables.
        path: of the files, without their endings.

    Returns:
        Tables and notes as Markdown, for the model card.
    """
    write_csv(rows, (*columns, *(each for each in errors if each not in columns)), path.with_name(f"{path.name}.csv"))
    write_csv(*summary, path.with_name(f"{path.name}-summary.csv"))
    means, figures, volumes = (markdown_table(*each) for each in (summary, (rows, columns), (rows, errors)))
    text = "\n\n".join((means, figures, "Errors of volume:", volumes, *notes))
    write_markdown(f"# {title}\n\n{text}", path.with_name(f"{path.name}.md"))
    return text
