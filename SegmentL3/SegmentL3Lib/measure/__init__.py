"""Numbers of one slice: areas, mean HU, indices by body size and published cut-offs."""

from .cutoffs import Cutoff, apply_cutoffs, load_cutoffs
from .indices import Equation, evaluate_equations, load_equation_groups, load_equations
from .patient import make_patient
from .slice import contrast_given, measure_slice
from .tissues import Tissue, load_tissues, measure_tissues, tissue_mask

__all__ = [
    "Cutoff",
    "Equation",
    "Tissue",
    "apply_cutoffs",
    "contrast_given",
    "evaluate_equations",
    "load_cutoffs",
    "load_equation_groups",
    "load_equations",
    "load_tissues",
    "make_patient",
    "measure_slice",
    "measure_tissues",
    "tissue_mask",
]
