"""Sample data: phantoms that are made on this computer, so nothing is downloaded."""

import os
import tempfile
import time
from pathlib import Path

import slicer
from slicer.i18n import tr as _

from ..errors import SegmentL3Error
from ..tasks import find_task
from . import launcher
from .workerprocess import WorkerProcess

CATEGORY = "SegmentL3"
NAME = "SegmentL3 phantom CT"
SEED = 3
HEAD_NAME = "SegmentL3 phantom brain lesions (MR)"
HEAD_TASK = "brain_lesions_3d"
HEAD_SEED = 7
FETAL_NAME = "SegmentL3 phantom fetal brain (MR)"
FETAL_TASK = "fetal_brain_3d"
FETAL_SEED = 4
WOMB_NAME = "SegmentL3 phantom fetus and placenta (MR)"
WOMB_TASK = "fetal_organs_3d"
WOMB_SEED = 3
WAIT_S = 0.05


def register() -> None:
    """Add the phantoms to the Sample Data module."""
    _register(NAME, "Phantom.png", makePhantom)
    _register(HEAD_NAME, "HeadPhantom.png", makeHead)
    _register(FETAL_NAME, "FetalPhantom.png", makeFetalHead)
    _register(WOMB_NAME, "WombPhantom.png", makeWomb)


def makePhantom(_source=None):
    """Make the phantom in a process of its own, which takes up to a minute, and load it.

    Returns:
        List of the volume node.

    Raises:
        SegmentL3Error: it could not be made; says why.
    """
    slicer.util.showStatusMessage(_("Making the phantom CT, which takes up to a minute..."))
    return _made(["--seed", str(SEED)], {"ct.nii.gz": NAME})


def makeHead(_source=None):
    """Make a head with brain lesions in a process of its own, which takes up to a minute, and load its images.

    Returns:
        List of the volume nodes, in the order of the inputs of the task.

    Raises:
        SegmentL3Error: it could not be made; says why.
    """
    slicer.util.showStatusMessage(_("Making the images of a head, which takes up to a minute..."))
    names = {f"{each.name.lower()}.nii.gz": f"Phantom {each.name}" for each in find_task(HEAD_TASK).inputs}
    return _made(["--task", HEAD_TASK, "--seed", str(HEAD_SEED)], names)


def makeFetalHead(_source=None):
    """Make a stack of slices of a fetal head in a process of its own, which takes some seconds, and load it.

    Returns:
        List of the volume node.

    Raises:
        SegmentL3Error: it could not be made; says why.
    """
    slicer.util.showStatusMessage(_("Making the images of a fetal head..."))
    return _made(["--task", FETAL_TASK, "--seed", str(FETAL_SEED)], {"t2.nii.gz": "Phantom fetal T2"})


def makeWomb(_source=None):
    """Make a stack of slices of a pregnant abdomen in a process of its own, which takes some seconds, and load it.

    Returns:
        List of the volume node.

    Raises:
        SegmentL3Error: it could not be made; says why.
    """
    slicer.util.showStatusMessage(_("Making the images of a pregnant abdomen..."))
    return _made(["--task", WOMB_TASK, "--seed", str(WOMB_SEED)], {"t2.nii.gz": "Phantom uterus T2"})


def _register(name, thumbnail, make):
    import SampleData

    SampleData.SampleDataLogic.registerCustomSampleDataSource(
        category=CATEGORY,
        sampleName=name,
        thumbnailFileName=str(launcher.MODULE_FOLDER / "Resources" / "Icons" / thumbnail),
        uris=None,
        fileNames=None,
        nodeNames=name,
        customDownloader=make,
    )


def _made(arguments, names):
    """Make a phantom and load its images; ``names`` of the nodes by file."""
    with tempfile.TemporaryDirectory(prefix="SegmentL3-") as folder:
        command = [launcher.pythonSlicer(), "-m", "SegmentL3Lib.cli", "phantom", *arguments, "--out", folder]
        environment = launcher.workerEnvironment(os.environ, "cpu")
        _waitFor(WorkerProcess(command, str(launcher.MODULE_FOLDER), environment))
        return [slicer.util.loadVolume(str(Path(folder) / file), {"name": name}) for file, name in names.items()]


def _waitFor(process):
    lines = []
    while not process.isFinished():
        slicer.app.processEvents()
        lines += [event.text for event in process.takeEvents()]
        time.sleep(WAIT_S)
    lines += [event.text for event in process.takeEvents()]
    if process.exitCode != 0:
        raise SegmentL3Error(_("The phantom could not be made. {reason}").format(reason=" ".join(lines[-1:])))
