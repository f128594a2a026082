"""Using an imported model: from the parameters to the worker's job, and from its files to the scene."""

from pathlib import Path

from slicer.i18n import tr as _

from ..errors import UsageError
from ..mrml import display, exchange, prediction, regions, volumes
from . import settings
from .parameters import RegionChoice, inputNodes
from .taskchoice import TaskChoice

# Names of a modality in model packages -> as DICOM names it. Others say nothing about which scan will do.
MODALITIES = {"CT": "CT", "MR": "MR", "MRI": "MR"}


def checkInputs(parameters, choice: TaskChoice) -> None:
    """Find out before a run whether it can succeed.

    Raises:
        UsageError: why not, and what to do.
    """
    if choice.problem:
        raise UsageError(choice.problem)
    nodes = inputNodes(parameters, len(choice.inputs))
    for name, node in zip(choice.inputs, nodes, strict=True):
        _checkInput(name, node, choice.modality)
    if len({node.GetID() for node in nodes}) < len(nodes):
        raise UsageError(_("The same volume is chosen more than once. Each input has an image of its own."))
    if not keptStructures(parameters, choice):
        raise UsageError(_("No structure is ticked. Tick at least one under Structures."))
    _region(parameters)


def keptStructures(parameters, choice: TaskChoice) -> list[str]:
    """Names of the structures that are ticked."""
    leftOut = set(parameters.leftOut)
    return [name for name in choice.structures if name not in leftOut]


def makeJob(parameters, choice: TaskChoice, folder: Path) -> dict:
    """Write the input images into a folder, and say what the worker is to do with them.

    Raises:
        SegmentL3Error: an input cannot be used.
        OSError: the folder cannot be written.
    """
    paths = []
    for number, node in enumerate(inputNodes(parameters, len(choice.inputs))):
        paths.append(folder / f"input{number}.nrrd")
        exchange.write_scan(node, paths[-1])
    kept = keptStructures(parameters, choice)
    return {
        "kind": "predict",
        "inputs": [str(path) for path in paths],
        "model": choice.model.identifier,
        "models_dir": str(settings.modelsFolder()),
        "precision": settings.precision(),
        "region": _region(parameters),
        "structures": None if len(kept) == len(choice.structures) else kept,
        "mirror": False if parameters.isFast else None,
    }


def publish(folder: Path, choice: TaskChoice, volume, segmentation):
    """Put the files of a finished run into the scene and show them.

    Args:
        folder: output folder of the worker.
        choice: the task of using the model.
        volume: the first of the input images.
        segmentation: node to write to; None makes one.

    Returns:
        The segmentation node.

    Raises:
        SegmentL3Error: the files cannot be used, or do not belong to the scan (any more).
    """
    found = prediction.read_prediction(folder, volume, choice.model.identifier, choice.title)
    segmentation = prediction.publish_prediction(found, volume, segmentation)
    show = display.show_ct if "CT" in (volumes.modality_of(volume), *choice.modality) else display.show_volume
    show(volume)
    display.reset_3d_views()
    return segmentation


def _checkInput(name, node, modalities):
    if node is None:
        raise UsageError(_('Load a volume and select it for the input "{name}".').format(name=name))
    problem = volumes.find_problem(node)
    if problem:
        raise UsageError(_("{name}: {problem}").format(name=name, problem=problem))
    understood = {MODALITIES.get(modality.upper()) for modality in modalities}
    modality = volumes.modality_of(node)
    if understood and None not in understood and modality is not None and modality not in understood:
        raise UsageError(
            _('"{name}" is {modality}; this model understands {wanted} only.').format(
                name=node.GetName(), modality=modality, wanted=", ".join(sorted(understood))
            )
        )


def _region(parameters) -> dict | None:
    volume = parameters.inputVolume
    if parameters.region == RegionChoice.ROI:
        if parameters.roi is None:
            raise UsageError(_('Choose the box that is to be segmented, or "Create new" to draw one.'))
        return {"bounds_lps_mm": regions.bounds_lps_mm(parameters.roi, volume)}
    if parameters.region in (RegionChoice.BODY, RegionChoice.VERTEBRAE):
        _refuseOthersThanCt(volume)
    if parameters.region == RegionChoice.BODY:
        return {"body": True}
    if parameters.region == RegionChoice.VERTEBRAE:
        return {"vertebrae": [parameters.upperVertebra, parameters.lowerVertebra]}
    if parameters.region == RegionChoice.SLICES:
        return {"slices": list(_chosenSlices(parameters))}
    return None


def _refuseOthersThanCt(volume) -> None:
    if volumes.modality_of(volume) not in (None, "CT"):
        raise UsageError(_("This region can be found in a CT only. Choose a box or slices instead."))


def _chosenSlices(parameters) -> tuple[int, int]:
    """First and last slice of the region, counted from 0, as far as the scan has them."""
    highest = regions.file_slice_count(parameters.inputVolume) - 1
    first = min(max(0, parameters.firstSlice), highest)
    last = highest if parameters.lastSlice < 0 else min(parameters.lastSlice, highest)
    if last < first:
        raise UsageError(_("The last slice of the region lies before the first."))
    return first, last
