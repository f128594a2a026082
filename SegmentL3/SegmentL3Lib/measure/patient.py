"""What the user says of the patient, checked before anything is computed with it."""

import json
from functools import cache

from ..errors import UsageError
from ..resources import resource_path
from ..results import Patient


def make_patient(sex: str | None = None, height_cm: float | None = None, weight_kg: float | None = None) -> Patient:
    """Patient with plausible values; None stays None, nothing is guessed.

    Args:
        sex: "female", "male" or None.
        height_cm: height in cm.
        weight_kg: weight in kg.

    Raises:
        UsageError: a value is outside the limits of ``Resources/Measurements/patient.json``.
    """
    limits = _limits()
    if sex is not None and sex not in limits["sex"]:
        raise UsageError(f"Sex must be {' or '.join(limits['sex'])}; '{sex}' was given.")
    _check(height_cm, limits["height_cm"])
    _check(weight_kg, limits["weight_kg"])
    return Patient(sex, height_cm, weight_kg)


@cache
def _limits() -> dict:
    return json.loads(resource_path("Measurements", "patient.json").read_text(encoding="utf-8"))


def _check(value: float | None, limit: dict) -> None:
    # The comparison is written so that NaN fails it too.
    if value is None or limit["min"] <= value <= limit["max"]:
        return
    unit = limit["unit"]
    raise UsageError(
        f"{limit['name']} must be between {limit['min']} and {limit['max']} {unit}; {value:g} {unit} was given."
    )
