"""The labels of a segmentation: value, name, color and coded meaning, from ``Resources/Terminology``."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .resources import resource_path

TERMINOLOGY_CONTEXT = "SegmentL3"
REGION_CONTEXT = "Anatomic codes - DICOM master list"


@dataclass(frozen=True)
class Code:
    """A coded term; all parts are empty where there is none."""

    scheme: str = ""
    value: str = ""
    meaning: str = ""

    def __str__(self) -> str:
        return f"{self.scheme}^{self.value}^{self.meaning}"

    def __bool__(self) -> bool:
        return bool(self.value)


@dataclass(frozen=True)
class Label:
    """One label.

    Attributes:
        value: voxel value in a label map, 1 to 255.
        id: name in code and in files, such as ``visceral_fat``.
        name: name for the user.
        color: red, green, blue, 0 to 255.
        category, type, type_modifier, region, region_modifier: what it is, as DICOM segmentations say it; all empty
            where no code is known.
        context: list of terms in 3D Slicer from which category and type are taken.
    """

    value: int
    id: str
    name: str
    color: tuple[int, int, int]
    category: Code = Code()
    type: Code = Code()
    type_modifier: Code = Code()
    region: Code = Code()
    region_modifier: Code = Code()
    context: str = TERMINOLOGY_CONTEXT

    @property
    def terminology_entry(self) -> str:
        """The codes as one string, as 3D Slicer keeps them in the segment tag ``TerminologyEntry``; may be empty."""
        if not self.type:
            return ""
        region_context = REGION_CONTEXT if self.region else ""
        parts = (
            *(self.context, self.category, self.type, self.type_modifier),
            *(region_context, self.region, self.region_modifier),
        )
        return "~".join(str(part) for part in parts)


@cache
def load_labels() -> tuple[Label, ...]:
    """The labels of body composition at L3, by value (``Resources/Terminology/L3Tissue.csv``)."""
    return read_label_table(resource_path("Terminology", "L3Tissue.csv"))


def read_label_table(path: Path) -> tuple[Label, ...]:
    """Read a color table of 3D Slicer (CSV) that has an ``Id`` column too.

    Raises:
        ValueError: a column or value is missing or wrong, or a value, id or name occurs twice.
    """
    with open(path, encoding="utf-8", newline="") as file:
        labels = [_label(row, f"{path.name}, line {number}") for number, row in enumerate(csv.DictReader(file), 2)]
    for attribute in ("value", "id", "name"):
        values = [getattr(label, attribute) for label in labels]
        if len(set(values)) != len(values):
            raise ValueError(f"{path.name}: a label {attribute} occurs twice")
    return tuple(sorted(labels, key=lambda label: label.value))


def _label(row: Mapping[str, str], place: str) -> Label:
    try:
        label = Label(
            value=int(row["LabelValue"]),
            id=row["Id"],
            name=row["Name"],
            color=tuple(int(row[f"Color_{channel}"]) for channel in "RGB"),
            category=read_code(row, "Category"),
            type=read_code(row, "Type"),
            type_modifier=read_code(row, "TypeModifier"),
            region=read_code(row, "Region"),
            region_modifier=read_code(row, "RegionModifier"),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise ValueError(f"{place}: {error!r}") from error
    if not 1 <= label.value <= 255 or not all(0 <= channel <= 255 for channel in label.color):
        raise ValueError(f"{place}: label value or color out of range")
    if not (label.id.isidentifier() and label.name and label.category and label.type):
        raise ValueError(f"{place}: id, name, category and type are needed")
    return label


def read_code(row: Mapping[str, str], column: str) -> Code:
    """Code of the three cells of a table whose headers begin with ``column``.

    Raises:
        ValueError: some of them are filled, but not all.
        KeyError: a cell is missing.
    """
    code = Code(*(row[f"{column}_{part}"] for part in ("CodingScheme", "CodeValue", "CodeMeaning")))
    if any((code.scheme, code.value, code.meaning)) and not all((code.scheme, code.value, code.meaning)):
        raise ValueError(f"{column} is incomplete")
    return code
