"""From the parameters to the jobs of the worker."""

from collections.abc import Mapping
from pathlib import Path

from slicer.i18n import tr as _

from SegmentL3Lib.errors import UsageError
from SegmentL3Lib.gui import settings
from SegmentL3Lib.mrml import display, exchange, label_files, volumes

from .imagefolders import imagesIn, labelsFor
from .jobfolder import IMAGES
from .modelchoice import ModelChoice
from .parameters import TargetChoice, settingsOf, targetVolumes


def checkTarget(parameters, model: ModelChoice) -> None:
    """Find out whether there is a model, and scans for it.

    Raises:
        UsageError: why not, and what to do.
    """
    if model.problem:
        raise UsageError(model.problem)
    if parameters.targetChoice == TargetChoice.FOLDER:
        if not imagesIn(parameters.targetFolder):
            raise UsageError(_("Choose a folder with scans of the new scanner (NIfTI, NRRD, MetaImage or DICOM)."))
        return
    nodes = targetVolumes(parameters)
    if not nodes:
        raise UsageError(_("Tick the volumes of the scene that come from the new scanner."))
    for node in nodes:
        problem = volumes.find_problem(node)
        if problem:
            raise UsageError(f'"{node.GetName()}": {problem}')


def checkComparison(parameters, model: ModelChoice) -> None:
    """Find out before a comparison of scans whether all that it needs has been chosen.

    Raises:
        UsageError: what is missing.
    """
    checkTarget(parameters, model)
    if not imagesIn(parameters.sourceFolder):
        raise UsageError(_("Choose scans to compare with under Known scans and labels: such as the model knows."))


def findMethodProblem(method, parameters) -> str | None:
    """What a method needs and does not have, in words for the list of methods; None where it has all."""
    if method.needs_source and not imagesIn(parameters.sourceFolder):
        return _("Needs scans of the kind that the model was trained on: choose them under Known scans and labels.")
    if method.needs_source_labels and not parameters.sourceLabelsFolder:
        return _("Needs label maps of the known scans: choose their folder under Known scans and labels.")
    if method.needs_labels and not (imagesIn(parameters.validationFolder) and parameters.validationLabelsFolder):
        return _("Needs labeled scans of the new scanner: choose them under Known scans and labels.")
    return None


def checkAdaptation(parameters, model: ModelChoice, method) -> None:
    """Find out before an adaptation whether all that it needs has been chosen; ``method`` is None where none is.

    Raises:
        UsageError: what is missing.
    """
    checkTarget(parameters, model)
    if method is None:
        raise UsageError(_("Choose a method from the list."))
    problem = findMethodProblem(method, parameters)
    if problem:
        raise UsageError(f"{method.title}: {problem}")
    _labeledScans(parameters)


def makeShiftJob(parameters, model: ModelChoice, folder: Path) -> dict:
    """Job of comparing the new scans with those that the model knows; errors as for `makeAdaptJob`."""
    return {
        "kind": "shift",
        "model": model.id,
        "target": _targetPaths(parameters, folder),
        "source": imagesIn(parameters.sourceFolder),
        "out": str(folder),
        "models_dir": str(settings.modelsFolder()),
    }


def makeAdaptJob(parameters, model: ModelChoice, method, folder: Path) -> dict:
    """Job of an adaptation. Volumes of the scene are written below the folder, so that it can be resumed later.

    Raises:
        SegmentL3Error: an input cannot be used.
        OSError: the folder cannot be written.
    """
    return {
        "kind": "adapt",
        "model": model.id,
        "method": method.name,
        "settings": settingsOf(parameters, method.name),
        "target": _targetPaths(parameters, folder),
        **_labeledScans(parameters),
        "models_dir": str(settings.modelsFolder()),
        "out": str(folder),
        "device": settings.device(),
        "resume": False,
    }


def makeResumedJob(job: Mapping) -> dict:
    """Job that goes on where an earlier run of it was interrupted."""
    return {**job, "resume": True}


def makeKeepJob(job: Mapping) -> dict:
    """Job of putting the model of a finished adaptation into the models folder."""
    return {"kind": "keep", "out": job["out"], "models_dir": str(settings.modelsFolder())}


def makeSynthesisJob(parameters, folder: Path) -> dict:
    """Job of making an image of the drawn label map, in a folder.

    Raises:
        InputError: nothing is drawn, or the folder cannot be written.
    """
    labels = folder / "labels.seg.nrrd"
    label_files.write_label_file(parameters.drawnSegmentation, labels)
    out = str(folder / "image.nrrd")
    learned = {"generator": parameters.generatorFolder} if parameters.generatorFolder else {}
    return {"kind": "synthesize", "labels": str(labels), "seed": parameters.seed, "out": out, **learned}


def publishImage(path: Path, segmentation):
    """Add an image that was made of a segmentation to the scene and show it; returns its volume node.

    Raises:
        InputError: it cannot be read.
    """
    from SegmentL3Lib.reading import read_volume  # needs pydicom, which may not be installed when the panel is opened

    name = _("{segmentation} image").format(segmentation=segmentation.GetName())
    node = volumes.add_volume_node(read_volume(path), name)
    display.show_volume(node)
    return node


def _labeledScans(parameters):
    source, validation = imagesIn(parameters.sourceFolder), imagesIn(parameters.validationFolder)
    if not parameters.validationLabelsFolder:
        validation = []  # without labels nothing can be measured on them
    sourceLabels = labelsFor(source, parameters.sourceLabelsFolder) if parameters.sourceLabelsFolder else []
    return {
        "source": source,
        "source_labels": sourceLabels,
        "validation": validation,
        "validation_labels": labelsFor(validation, parameters.validationLabelsFolder),
    }


def _targetPaths(parameters, folder):
    if parameters.targetChoice == TargetChoice.FOLDER:
        return imagesIn(parameters.targetFolder)
    images = folder / IMAGES
    images.mkdir(exist_ok=True)
    paths = []
    for number, node in enumerate(targetVolumes(parameters), start=1):
        paths.append(images / f"scan-{number:02d}.nrrd")
        exchange.write_scan(node, paths[-1])
    return [str(path) for path in paths]
