"""Refinement of what a network says by what the images show."""

from .crf_refiner import refine_with_crf
from .mean_field import CrfParameters, dense_crf

__all__ = ["CrfParameters", "dense_crf", "refine_with_crf"]
