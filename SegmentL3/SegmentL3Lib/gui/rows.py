"""The numbers as rows of text for the panel and for table nodes."""

from dataclasses import dataclass

from ..labels import load_labels
from ..measure import load_equation_groups, load_equations, load_tissues
from ..measure.cutoffs import NOT_ASSESSABLE, quantity_names
from ..results import CutoffResult, Measurements

UNKNOWN = "\u2013"
PARTS = {"low_attenuation_muscle", "normal_attenuation_muscle"}


@dataclass(frozen=True)
class TissueRow:
    """Area and mean HU of one tissue; color (0 to 1) is that of its segment, None for a part of the tissue above."""

    segment: str
    name: str
    color: tuple[float, float, float] | None
    window: str
    area: str
    meanHu: str
    hint: str


@dataclass(frozen=True)
class IndexRow:
    """One derived quantity; a value of "–" has its reason in the hint."""

    group: str
    name: str
    value: str
    hint: str


@dataclass(frozen=True)
class CutoffRow:
    """One published cut-off and how the patient compares."""

    name: str
    result: str
    isBelow: bool
    hint: str


def tissueRows(measurements: Measurements) -> list[TissueRow]:
    """Rows of the tissue table, in the order of the measured tissues."""
    colors = {label.id: label.color for label in load_labels()}
    return [
        TissueRow(
            segment=tissue.segment,
            name=tissue.name,
            color=None if tissue.id in PARTS else tuple(channel / 255 for channel in colors[tissue.segment]),
            window=windowText(tissue),
            area=number(measurements.area_cm2[tissue.id], 1),
            meanHu=number(measurements.mean_hu[tissue.id], 1),
            hint=" ".join(filter(None, [measurements.reasons.get(f"{tissue.id}_area_cm2"), f"{tissue.source}."])),
        )
        for tissue in load_tissues()
    ]


def windowText(tissue) -> str:
    """The window of CT numbers of a tissue, as the table shows it."""
    return UNKNOWN if tissue.hu_min is None else f"{tissue.hu_min:g} to {tissue.hu_max:g}"


def indexRows(measurements: Measurements) -> list[IndexRow]:
    """Rows of the table of derived quantities, group by group."""
    equations = {group: [each for each in load_equations() if each.group == group] for group in load_equation_groups()}
    return [_indexRow(each, measurements) for group in equations.values() for each in group]


def _indexRow(equation, measurements) -> IndexRow:
    value = measurements.indices.get(equation.id)
    shown = number(value, equation.decimals)
    formula = ", ".join(dict.fromkeys(form.formula for form in equation.forms))
    reason = measurements.reasons.get(equation.id, "") if value is None else ""
    return IndexRow(
        group=equation.group,
        name=equation.name if equation.short in equation.name else f"{equation.name} ({equation.short})",
        value=f"{shown} {equation.unit}".strip() if value is not None else UNKNOWN,
        hint=" ".join(filter(None, [reason, f"{formula}. {equation.source}."])),
    )


def cutoffRows(cutoffs: tuple[CutoffResult, ...]) -> list[CutoffRow]:
    """Rows of the table of cut-offs, those that could be applied first."""
    ordered = sorted(cutoffs, key=lambda cutoff: cutoff.result == NOT_ASSESSABLE)
    return [_cutoffRow(cutoff) for cutoff in ordered]


def _cutoffRow(cutoff) -> CutoffRow:
    names = quantity_names() | {equation.id: equation.short for equation in load_equations()}
    threshold = "" if cutoff.threshold is None else f" < {cutoff.threshold:g} {cutoff.unit}"
    return CutoffRow(
        name=f"{names[cutoff.quantity]}{threshold} ({cutoff.name})",
        result=cutoff.result,
        isBelow=cutoff.result == "below",
        hint=f"{cutoff.reason} {cutoff.population}. {cutoff.citation}",
    )


def missingForCutoffs(cutoffs: tuple[CutoffResult, ...]) -> list[str]:
    """The different reasons why cut-offs could not be assessed."""
    return list(dict.fromkeys(cutoff.reason for cutoff in cutoffs if cutoff.result == NOT_ASSESSABLE))


def number(value: float | None, decimals: int) -> str:
    """A number with fixed decimals, a dash for None."""
    return UNKNOWN if value is None else f"{value:.{decimals}f}"
