"""Body composition at L3: from the parameters to the worker's job, and from its files to the scene."""

from pathlib import Path

from slicer.i18n import tr as _

from ..errors import UsageError
from ..mrml import display, doubt, exchange, results, slices, volumes
from ..mrml.acquisition import acquisition_of
from ..mrml.measure_node import slice_axis
from .parameters import SliceChoice, patientOf
from .taskchoice import TaskChoice


def checkInputs(parameters, choice: TaskChoice) -> None:
    """Find out before a run whether it can succeed.

    Raises:
        UsageError: why not, and what to do.
    """
    volume = parameters.inputVolume
    if volume is None:
        raise UsageError(_("Load a CT and select it as CT volume."))
    problem = volumes.find_problem(volume)
    if problem:
        raise UsageError(problem)
    modality = volumes.modality_of(volume)
    if modality not in (None, *choice.modality):
        raise UsageError(
            _('"{name}" is {modality}; this task understands {wanted} only.').format(
                name=volume.GetName(), modality=modality, wanted=choice.modality[0]
            )
        )
    patientOf(parameters)


def makeJob(parameters, _choice: TaskChoice, folder: Path) -> dict:
    """Write the scan into a folder, and say what the worker is to do with it.

    Raises:
        SegmentL3Error: an input cannot be used.
        OSError: the folder cannot be written.
    """
    scan = folder / "scan.nrrd"
    patient = patientOf(parameters)
    exchange.write_scan(parameters.inputVolume, scan)
    return {
        "input": str(scan),
        "slice_index": _sliceIndex(parameters),
        "sex": patient.sex,
        "height_cm": patient.height_cm,
        "weight_kg": patient.weight_kg,
    }


def publish(folder: Path, _choice: TaskChoice, volume, segmentation):
    """Put the files of a finished run into the scene and show them.

    Args:
        folder: output folder of the worker.
        volume: the scan.
        segmentation: node to write to; None makes one.

    Returns:
        The segmentation node.

    Raises:
        SegmentL3Error: the files or the scan cannot be used (any more).
    """
    labelmap, record = exchange.read_run(folder, volume, acquisition_of(volume))
    segmentation = segmentation or results.segmentation_for(volume)
    results.publish(labelmap, record, volume, segmentation)
    doubt.publish_doubt(exchange.read_doubt_maps(folder), volume, segmentation)
    display.show_ct(volume)
    return segmentation


def _sliceIndex(parameters):
    if parameters.sliceChoice == SliceChoice.AUTOMATIC:
        return None
    return slices.shown_slice(parameters.inputVolume, slice_axis(parameters.inputVolume))
