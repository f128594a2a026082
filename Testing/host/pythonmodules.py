"""Submodules of the `slicer` package that the slicer-core wheel lacks."""

import sys
import types

import slicer


def install(name, members):
    """Make `slicer.<name>` importable with these members; `import *` gives them all."""
    python = types.ModuleType(f"slicer.{name}")
    vars(python).update(members, __all__=list(members))
    install_module(name, python)


def install_module(name, python):
    """Make an existing module importable as `slicer.<name>`."""
    sys.modules[f"slicer.{name}"] = python
    setattr(slicer, name, python)
