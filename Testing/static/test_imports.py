"""Imports run downwards only, and nothing heavy is imported where Slicer's GUI process would wait for it."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from graphlib import TopologicalSorter

import pytest

from static import imports
from static.project import LIBRARIES, MODULES, ROOT

# From the ground up; a module may import its own floor and those below.
FLOORS = (
    {
        "checks",
        "connected",
        "csv_text",
        "doubt_files",
        "errors",
        "files",
        "itk_images",
        "labels",
        "models_folder",
        "orientation",
        "prediction_files",
        "process",
        "progress",
        "reading",
        "regions",
        "resources",
        "results",
        "spine_line",
        "spine_sequence",
        "spine_views",
        "structure_names",
        "structure_volumes",
        "task_results",
        "tasks",
        "volume",
        "writing",
    },
    {"body", "fascia", "pads", "slice_alignment", "pixel_features", "tissue_tree"},
    {"networks", "models"},
    {
        "inference",
        "locate",
        "segment",
        "refine",
        "postprocess",
        "refinement",
        "measure",
        "quality",
        "report",
        "trust",
    },
    {"pipeline", "predict", "task_pipeline", "anatomical_box"},
    {"job", "model_jobs", "task_jobs"},
    {"cli", "worker"},
    {"mrml", "gui"},
)
GROUND_PACKAGES = {"numpy", "SimpleITK"}
TORCH_ROOMS = {"networks", "models", "inference", "locate", "segment", "pipeline", "predict", "trust", "anatomical_box"}
# The command line stands above both libraries, but may reach for DomainAdaptLib only when a command needs it.
ABOVE_DOMAIN_ADAPT = {f"SegmentL3Lib.cli.{name}" for name in ("phantom", "head_phantom", "fetal_phantom")}


def floor_of(name: str) -> int:
    room = name.split(".")[1]
    return next((number for number, rooms in enumerate(FLOORS) if room in rooms), -1)


def importers(names: Iterable[str], forbidden: set[str], imported: Callable[[str], set[str]]) -> dict[str, set[str]]:
    """Those of the modules that import one of the forbidden packages, and which."""
    found = {name: imports.top_level(imported(name)) & forbidden for name in names}
    return {name: packages for name, packages in found.items() if packages}


def test_every_library_module_has_a_floor():
    assert [name for name in imports.library_modules("SegmentL3Lib") if floor_of(name) < 0] == []


def test_library_modules_import_nothing_above_their_floor():
    library = set(imports.library_modules("SegmentL3Lib"))
    upward = [
        (name, target)
        for name in library
        for target in imports.project_imports(name, imports.imports_anywhere(name)) & library
        if floor_of(target) > floor_of(name)
    ]
    assert upward == []


def test_no_circle_of_imports():
    graph = {name: imports.project_imports(name, imports.imports_at_module_scope(name)) for name in imports.sources()}
    TopologicalSorter(graph).prepare()


@pytest.mark.parametrize("library", LIBRARIES)
def test_importing_a_library_imports_nothing_else(library):
    assert imports.imports_anywhere(library) == set()


@pytest.mark.parametrize("name", ["SegmentL3Lib.volume", "SegmentL3Lib.labels"])
def test_ground_floor_imports_numpy_and_simpleitk_only(name):
    outside = imports.top_level(imports.imports_anywhere(name)) - set(sys.stdlib_module_names) - {"SegmentL3Lib"}
    assert outside <= GROUND_PACKAGES


def test_segment_l3_stands_without_domain_adapt():
    library = set(imports.library_modules("SegmentL3Lib"))
    above = {"DomainAdaptLib", "DomainAdapt"}
    assert importers(library - ABOVE_DOMAIN_ADAPT, above, imports.imports_anywhere) == {}
    assert importers(library, above, imports.imports_at_module_scope) == {}


@pytest.mark.parametrize("library", LIBRARIES)
def test_no_library_imports_a_module_file(library):
    assert importers(imports.library_modules(library), set(MODULES), imports.imports_anywhere) == {}


def test_only_gui_and_mrml_touch_slicer():
    others = set(imports.sources()) - set(imports.gui_modules())
    assert importers(others, imports.SLICER_PACKAGES, imports.imports_anywhere) == {}


def test_gui_and_mrml_do_not_touch_torch():
    assert importers(imports.gui_modules(), imports.TORCH_PACKAGES, imports.imports_anywhere) == {}


def test_nothing_that_slicer_imports_with_a_module_imports_torch():
    reached = imports.closure(imports.gui_modules())
    assert importers(reached, imports.TORCH_PACKAGES, imports.imports_at_module_scope) == {}


def test_torch_is_imported_at_module_scope_up_to_the_pipeline_only():
    others = [name for name in imports.library_modules("SegmentL3Lib") if name.split(".")[1] not in TORCH_ROOMS]
    assert importers(others, imports.TORCH_PACKAGES, imports.imports_at_module_scope) == {}


def test_what_slicer_imports_with_a_module_can_be_imported_without_torch():
    names = imports.closure(imports.gui_modules())
    blocked = "".join(f"sys.modules[{package!r}] = None\n" for package in sorted(imports.TORCH_PACKAGES))
    program = "import sys\n" + blocked + "".join(f"import {name}\n" for name in sorted(names) if not needs_slicer(name))
    path = os.pathsep.join(str(ROOT / module) for module in MODULES)
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def needs_slicer(name: str) -> bool:
    return bool(importers(imports.closure([name]), imports.SLICER_PACKAGES, imports.imports_at_module_scope))
