"""Weights that have not seen the patients they are measured on, as the recipe says."""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from SegmentL3Lib.errors import InputError, ModelError
from SegmentL3Lib.models import Bundle

from ..training.packaging import package
from ..training.recipe import read_recipe, weights_path


def held_out_cases(name: str) -> list[str]:
    """All patients that a recipe measures some run on."""
    return [case for cases in read_recipe(name)["measured"].values() for case in cases]


def names_that_measure(names: Sequence[str], cases: Collection[str]) -> list[str]:
    """Those of the recipes that measure at least one of the patients.

    Raises:
        InputError: no run of any of them has left a patient out; names them, and those that can be measured.
    """
    known = {name: held_out_cases(name) for name in names}
    measurable = {case for own in known.values() for case in own}
    unknown = sorted(set(cases) - measurable)
    if unknown:
        choice = ", ".join(sorted(measurable))
        raise InputError(f"No weights have left out {', '.join(unknown)}. Choose from {choice}.")
    return [name for name, own in known.items() if set(own) & set(cases)]


def held_out_models(
    name: str, work: Path, cases: Collection[str] | None = None
) -> Iterator[tuple[Bundle, tuple[str, ...]]]:
    """Each run's model and the patients to measure it on.

    Args:
        work: folder with the weights of the recipe's runs; packages are written there too.
        cases: patients wanted; all if None.

    Raises:
        ModelError: the weights of a run that is needed are not in ``work``.
    """
    for run, measured in read_recipe(name)["measured"].items():
        wanted = tuple(case for case in measured if cases is None or case in cases)
        if not wanted:
            continue
        weights = weights_path(name, run, work)
        if not weights.exists():
            raise ModelError(
                f"The weights {weights.name} that have not seen {', '.join(wanted)} are not in {work}. "
                f"Run: domain-adapt train {name}"
            )
        yield package(name, run, work), wanted
