"""Derived quantities, computed from equations that are data: no formula is code, no data is executed."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from ..resources import resource_path

# What the user has to supply, in the words and the order of a reason.
_ASKED_FOR = {"sex": "sex", "height_cm": "height", "height_m": "height", "weight_kg": "weight"}


@dataclass(frozen=True)
class Term:
    """Coefficient times the product of inputs raised to powers."""

    coefficient: float
    powers: Mapping[str, float]


@dataclass(frozen=True)
class ValidRange:
    """Where a form holds: an input at most ``maximum`` and greater than ``above`` (None: no limit)."""

    input: str
    name: str
    maximum: float | None
    above: float | None
    source: str


@dataclass(frozen=True)
class Form:
    """One form of an equation: sum of terms divided by sum of divisor terms; ``sex`` None holds for both."""

    sex: str | None
    formula: str
    terms: tuple[Term, ...]
    divisor: tuple[Term, ...]
    valid: tuple[ValidRange, ...]

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of everything that the form or its valid range uses."""
        names = [name for term in (*self.terms, *self.divisor) for name in term.powers]
        return tuple(dict.fromkeys(names + [limit.input for limit in self.valid]))


@dataclass(frozen=True)
class Equation:
    """A derived quantity with its formula; ``source`` is None for plain ratios, which nobody published first."""

    id: str
    name: str
    short: str
    unit: str
    decimals: int
    group: str
    source: str | None
    doi: str | None
    forms: tuple[Form, ...]


@cache
def load_equations() -> tuple[Equation, ...]:
    """Equations of ``Resources/Measurements/equations.json``, in its order; later ones may use earlier ones."""
    return tuple(_equation(entry) for entry in _document()["equations"])


@cache
def load_equation_groups() -> tuple[str, ...]:
    """Names of the groups of equations, in the order for display."""
    return tuple(_document()["groups"])


def evaluate_equations(
    inputs: Mapping[str, float | None], sex: str | None, input_reasons: Mapping[str, str] | None = None
) -> tuple[dict[str, float | None], dict[str, str]]:
    """Value of every equation, None where it cannot be computed, and the reason for each None.

    Args:
        inputs: ``height_cm``, ``height_m``, ``weight_kg``, ``<tissue>_area_cm2``, ``<tissue>_mean_hu``; None where not
            known.
        sex: "female", "male" or None.
        input_reasons: why an input is None, by name.

    Returns:
        Values by equation id, and reasons for those without a value, by equation id, beside those of the inputs.
    """
    known = dict(inputs)
    values: dict[str, float | None] = {}
    reasons: dict[str, str] = dict(input_reasons or {})
    lacking: dict[str, tuple[str, ...]] = {}
    for equation in load_equations():
        value, reason, missing = _evaluate(equation, known, sex, reasons, lacking)
        values[equation.id] = known[equation.id] = value
        if value is None:
            reasons[equation.id] = reason
            lacking[equation.id] = missing
    return values, reasons


def missing_text(names) -> str:
    """Sentence that says which of sex, height and weight are missing, such as "Height and weight are missing."."""
    missing = set(names)
    unique = [name for name in dict.fromkeys(_ASKED_FOR.values()) if name in missing]
    listed = " and ".join([", ".join(unique[:-1]), unique[-1]] if len(unique) > 1 else unique)
    return f"{listed[:1].upper()}{listed[1:]} {'are' if len(unique) > 1 else 'is'} missing."


def _evaluate(equation, known, sex, reasons, lacking) -> tuple[float | None, str, tuple[str, ...]]:
    """Value, or None with the reason and the names of what the user has not told."""
    form = next((form for form in equation.forms if form.sex in (None, sex)), None)
    needed = (form or equation.forms[0]).inputs
    missing = [] if form else ["sex"]
    for name in needed:
        if known[name] is None:
            missing += lacking.get(name, (_ASKED_FOR[name],) if name in _ASKED_FOR else ())
    if missing:
        return None, missing_text(missing), tuple(missing)
    for name in needed:
        if known[name] is None:
            return None, reasons.get(name, "The segment is empty."), ()
    for limit in form.valid:
        reason = _outside(limit, known[limit.input])
        if reason:
            return None, reason, ()
    value = _quotient(form, known)
    return (value, "", ()) if value is not None else (None, "The divisor is zero: the segment is empty.", ())


def _outside(limit: ValidRange, value: float) -> str | None:
    if limit.maximum is not None and value > limit.maximum:
        return (
            f"The formula does not hold for a {limit.name} above {limit.maximum:g} (here {value:.1f}; {limit.source})."
        )
    if limit.above is not None and value <= limit.above:
        return f"{limit.source} ({limit.name} is {value:g})."
    return None


def _quotient(form: Form, known: Mapping[str, float]) -> float | None:
    try:
        divisor = _sum(form.divisor, known) if form.divisor else 1.0
        return _sum(form.terms, known) / divisor
    except ZeroDivisionError:
        return None


def _sum(terms: tuple[Term, ...], known: Mapping[str, float]) -> float:
    return math.fsum(
        term.coefficient * math.prod(known[name] ** power for name, power in term.powers.items()) for term in terms
    )


def _document() -> dict:
    return json.loads(resource_path("Measurements", "equations.json").read_text(encoding="utf-8"))


def _equation(entry: dict) -> Equation:
    plain = {key: entry[key] for key in ("id", "name", "short", "unit", "decimals", "group", "source", "doi")}
    return Equation(**plain, forms=tuple(_form(form) for form in entry["forms"]))


def _form(entry: dict) -> Form:
    return Form(
        sex=entry["sex"],
        formula=entry["formula"],
        terms=_terms(entry["terms"]),
        divisor=_terms(entry.get("divisor", ())),
        valid=tuple(
            ValidRange(name, limit["name"], limit.get("max"), limit.get("above"), limit["source"])
            for name, limit in entry.get("valid", {}).items()
        ),
    )


def _terms(entries) -> tuple[Term, ...]:
    return tuple(Term(entry["coefficient"], entry["powers"]) for entry in entries)
