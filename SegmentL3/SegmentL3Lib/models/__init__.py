"""Model packages (MONAI bundles in declarative form, nnU-Net v2 result folders): read without running their code."""

from .bundle import Bundle, load_bundle
from .package_info import PackageInfo
from .plan import Normalization, Resampling, SegmentationModel, Stage, Structure, Window
from .reader import inspect_package, load_model
from .shipped import shipped_model
from .writing import write_bundle

__all__ = [
    "Bundle",
    "Normalization",
    "PackageInfo",
    "Resampling",
    "SegmentationModel",
    "Stage",
    "Structure",
    "Window",
    "inspect_package",
    "load_bundle",
    "load_model",
    "shipped_model",
    "write_bundle",
]
