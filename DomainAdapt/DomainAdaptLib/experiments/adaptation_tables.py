"""Tables of the adaptation experiment."""

from collections.abc import Sequence

import numpy as np

from ..evaluation.tables import Column, markdown_table
from .results import Row

SOURCE_ONLY, ORACLE, CHOICE = "source only", "oracle", "guard's choice"
FIGURES = ("agreement", "sureness", "wholeness", "edges", "plausibility", "source_dice")
COLUMNS = (
    Column("pair", "Scanners"),
    Column("variant", "Network"),
    Column("seed", "Seed"),
    Column("dice", "Dice", ".3f"),
    Column("seconds", "Processor time, s", ".0f"),
    Column("choice", "Chosen"),
    *(Column(name, name.capitalize().replace("_", " "), ".3f") for name in FIGURES),
)


def gap_share(value: float, source: float, oracle: float) -> float:
    """Share of the gap that is closed, (adapted - source) / (oracle - source), in percent."""
    return 100 * (value - source) / (oracle - source)


def gap_table(rows: Sequence[Row]) -> str:
    """Dice overlap, mean ± standard deviation over the seeds; change in points; share of the gap of the means."""
    columns = (
        Column("pair", "Scanners"),
        Column("variant", "Network"),
        Column("dice", "Dice"),
        Column("change", "Change, points"),
        Column("worst", "Worst seed, points"),
        Column("gap", "Share of the gap"),
        Column("seconds", "Processor time, s"),
    )
    table = []
    for pair in _unique(rows, "pair"):
        dice = {name: _dice(rows, pair, name) for name in _unique(_of(rows, pair=pair), "variant")}
        source, oracle = dice[SOURCE_ONLY], dice[ORACLE]
        for name, values in dice.items():
            seconds = [row["seconds"] for row in _of(rows, pair=pair, variant=name) if row.get("seconds") is not None]
            change = 100 * (values - source)
            others = name != SOURCE_ONLY
            table.append(
                {
                    "pair": pair,
                    "variant": name,
                    "dice": f"{values.mean():.3f}" + (f" ± {values.std(ddof=1):.3f}" if len(values) > 1 else ""),
                    "change": f"{change.mean():+.1f}" if others else None,
                    "worst": f"{change.min():+.1f}" if others else None,
                    "gap": f"{gap_share(values.mean(), source.mean(), oracle.mean()):.0f} %" if others else None,
                    "seconds": f"{np.mean(seconds):.0f}" if seconds else None,
                }
            )
    return markdown_table(table, columns)


def guard_table(rows: Sequence[Row]) -> str:
    """What the guard chose with each seed, what that brought, and what the best choice would have brought."""
    columns = (
        Column("pair", "Scanners"),
        Column("seed", "Seed"),
        Column("choice", "Chosen"),
        Column("change", "Change, points", "+.1f"),
        Column("gap", "Share of the gap, %", ".0f"),
        Column("best", "Best method"),
        Column("best_change", "Its change, points", "+.1f"),
    )
    table = []
    for row in (row for row in rows if row["variant"] == CHOICE):
        same = {other["variant"]: other for other in _of(rows, pair=row["pair"], seed=row["seed"])}
        source, oracle = same[SOURCE_ONLY]["dice"], same[ORACLE]["dice"]
        candidates = {name: other["dice"] for name, other in same.items() if name in row["candidates"]}
        best = max(candidates, key=candidates.get)
        table.append(
            {
                "pair": row["pair"],
                "seed": row["seed"],
                "choice": row["choice"],
                "change": 100 * (row["dice"] - source),
                "gap": gap_share(row["dice"], source, oracle),
                "best": best,
                "best_change": 100 * (candidates[best] - source),
            }
        )
    return markdown_table(table, columns)


def agreement_table(rows: Sequence[Row]) -> str:
    """The guard's figures, mean over the seeds, beside the Dice overlap that it cannot see."""
    columns = (Column("pair", "Scanners"), Column("variant", "Network"), Column("dice", "Dice", ".3f"))
    columns += tuple(column for column in COLUMNS if column.key in FIGURES)
    table = []
    for pair in _unique(rows, "pair"):
        for name in _unique(_of(rows, pair=pair), "variant"):
            same = [row for row in _of(rows, pair=pair, variant=name) if row.get("agreement") is not None]
            if same:
                means = {key: float(np.mean([row[key] for row in same])) for key in ("dice", *FIGURES)}
                table.append({"pair": pair, "variant": name} | means)
    return markdown_table(table, columns)


def _of(rows: Sequence[Row], **wanted) -> list[Row]:
    return [row for row in rows if all(row[key] == value for key, value in wanted.items())]


def _unique(rows: Sequence[Row], key: str) -> list:
    return list(dict.fromkeys(row[key] for row in rows))


def _dice(rows: Sequence[Row], pair: str, variant: str) -> np.ndarray:
    return np.array([row["dice"] for row in sorted(_of(rows, pair=pair, variant=variant), key=lambda row: row["seed"])])
