"""Refinement of what a network says by what the images show."""

from .mean_field import CrfParameters, dense_crf
from .parameters import refinement_parameters
from .crf_refiner import refine_with_crf

__all__ = ["CrfParameters", "dense_crf", "refine_with_crf", "refinement_parameters"]
