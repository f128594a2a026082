"""What all commands that make phantoms share."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ..errors import UsageError
from ..files import atomic_path
from ..labels import Label
from ..volume import LabelMap
from ..writing import write_segmentation


@contextmanager
def domain_adapt_needed() -> Iterator[None]:
    """Say in plain words that the module which makes phantoms is missing.

    Raises:
        UsageError: an import within the block failed for that reason.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if not str(error.name).startswith("DomainAdaptLib"):
            raise
        raise UsageError("Phantoms are made by the module DomainAdapt, which is not installed.") from error


def check_seed(seed: int) -> None:
    """Refuse a seed below zero.

    Raises:
        UsageError: it is.
    """
    if seed < 0:
        raise UsageError("The seed must be 0 or more.")


def write_truth(labels: LabelMap, entries: Iterable[Label], facts: Mapping, folder: Path) -> tuple[Path, Path]:
    """Write the true segmentation and what is known besides; returns both paths.

    Raises:
        InputError: the folder cannot be written.
    """
    truth, path = folder / "truth.seg.nrrd", folder / "truth.json"
    write_segmentation(labels, entries, truth)
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    return truth, path
