"""What a run estimated of its own labels, and cannot be estimated again without the networks."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from ..quality import codes
from ..results import QualityReason, QualityReport, StructureQuality, report_of


@dataclass(frozen=True)
class Estimates:
    """Parts of a ``QualityReport`` that hold for the labels as the program drew them, and for no others.

    Attributes:
        reasons: those that are not from the checks, which are made again after every edit.
        structures: how far the mask of each structure can be trusted.
        coverage: of their intervals, 0 to 1; None where there is none.
    """

    reasons: tuple[QualityReason, ...] = ()
    structures: tuple[StructureQuality, ...] = ()
    coverage: float | None = None


def estimates_of_document(document: Mapping) -> Estimates:
    """The estimates in a measurements.json; none where it holds none that can be read, since numbers do without."""
    estimates = estimates_of_values(document.get("quality"))
    return replace(estimates, reasons=tuple(reason for reason in estimates.reasons if reason.code not in codes()))


def estimates_of_values(values) -> Estimates:
    """Estimates of plain values, as JSON has them."""
    try:
        structures = (values or {}).get("structures") or ()
        if isinstance(structures, Mapping):
            structures = [{"structure": name, **of_structure} for name, of_structure in structures.items()]
        return Estimates(
            reasons=tuple(_read(QualityReason, reason) for reason in (values or {}).get("reasons", ())),
            structures=tuple(_read(StructureQuality, structure) for structure in structures),
            coverage=(values or {}).get("coverage"),
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        logging.warning("The estimates of quality in the result cannot be read; it is shown without them")
        return Estimates()


def with_estimates(quality: QualityReport, estimates: Estimates) -> QualityReport:
    """A verdict of the checks, made worse where the estimates ask for it."""
    return report_of((*estimates.reasons, *quality.reasons), estimates.structures, estimates.coverage)


def _read(kind, values: Mapping):
    """A dataclass of values by name; names that it does not know are left out, and lists become tuples."""
    names = {field.name for field in fields(kind)}
    known = {name: value for name, value in values.items() if name in names}
    return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in known.items()})
