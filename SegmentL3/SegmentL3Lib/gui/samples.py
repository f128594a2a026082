"""Sample data: phantoms that are made on this computer, so nothing is downloaded."""

import functools
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import slicer
from slicer.i18n import tr as _

from ..errors import SegmentL3Error
from ..tasks import find_task
from . import launcher
from .workerprocess import WorkerProcess

CATEGORY = "SegmentL3"
WAIT_S = 0.05


@dataclass(frozen=True)
class Sample:
    """A phantom.

    Attributes:
        name: in the Sample Data module, and of its image where it has one only.
        thumbnail: file among the icons.
        seed: of the random patient.
        task: whose input it is; the CT of body composition without one.
    """

    name: str
    thumbnail: str
    seed: int
    task: str | None = None

    def nodeNames(self):
        """Name of the node of each file, in the order of the inputs of the task."""
        if self.task is None:
            return {"ct.nii.gz": self.name}
        inputs = find_task(self.task).inputs
        if len(inputs) == 1:
            return {f"{inputs[0].name.lower()}.nii.gz": self.name}
        return {f"{each.name.lower()}.nii.gz": f"Phantom {each.name}" for each in inputs}


CT = Sample("SegmentL3 phantom CT", "Phantom.png", 3)
SAMPLES = (
    CT,
    Sample("SegmentL3 phantom brain lesions (MR)", "HeadPhantom.png", 7, "brain_lesions_3d"),
    Sample("SegmentL3 phantom fetal brain (MR)", "FetalPhantom.png", 4, "fetal_brain_3d"),
    Sample("SegmentL3 phantom fetus and placenta (MR)", "WombPhantom.png", 3, "fetal_organs_3d"),
)


def register() -> None:
    """Add the phantoms to the Sample Data module."""
    import SampleData

    for sample in SAMPLES:
        SampleData.SampleDataLogic.registerCustomSampleDataSource(
            category=CATEGORY,
            sampleName=sample.name,
            thumbnailFileName=str(launcher.MODULE_FOLDER / "Resources" / "Icons" / sample.thumbnail),
            uris=None,
            fileNames=None,
            nodeNames=sample.name,
            customDownloader=functools.partial(load, sample),
        )


def load(sample, _source=None):
    """Make a phantom in a process of its own, which takes up to a minute, and load its images.

    Returns:
        List of the volume nodes, in the order of the inputs of its task.

    Raises:
        SegmentL3Error: it could not be made; says why.
    """
    slicer.util.showStatusMessage(_("Making the phantom, which takes up to a minute..."))
    arguments = ["--seed", str(sample.seed)]
    if sample.task is not None:
        arguments += ["--task", sample.task]
    with tempfile.TemporaryDirectory(prefix="SegmentL3-") as folder:
        command = [launcher.pythonSlicer(), "-m", "SegmentL3Lib.cli", "phantom", *arguments, "--out", folder]
        environment = launcher.workerEnvironment(os.environ, "cpu")
        _waitFor(WorkerProcess(command, str(launcher.MODULE_FOLDER), environment))
        files = sample.nodeNames()
        return [slicer.util.loadVolume(str(Path(folder) / file), {"name": name}) for file, name in files.items()]


def _waitFor(process):
    lines = []
    while not process.isFinished():
        slicer.app.processEvents()
        lines += [event.text for event in process.takeEvents()]
        time.sleep(WAIT_S)
    lines += [event.text for event in process.takeEvents()]
    if process.exitCode != 0:
        raise SegmentL3Error(_("The phantom could not be made. {reason}").format(reason=" ".join(lines[-1:])))
