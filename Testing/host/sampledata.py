"""Stand-in for Slicer's SampleData module: data sets are registered, nothing is downloaded."""

import types

registered = []  # keyword arguments of each registered data set


def _register(category=None, sampleName=None, **details):
    registered.append({"category": category, "sampleName": sampleName, **details})


def module():
    """The module that `import SampleData` gives."""
    python = types.ModuleType("SampleData")
    python.SampleDataLogic = type("SampleDataLogic", (), {"registerCustomSampleDataSource": staticmethod(_register)})
    return python
