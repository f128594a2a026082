"""Tables of an experiment over several seeds: mean and spread, paired differences, separation of good and bad masks."""

from collections.abc import Iterable, Sequence

import numpy as np

from ..evaluation.tables import Column, markdown_table
from .results import Row
from .statistics import Difference, paired_difference

COLUMNS = (
    Column("task", "Task"),
    Column("pairs", "Pairs"),
    Column("test", "Tested on"),
    Column("variant", "Variant"),
    Column("seed", "Seed"),
    Column("mse", "Mean squared error"),
    Column("jaccard_percent", "Jaccard %"),
    Column("area_error_percent", "Area error %"),
)
PLAUSIBILITY_COLUMNS = (
    Column("test", "Masks of"),
    Column("ruin", "Ruined by"),
    Column("seed", "Seed"),
    Column("auroc", "AUROC"),
)
# What the authors found, and what else is asked of it.
CONTRASTS = (("IODA", "NDA"), ("IODA", "IDA"), ("ODA", "NDA"), ("ODA", "IDA"), ("IODA", "ODA"), ("IODA+", "IODA"))


def comparison_table(rows: Sequence[Row]) -> str:
    """Mean ± standard deviation over the seeds, for each number of pairs, test and variant."""
    columns = [column for column in COLUMNS if column.key not in ("task", "seed")]
    table = []
    for (pairs, test), group in _groups(rows, ("pairs", "test")):
        for (variant,), same in _groups(group, ("variant",)):
            spread = {
                "mse": _mean_and_spread(same, "mse", 4),
                "jaccard_percent": _mean_and_spread(same, "jaccard_percent", 1),
                "area_error_percent": _mean_and_spread(same, "area_error_percent", 1),
            }
            table.append({"pairs": pairs, "test": test, "variant": variant, **spread})
    return markdown_table(table, columns)


def difference_table(rows: Sequence[Row]) -> str:
    """Paired differences of the Jaccard index between variants, with their 95 % confidence intervals."""
    columns = (
        Column("pairs", "Pairs"),
        Column("test", "Tested on"),
        Column("contrast", "Variants"),
        Column("difference", "Jaccard, percentage points (95 % CI)"),
        Column("seeds", "Seeds in favor"),
    )
    table = []
    for (pairs, test), group in _groups(rows, ("pairs", "test")):
        by_variant = {
            variant: [row["jaccard_percent"] for row in sorted(same, key=lambda row: row["seed"])]
            for (variant,), same in _groups(group, ("variant",))
        }
        for first, second in CONTRASTS:
            if first not in by_variant or second not in by_variant:
                continue
            found = paired_difference(np.array(by_variant[first]), np.array(by_variant[second]))
            table.append(
                {
                    "pairs": pairs,
                    "test": test,
                    "contrast": f"{first} − {second}",
                    "difference": f"{found.mean:+.1f}" + _interval(found),
                    "seeds": f"{found.positive} of {found.seeds}",
                }
            )
    return markdown_table(table, columns)


def plausibility_table(rows: Sequence[Row]) -> str:
    """Mean AUROC ± standard deviation over the seeds: a row for each way of ruining, a column for each test."""
    tests = list(dict.fromkeys(row["test"] for row in rows))
    columns = [Column("ruin", "Ruined mask"), *(Column(test, test.capitalize()) for test in tests)]
    table = [
        {"ruin": ruin} | {test: _mean_and_spread(same, "auroc", 3) for (test,), same in _groups(group, ("test",))}
        for (ruin,), group in _groups(rows, ("ruin",))
    ]
    return markdown_table(table, columns)


def _groups(rows: Sequence[Row], keys: Sequence[str]) -> Iterable[tuple[tuple, list[Row]]]:
    """Rows that agree in some columns, in the order of their first occurrence."""
    found: dict[tuple, list[Row]] = {}
    for row in rows:
        found.setdefault(tuple(row[key] for key in keys), []).append(row)
    return found.items()


def _mean_and_spread(rows: Sequence[Row], key: str, digits: int) -> str:
    values = np.array([row[key] for row in rows], float)
    spread = f" ± {values.std(ddof=1):.{digits}f}" if len(values) > 1 else ""
    return f"{values.mean():.{digits}f}{spread}"


def _interval(found: Difference) -> str:
    return f" ({found.low:+.1f} to {found.high:+.1f})" if found.seeds > 1 else ""
