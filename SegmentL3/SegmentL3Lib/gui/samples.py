"""Sample data: a phantom CT that is made on this computer, so nothing is downloaded."""

import os
import tempfile
from pathlib import Path

import slicer
from slicer.i18n import tr as _

from . import launcher

CATEGORY = "SegmentL3"
NAME = "SegmentL3 phantom CT"
SEED = 1


def register() -> None:
    """Add the phantom to the Sample Data module."""
    import SampleData

    icons = launcher.MODULE_FOLDER / "Resources" / "Icons"
    SampleData.SampleDataLogic.registerCustomSampleDataSource(
        category=CATEGORY,
        sampleName=NAME,
        thumbnailFileName=str(icons / "SegmentL3-phantom.png"),
        uris=None,
        fileNames=None,
        nodeNames=NAME,
        customDownloader=makePhantom,
    )


def makePhantom(_source=None):
    """Make the phantom in a worker process and load it; returns the volume node in a list."""
    with tempfile.TemporaryDirectory(prefix="SegmentL3-") as folder:
        arguments = ["-m", "SegmentL3Lib.cli", "phantom", "--seed", str(SEED), "--out", folder]
        slicer.util.showStatusMessage(_("Making the phantom CT..."))
        process = slicer.util.launchConsoleProcess(
            [launcher.pythonSlicer(), *arguments],
            useStartupEnvironment=False,
            updateEnvironment=launcher.workerEnvironment(os.environ, "cpu"),
            cwd=str(launcher.MODULE_FOLDER),
        )
        slicer.util.logProcessOutput(process)
        return [slicer.util.loadVolume(str(Path(folder) / "ct.nii.gz"), {"name": NAME})]
