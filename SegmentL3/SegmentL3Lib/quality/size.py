"""Do the numbers fit the sex and size that the user has given?"""

from ..measure import load_equations
from ..results import QualityReason
from .limits import limit
from .reasons import CHECK, reason
from .subject import Subject


def muscle_implausible_for_sex(subject: Subject) -> QualityReason | None:
    """A muscle index that neither illness nor training explains."""
    smi, sex = subject.measurements.indices.get("smi_cm2_per_m2"), subject.patient.sex
    if smi is None or sex is None:
        return None
    low, high = limit("size", f"smi_{sex}")
    if low <= smi <= high:
        return None
    unit = next(equation.unit for equation in load_equations() if equation.id == "smi_cm2_per_m2")
    text = f"The muscle index is {smi:.0f} {unit} (expected {low:g} to {high:g} for this sex)."
    return reason("MUSCLE_FOR_SIZE", CHECK, text)


def body_implausible_for_size(subject: Subject) -> QualityReason | None:
    """A trunk that does not fit height and weight: they belong to somebody else, or their units are wrong."""
    height_cm, weight_kg = subject.patient.height_cm, subject.patient.weight_kg
    if height_cm is None or weight_kg is None:
        return None
    mean_section_cm2 = 1000 * weight_kg / height_cm  # of a column of water
    ratio = float(subject.body.sum() * subject.pixel_cm2) / mean_section_cm2
    low, high = limit("size", "trunk_by_mean_section")
    if low <= ratio <= high:
        return None
    text = (
        f"The trunk is {ratio:.1f} times as large as height and weight let expect of the whole body's mean section "
        f"({low:g} to {high:g})."
    )
    return reason("BODY_FOR_SIZE", CHECK, text)
