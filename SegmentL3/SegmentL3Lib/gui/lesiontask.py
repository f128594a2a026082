"""A task of the catalog in 3D: from the parameters to the worker's job, and from its files to the scene."""

from pathlib import Path

import slicer
from slicer.i18n import tr as _

from ..errors import UsageError
from ..mrml import display, exchange, lesions, volumes
from ..quality.contrasts import named_input
from . import settings
from .parameters import inputNodes, setInputNode
from .taskchoice import TaskChoice


def checkInputs(parameters, choice: TaskChoice) -> None:
    """Find out before a run whether it can succeed.

    Raises:
        UsageError: why not, and what to do.
    """
    if choice.problem:
        raise UsageError(choice.problem)
    nodes = dict(zip(choice.inputs, inputNodes(parameters, len(choice.inputs)), strict=True))
    for name, node in nodes.items():
        if node is None and name not in choice.optional:
            raise UsageError(_('Load a volume and select it for the input "{name}".').format(name=name))
    given = {name: node for name, node in nodes.items() if node is not None}
    for name, node in given.items():
        _checkInput(name, node, choice.modality)
    if len({node.GetID() for node in given.values()}) < len(given):
        raise UsageError(_("The same volume is chosen more than once. Each input has an image of its own."))


def makeJob(parameters, choice: TaskChoice, folder: Path) -> dict:
    """Write the input images into a folder, and say what the worker is to do with them.

    Raises:
        SegmentL3Error: an input cannot be used.
        OSError: the folder cannot be written.
    """
    paths, names = {}, {}
    for number, (name, node) in enumerate(
        zip(choice.inputs, inputNodes(parameters, len(choice.inputs)), strict=True)
    ):
        if node is not None:
            path = folder / f"input{number}.nrrd"
            exchange.write_scan(node, path)
            paths[name], names[name] = str(path), node.GetName()
    return {
        "kind": "task",
        "task": choice.id,
        "inputs": paths,
        "names": names,
        "models_dir": str(settings.modelsFolder()),
    }


def publish(folder: Path, choice: TaskChoice, volume, segmentation):
    """Put the files of a finished run into the scene and show them.

    Args:
        folder: output folder of the worker.
        choice: what was done.
        volume: the first of the input images.
        segmentation: node to write to; None makes one.

    Returns:
        The segmentation node.

    Raises:
        SegmentL3Error: the files cannot be used, or do not belong to the scan (any more).
    """
    run = lesions.read_task_run(folder, volume, choice.task)
    segmentation = lesions.publish_task_run(run, volume, choice.title, segmentation)
    display.show_volume(volume)
    display.reset_3d_views()
    return segmentation


def proposeInputs(parameters, choice: TaskChoice) -> None:
    """Choose volumes by their names, such as "FLAIR", for inputs that have none or one that says another input."""
    nodes = inputNodes(parameters, len(choice.inputs))
    for number, (name, node) in enumerate(zip(choice.inputs, nodes, strict=True)):
        if node is None or _saidBy(node, choice) not in (None, name):
            found = [each for each in _scans() if _saidBy(each, choice) == name]
            if len(found) == 1:
                _setInput(parameters, number, found[0])


def _setInput(parameters, number, node):
    if number == 0:
        parameters.inputVolume = node
    else:
        setInputNode(parameters, number, node)


def _saidBy(node, choice):
    """Name of the input that the name of a volume says; None where it says none."""
    found = named_input(choice.task.inputs, node.GetName())
    return found.name if found else None


def _scans():
    nodes = slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")
    return [node for node in nodes if node.GetClassName() == "vtkMRMLScalarVolumeNode"]


def _checkInput(name, node, modalities):
    problem = volumes.find_problem(node)
    if problem:
        raise UsageError(_("{name}: {problem}").format(name=name, problem=problem))
    modality = volumes.modality_of(node)
    if modality not in (None, *modalities):
        raise UsageError(
            _('"{name}" is {modality}; this task understands {wanted} only.').format(
                name=node.GetName(), modality=modality, wanted=modalities[0]
            )
        )
