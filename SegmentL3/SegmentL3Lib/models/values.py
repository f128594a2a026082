"""Values of a package as what they have to be, or an error that names their place."""

import math
from collections.abc import Mapping
from pathlib import PurePosixPath

from ..errors import ModelError

LARGEST = 1e9
_LONGEST_SHOWN = 60


def shown(value) -> str:
    """A value of a package in an error text, cut where it is long."""
    text = str(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def is_number(value) -> bool:
    """Whether a value is a finite number of sensible size (true and false are not numbers)."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) and abs(value) <= LARGEST if isinstance(value, float) else abs(value) <= LARGEST


def number(value, place: str) -> float:
    """A finite number.

    Raises:
        ModelError: something else; the place is named.
    """
    if not is_number(value):
        raise ModelError(f"{place} is not a number: {shown(value)}")
    return float(value)


def positive(value, place: str) -> float:
    """A number above zero.

    Raises:
        ModelError: something else; the place is named.
    """
    if number(value, place) <= 0:
        raise ModelError(f"{place} is not above zero: {shown(value)}")
    return float(value)


def whole(value, place: str, low: int, high: int) -> int:
    """A whole number of a range, its ends included.

    Raises:
        ModelError: something else; the place is named.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ModelError(f"{place} is not a whole number from {low} to {high}: {shown(value)}")
    return value


def flag(value, place: str) -> bool:
    """True or false.

    Raises:
        ModelError: something else; the place is named.
    """
    if not isinstance(value, bool):
        raise ModelError(f"{place} is neither true nor false: {shown(value)}")
    return value


def entries(value, place: str, count: int | None = None) -> list:
    """A list, of ``count`` entries where that is given.

    Raises:
        ModelError: something else; the place is named.
    """
    if not isinstance(value, list | tuple):
        raise ModelError(f"{place} is not a list: {shown(value)}")
    if count is not None and len(value) != count:
        raise ModelError(f"{place} has {len(value)} entries where {count} are needed.")
    return list(value)


def table(value, place: str) -> Mapping:
    """Named entries.

    Raises:
        ModelError: something else; the place is named.
    """
    if not isinstance(value, Mapping):
        raise ModelError(f"{place} does not hold named entries: {shown(value)}")
    return value


def entry(content: Mapping, key: str, place: str):
    """Entry of that name.

    Raises:
        ModelError: there is none.
    """
    if key not in content:
        raise ModelError(f'{place} has no entry "{key}".')
    return content[key]


def one_of(value, place: str, known) -> str:
    """A name out of those that are known.

    Raises:
        ModelError: another one; place and name are told.
    """
    if not isinstance(value, str) or value not in known:
        raise ModelError(f'{place} is not supported: "{shown(value)}"')
    return value


def file_name(value, place: str) -> str:
    """A name that can only be that of a file or folder, not a path.

    Raises:
        ModelError: something else; the place is named.
    """
    plain = isinstance(value, str) and 0 < len(value) <= 200 and value.isprintable()
    if not plain or "\\" in value or PurePosixPath(value).parts != (value,) or value in (".", ".."):
        raise ModelError(f"{place} is not the name of a file: {shown(value)}")
    return value


def title(value) -> str:
    """A text for people on one line; empty where there is none."""
    return " ".join(value.split())[:500] if isinstance(value, str) else ""
