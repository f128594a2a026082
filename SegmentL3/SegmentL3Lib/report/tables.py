"""Numbers as people read them: the rows of the report and of the picture's legend."""

from dataclasses import dataclass
from itertools import groupby

from ..labels import Label
from ..measure import Equation, load_equation_groups, load_equations, load_tissues
from ..measure.cutoffs import quantity_names
from ..results import CutoffResult, Measurements, QualityReport, Result

NOTHING = "–"
NO_WINDOW = "no window"


@dataclass(frozen=True)
class TissueRow:
    """One line of the table of areas; ``part_of_row_above`` marks a share of the tissue above it."""

    name: str
    color: str | None
    window: str
    area_cm2: str
    mean_hu: str
    part_of_row_above: bool


@dataclass(frozen=True)
class IndexRow:
    """One line of the table of indices; ``value`` is a dash where it could not be computed."""

    name: str
    short: str
    value: str
    unit: str
    reference: int | None


@dataclass(frozen=True)
class CutoffRow:
    """One line of the table of cut-offs; the quantity is empty where it is that of the line above."""

    name: str
    quantity: str
    threshold: str
    value: str
    unit: str
    result: str
    reason: str
    population: str
    reference: int


@dataclass(frozen=True)
class QualityRow:
    """One line of the table of what is estimated of each structure."""

    name: str
    dice: str
    dice_interval: str
    area_interval_cm2: str


class References:
    """Numbers the sources in the order in which they are first cited."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def number(self, text: str) -> int:
        """Number of a source, from 1."""
        if text not in self.texts:
            self.texts.append(text)
        return self.texts.index(text) + 1


def tissue_rows(measurements: Measurements, labels: tuple[Label, ...]) -> list[TissueRow]:
    """One row for each measured tissue, in the order of the data file; a segment's color stands at its first row."""
    colors = {label.id: hex_color(label) for label in labels}
    rows, seen = [], set()
    for tissue in load_tissues():
        first = tissue.segment not in seen
        seen.add(tissue.segment)
        rows.append(
            TissueRow(
                name=tissue.name,
                color=colors[tissue.segment],
                window=NO_WINDOW if tissue.hu_min is None else f"{tissue.hu_min:g} to {tissue.hu_max:g}",
                area_cm2=_number(measurements.area_cm2[tissue.id], 1),
                mean_hu=_number(measurements.mean_hu[tissue.id], 1),
                part_of_row_above=not first,
            )
        )
    return rows


def quality_rows(quality: QualityReport, labels: tuple[Label, ...]) -> list[QualityRow]:
    """One row for each structure that was estimated, in the order of the labels."""
    found = {item.structure: item for item in quality.structures}
    return [
        QualityRow(
            name=label.name,
            dice=_number(item.dice, 2),
            dice_interval=_interval(item.dice_interval, 2),
            area_interval_cm2=_interval(item.area_interval_cm2, 1),
        )
        for label in labels
        if (item := found.get(label.id))
    ]


def index_groups(result: Result, references: References) -> list[tuple[str, list[IndexRow]]]:
    """Rows of derived quantities by group, in the order for display."""
    return [
        (group, [_index_row(equation, result, references) for equation in load_equations() if equation.group == group])
        for group in load_equation_groups()
    ]


def not_computed(measurements: Measurements) -> list[tuple[str, list[str]]]:
    """Reasons why quantities have no value, each with the names of the quantities."""
    names: dict[str, list[str]] = {}
    areas = [(f"{tissue.id}_area_cm2", f"Area of {tissue.title.lower()}") for tissue in load_tissues()]
    for key, name in (*areas, *((equation.id, equation.name) for equation in load_equations())):
        if key in measurements.reasons:
            names.setdefault(measurements.reasons[key], []).append(name)
    return list(names.items())


def cutoff_rows(measurements: Measurements, references: References) -> list[CutoffRow]:
    """One row for each publication and quantity."""
    rows = []
    for quantity, cutoffs in groupby(measurements.cutoffs, key=lambda cutoff: cutoff.quantity):
        title = quantity_names()[quantity]
        for cutoff in cutoffs:
            rows.append(_cutoff_row(cutoff, title, references))
            title = ""
    return rows


def hex_color(label: Label) -> str:
    """Color of a label as HTML writes it."""
    return "#{:02x}{:02x}{:02x}".format(*label.color)


def _cutoff_row(cutoff: CutoffResult, title: str, references: References) -> CutoffRow:
    return CutoffRow(
        name=cutoff.name,
        quantity=title,
        threshold=NOTHING if cutoff.threshold is None else f"< {cutoff.threshold:g}",
        value=_apart(cutoff.value, cutoff.threshold),
        unit=cutoff.unit,
        result=cutoff.result,
        reason=cutoff.reason,
        population=cutoff.population,
        reference=references.number(cutoff.citation),
    )


def _index_row(equation: Equation, result: Result, references: References) -> IndexRow:
    return IndexRow(
        name=equation.name,
        short=equation.short,
        value=_number(result.measurements.indices[equation.id], equation.decimals),
        unit=equation.unit,
        reference=references.number(_citation(equation, result.patient.sex)) if equation.source else None,
    )


def _citation(equation: Equation, sex: str | None) -> str:
    """Source with DOI and, where sex decides no more, the formula."""
    formulas = [form.formula for form in equation.forms if form.sex in (None, sex)]
    parts = [equation.source, f"doi:{equation.doi}" if equation.doi else "", *formulas]
    return ". ".join(filter(None, parts))


def _apart(value: float | None, threshold: float | None) -> str:
    """Value with so many decimals that it does not look equal to a threshold that it does not equal."""
    for decimals in (1, 2, 3):
        shown = _number(value, decimals)
        if value is None or value == threshold or float(shown) != threshold:
            break
    return shown


def _interval(ends: tuple[float, float] | None, decimals: int) -> str:
    return NOTHING if ends is None else f"{ends[0]:.{decimals}f} to {ends[1]:.{decimals}f}"


def _number(value: float | None, decimals: int) -> str:
    return NOTHING if value is None else f"{value:.{decimals}f}"
