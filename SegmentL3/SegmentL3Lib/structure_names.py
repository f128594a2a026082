"""What the structures of any model are: readable name, color and, where certain, code.

Names of structures differ from data set to data set ("kidney_left", "Left Kidney", "left_kidney"). They are looked up
in ``Resources/Terminology/Structures.csv`` regardless of case, separators and the order of words. A name that is not in
the table keeps its words and gets a color of its own, but no code.
"""

import colorsys
import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import count
from pathlib import Path

from .labels import Code, Label, read_code
from .resources import resource_path

CONTEXT = "Segmentation category and type - DICOM master list"
SIDES = {"left": Code("SCT", "7771000", "Left"), "right": Code("SCT", "24028007", "Right")}
_SIDE_WORDS = {"left": "left", "lt": "left", "l": "left", "right": "right", "rt": "right", "r": "right"}
_EMPTY_WORDS = frozenset({"of", "the"})
_LONGEST_NAME = 80
_NO_COLOR = (0, 0, 0)
_GOLDEN_ANGLE = 0.381966  # of a turn: consecutive hues lie far apart however many there are
_TONES = ((0.75, 0.90), (0.50, 0.95), (0.85, 0.65))  # saturation and value

Key = tuple[str, ...]


@dataclass(frozen=True)
class _Term:
    """A line of the table: a label without its value, and whether there is one of it on each side of the body."""

    label: Label
    paired: bool


def label_structures(structures: Iterable[tuple[int, str]]) -> tuple[Label, ...]:
    """Labels of the structures of a model.

    Each label of the result has an id, a name and a color that no other one has.

    Args:
        structures: value in the label map (1 to 255) and name, as the model's package has it.

    Returns:
        Labels in the given order.
    """
    found = [replace(match_structure(name), value=value) for value, name in structures]
    named = [label if label.name else replace(label, name=f"Structure {label.value}") for label in found]
    return tuple(_with_own_colors(_with_own_names(named)))


def match_structure(name: str) -> Label:
    """Label with value 0 for one name.

    A name that is not in the table gives its own words, without control characters, and neither color (0, 0, 0) nor
    code; its id is empty.
    """
    words = _words(name)
    term = _terms().get(_key(words))
    if term is not None:
        return term.label
    sides = {_SIDE_WORDS[word] for word in words if word in _SIDE_WORDS}
    term = _terms().get(_key(word for word in words if word not in _SIDE_WORDS))
    if term is not None and term.paired and len(sides) == 1:
        return _on_side(term.label, sides.pop())
    return Label(value=0, id="", name=_readable(name), color=_NO_COLOR)


def read_structure_table(path: Path) -> Mapping[Key, _Term]:
    """Read the table of structures.

    Returns:
        Terms by the sorted words of each name and synonym.

    Raises:
        ValueError: a column or value is missing or wrong, or two lines have a name in common.
    """
    terms: dict[Key, _Term] = {}
    with open(path, encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), 2):
            place = f"{path.name}, line {number}"
            try:
                term, names = _term(row), [row["Name"], *filter(None, row["Synonyms"].split(";"))]
            except (KeyError, ValueError, TypeError, AttributeError) as error:
                raise ValueError(f"{place}: {error!r}") from error
            for key in {_key(_words(name)) for name in names}:
                if key in terms:
                    raise ValueError(f"{place}: the name {' '.join(key)} occurs twice")
                terms[key] = term
    return terms


@cache
def _terms() -> Mapping[Key, _Term]:
    return read_structure_table(resource_path("Terminology", "Structures.csv"))


def _term(row: Mapping[str, str]) -> _Term:
    label = Label(
        value=0,
        id=row["Id"],
        name=row["Name"],
        color=tuple(int(row[f"Color_{channel}"]) for channel in "RGB"),
        category=read_code(row, "Category"),
        type=read_code(row, "Type"),
        region=read_code(row, "Region"),
        context=CONTEXT,
    )
    if not (label.id.isidentifier() and label.name):
        raise ValueError("id or name is wrong")
    if label.color == _NO_COLOR or not all(0 <= channel <= 255 for channel in label.color):
        raise ValueError("color is wrong")
    if bool(label.category) != bool(label.type) or row["Paired"] not in ("", "yes"):
        raise ValueError("category without type, or sides unclear")
    return _Term(label, row["Paired"] == "yes")


def _words(name: str) -> list[str]:
    """Words in lower case; "KidneyLeft" and "kidney_left" have the same ones."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return re.findall(r"[^\W_]+", apart.lower())


def _key(words: Iterable[str]) -> Key:
    return tuple(sorted(word for word in words if word not in _EMPTY_WORDS))


def _on_side(label: Label, side: str) -> Label:
    modified = "region_modifier" if label.region else "type_modifier"
    initial = label.name[0] if label.name[1:2].isupper() else label.name[0].lower()
    return replace(
        label,
        id=f"{label.id}_{side}",
        name=f"{side.capitalize()} {initial}{label.name[1:]}",
        color=label.color if side == "left" else _darker(label.color),
        **({modified: SIDES[side]} if label.type else {}),
    )


def _darker(color: tuple[int, int, int]) -> tuple[int, int, int]:
    return tuple(round(0.85 * channel) for channel in color)


def _readable(name: str) -> str:
    """The name on one line, without what a file's header would stumble over."""
    printable = "".join(character if character.isprintable() else " " for character in name)
    text = " ".join(printable.replace("_", " ").split())[:_LONGEST_NAME].strip()
    return text[:1].upper() + text[1:]


def _with_own_names(labels: Sequence[Label]) -> Iterator[Label]:
    ids, names = set(), set()
    for label in labels:
        name = label.name if label.name not in names else f"{label.name} ({label.value})"
        identifier = label.id if label.id and label.id not in ids else f"structure_{label.value}"
        ids.add(identifier)
        names.add(name)
        yield replace(label, id=identifier, name=name)


def _with_own_colors(labels: Iterable[Label]) -> Iterator[Label]:
    labels = list(labels)
    taken = {label.color for label in labels if label.color != _NO_COLOR}
    spare = (color for color in _palette() if color not in taken)
    given = set()
    for label in labels:
        color = label.color if label.color not in {_NO_COLOR, *given} else next(spare)
        given.add(color)
        yield replace(label, color=color)


def _palette() -> Iterator[tuple[int, int, int]]:
    """Colors without end, the same each time."""
    for number in count():
        saturation, value = _TONES[number % len(_TONES)]
        color = colorsys.hsv_to_rgb(number * _GOLDEN_ANGLE % 1, saturation, value)
        yield tuple(round(255 * channel) for channel in color)
