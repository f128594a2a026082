"""Sample data: a phantom CT that is made on this computer, so nothing is downloaded."""

import os
import tempfile
import time
from pathlib import Path

import slicer
from slicer.i18n import tr as _

from ..errors import SegmentL3Error
from . import launcher
from .workerprocess import WorkerProcess

CATEGORY = "SegmentL3"
NAME = "SegmentL3 phantom CT"
SEED = 35
WAIT_S = 0.05


def register() -> None:
    """Add the phantom to the Sample Data module."""
    import SampleData

    SampleData.SampleDataLogic.registerCustomSampleDataSource(
        category=CATEGORY,
        sampleName=NAME,
        thumbnailFileName=str(launcher.MODULE_FOLDER / "Resources" / "Icons" / "Phantom.png"),
        uris=None,
        fileNames=None,
        nodeNames=NAME,
        customDownloader=makePhantom,
    )


def makePhantom(_source=None):
    """Make the phantom in a process of its own, which takes up to a minute, and load it.

    Returns:
        List of the volume node.

    Raises:
        SegmentL3Error: it could not be made; says why.
    """
    slicer.util.showStatusMessage(_("Making the phantom CT, which takes up to a minute..."))
    with tempfile.TemporaryDirectory(prefix="SegmentL3-") as folder:
        command = [launcher.pythonSlicer(), "-m", "SegmentL3Lib.cli", "phantom", "--seed", str(SEED), "--out", folder]
        environment = launcher.workerEnvironment(os.environ, "cpu")
        _waitFor(WorkerProcess(command, str(launcher.MODULE_FOLDER), environment))
        return [slicer.util.loadVolume(str(Path(folder) / "ct.nii.gz"), {"name": NAME})]


def _waitFor(process):
    lines = []
    while not process.isFinished():
        slicer.app.processEvents()
        lines += [event.text for event in process.takeEvents()]
        time.sleep(WAIT_S)
    lines += [event.text for event in process.takeEvents()]
    if process.exitCode != 0:
        raise SegmentL3Error(_("The phantom could not be made. {reason}").format(reason=" ".join(lines[-1:])))
