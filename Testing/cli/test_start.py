"""What a command does not need is not imported: it would take seconds."""

import os
import subprocess
import sys

import pytest

from models.packages import write_segmenter
from SegmentL3Lib.models.store import ModelStore
from static.project import MODULES, ROOT

PROGRAM = """
import sys
from SegmentL3Lib.cli import main
code = main(sys.argv[1:])
print(*sorted({"torch", "monai"} & set(sys.modules)), file=sys.stderr)
sys.exit(code)
"""
READERS = "import sys, SegmentL3Lib.models.reader, SegmentL3Lib.inference; sys.exit('monai' in sys.modules)"
AT_L3 = """import sys
from SegmentL3Lib import pipeline
from SegmentL3Lib.models import shipped_model
from SegmentL3Lib.models.shipped import LEVEL_MODEL, TISSUE_MODEL
shipped_model(LEVEL_MODEL), shipped_model(TISSUE_MODEL)
sys.exit('monai' in sys.modules)"""


@pytest.fixture
def folder(tmp_path):
    """A models folder with a model that was imported before."""
    store = ModelStore(tmp_path / "store")
    store.add(write_segmenter(tmp_path / "tiny"))
    return store.folder


def start(program: str, *arguments: str) -> subprocess.CompletedProcess:
    path = os.pathsep.join(str(ROOT / module) for module in MODULES)
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("arguments", [["--help"], ["tasks"], ["models", "check", "--help"]])
def test_help_and_tasks_are_told_without_pytorch(arguments):
    done = start(PROGRAM, *arguments)
    assert done.returncode == 0
    assert done.stderr.split() == []


def test_models_that_are_known_are_listed_and_removed_without_pytorch(folder):
    listed = start(PROGRAM, "models", "list", "--models-dir", str(folder))
    assert "Tiny-segmenter" in listed.stdout
    assert listed.stderr.split() == []
    removed = start(PROGRAM, "models", "remove", "Tiny-segmenter", "--models-dir", str(folder))
    assert removed.returncode == 0
    assert removed.stderr.split() == []


def test_models_of_nnunet_are_run_without_monai():
    assert start(READERS).returncode == 0


def test_the_slice_at_l3_is_found_and_segmented_without_monai():
    assert start(AT_L3).returncode == 0
