"""Tables of the lesion experiment."""

from collections.abc import Sequence

import numpy as np

from ..evaluation.tables import Column, markdown_table
from .results import Row
from .statistics import paired_difference

WHOLE = "whole"
_CROSS_ENTROPY = "three scales, cross entropy"


def overlap_table(rows: Sequence[Row], columns: Sequence[Column]) -> str:
    """Mean ± standard deviation of each Dice over the seeds, a row for each variant."""
    shown = [Column(column.key, column.title) for column in columns if column.key != "seed"]
    measured = [column.key for column in shown if column.key not in ("variant", "parameters")]
    table = []
    for name in dict.fromkeys(row["variant"] for row in rows):
        same = [row for row in rows if row["variant"] == name]
        spread = {key: _mean_and_spread(np.array([row[key] for row in same], float)) for key in measured}
        table.append({"variant": name, "parameters": f"{same[0]['parameters']:,}", **spread})
    return markdown_table(table, shown)


def difference_table(rows: Sequence[Row], smallest: str) -> str:
    """Paired differences over the seeds that the published findings speak of.

    Args:
        smallest: class with the fewest voxels in training.
    """
    pairs = (
        (_CROSS_ENTROPY, "one scale, cross entropy", WHOLE),
        (f"{_CROSS_ENTROPY}, CRF", _CROSS_ENTROPY, WHOLE),
        ("three scales, generalized Wasserstein Dice", _CROSS_ENTROPY, smallest),
    )
    columns = (
        Column("pair", "Variants"),
        Column("of", "Dice of"),
        Column("difference", "Difference, percentage points (95 % CI)"),
        Column("seeds", "Seeds in favor"),
    )
    table = []
    for first, second, key in pairs:
        found = paired_difference(*(_by_seed(rows, name, key) for name in (first, second)))
        interval = f" ({100 * found.low:+.1f} to {100 * found.high:+.1f})" if found.seeds > 1 else ""
        table.append(
            {
                "pair": f"{first} − {second}",
                "of": key,
                "difference": f"{100 * found.mean:+.1f}{interval}",
                "seeds": f"{found.positive} of {found.seeds}",
            }
        )
    return markdown_table(table, columns)


def _by_seed(rows: Sequence[Row], variant: str, key: str) -> np.ndarray:
    same = sorted((row for row in rows if row["variant"] == variant), key=lambda row: row["seed"])
    return np.array([row[key] for row in same], float)


def _mean_and_spread(values: np.ndarray) -> str:
    spread = f" ± {values.std(ddof=1):.3f}" if len(values) > 1 else ""
    return f"{values.mean():.3f}{spread}"
