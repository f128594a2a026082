"""Model packages (MONAI bundles in declarative form, nnU-Net v2 result folders): read without running their code."""

import importlib

# Which module has what. It is imported when something of it is first used: a list of models does without PyTorch.
_MODULES = {
    "Bundle": "bundle",
    "Normalization": "plan",
    "PackageInfo": "package_info",
    "Resampling": "plan",
    "SegmentationModel": "plan",
    "Stage": "plan",
    "Structure": "plan",
    "Window": "plan",
    "inspect_package": "reader",
    "load_bundle": "bundle",
    "load_model": "reader",
    "shipped_model": "shipped",
    "write_bundle": "writing",
}


def __getattr__(name: str):
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
