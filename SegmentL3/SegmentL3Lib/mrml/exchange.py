"""The files that the panel and its worker process hand to each other."""

import json
import logging
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import SimpleITK as sitk
import slicer

from ..doubt_files import read_doubt
from ..errors import InputError
from ..itk_images import to_image
from ..volume import LabelMap, Volume
from .record import RunRecord, record_of_document
from .volumes import geometry_of, volume_of

SEGMENTATION_FILE = "segmentation.seg.nrrd"
DOCUMENT_FILE = "measurements.json"


def write_scan(volume_node, path: Path) -> None:
    """Write the voxels and their place, and nothing that identifies a patient, as an uncompressed NRRD.

    Raises:
        InputError: the node cannot be measured.
        OSError: the file cannot be written.
    """
    volume = volume_of(volume_node)
    try:
        sitk.WriteImage(to_image(volume.array, volume.geometry), str(path), useCompression=False)
    except RuntimeError as error:
        raise OSError(f"The scan could not be written to {path.parent}. Is the disk full?") from error


def read_run(folder: Path, volume_node, acquisition: Mapping) -> tuple[LabelMap, RunRecord]:
    """Read what the worker wrote.

    Args:
        folder: output folder of the worker.
        volume_node: vtkMRMLScalarVolumeNode that was measured.
        acquisition: facts of the scan, as in ``Volume.acquisition``.

    Raises:
        InputError: a file is missing, damaged, or does not belong to the scan.
    """
    try:
        image = sitk.ReadImage(str(folder / SEGMENTATION_FILE))
        document = json.loads((folder / DOCUMENT_FILE).read_text(encoding="utf-8"))
        record = record_of_document(document, acquisition)
    except (RuntimeError, OSError, ValueError, KeyError, TypeError) as error:
        raise InputError("The computation ended without a usable result. The log below has the details.") from error
    array = sitk.GetArrayFromImage(image)
    if array.shape != slicer.util.arrayFromVolume(volume_node).shape:
        raise InputError("The result does not fit the scan, which has been changed in the meantime. Apply again.")
    return LabelMap(array.astype(np.uint8), geometry_of(volume_node)), record


def read_doubt_maps(folder: Path) -> dict[str, Volume]:
    """Maps of uncertainty that the worker wrote, by name; none where it wrote none, or none that can be read."""
    try:
        return read_doubt(folder)
    except InputError as error:  # the numbers do without
        logging.warning("%s", error)
        return {}
