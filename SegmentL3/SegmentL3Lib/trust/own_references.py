"""Reference slices of the user's own: corrected cases, kept as one file each."""

import logging
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..checks import require_ct
from ..errors import InputError, UsageError
from ..files import check_writable_folder
from ..labels import load_labels
from ..models_folder import default_references_folder
from ..orientation import axial_order, to_axial
from ..volume import LabelMap, Volume
from .aligned import lay_on_grid
from .references import Reference, read_references, shipped_references, write_references

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_SUFFIX = ".npz"
logger = logging.getLogger(__name__)


def add_reference(
    volume: Volume,
    labels: LabelMap,
    slice_index: int | None = None,
    name: str | None = None,
    folder: Path | None = None,
) -> str:
    """Keep a corrected slice as a reference, by which later results are judged.

    Nothing but the slice's pixels and labels is kept: no name, ID or date of the patient.

    Args:
        volume: CT in HU.
        labels: corrected labels, values of ``labels.load_labels``, on the voxels of the scan.
        slice_index: the slice, in the file's own order; None: the only one with labels.
        name: name of the reference, without anything that tells who the patient is; None: the next free number.
        folder: where references are kept; None: ``models_folder.default_references_folder``.

    Returns:
        The name.

    Raises:
        InputError: the scan is no CT, the labels do not fit it, the slice has no labels or no body in it, or nothing
            can be written.
        UsageError: the slice is not in the scan, or the name is taken or cannot be used.
    """
    require_ct(volume)
    folder = check_writable_folder(folder or default_references_folder())
    name = _free_name(folder) if name is None else _checked_name(name, folder)
    hu, slice_labels, spacing_yx_mm = _slice(volume, labels, slice_index)
    try:
        laid = lay_on_grid(hu, [slice_labels], spacing_yx_mm)
    except ValueError as error:
        raise InputError("There is no body in the slice. Choose the slice that was corrected.") from error
    write_references([Reference(name, name, laid.image, laid.label_maps[0])], folder / f"{name}{_SUFFIX}")
    return name


def list_references(folder: Path | None = None) -> list[str]:
    """Names of the user's own references, in alphabetical order."""
    folder = folder or default_references_folder()
    return sorted(path.stem for path in folder.glob(f"*{_SUFFIX}") if _NAME.fullmatch(path.stem))


def remove_reference(name: str, folder: Path | None = None) -> None:
    """Delete one of the user's own references.

    Raises:
        UsageError: there is none of that name.
        InputError: it cannot be deleted.
    """
    folder = folder or default_references_folder()
    if name not in list_references(folder):
        raise UsageError(f"There is no reference {name}. List them with: segment-l3 reference list")
    try:
        (folder / f"{name}{_SUFFIX}").unlink()
    except OSError as error:
        raise InputError(f"The reference {name} cannot be deleted: {error.strerror}.") from error


def all_references(folder: Path | None = None) -> tuple[Reference, ...]:
    """The shipped references and the user's own; own ones that are damaged are left out and named in the log.

    Raises:
        InputError: the shipped references are damaged.
    """
    folder = folder or default_references_folder()
    own = []
    for name in list_references(folder):
        try:
            own += read_references(folder / f"{name}{_SUFFIX}")
        except InputError as error:
            logger.warning("%s", error)
    return (*shipped_references(), *own)


def _slice(volume: Volume, labels: LabelMap, slice_index: int | None):
    """CT numbers and labels of the slice in axial order, and its pixel size."""
    if labels.array.shape != volume.array.shape:
        raise InputError("The labels do not lie on the voxels of the scan. Export them with the scan as reference.")
    known = [0, *(label.value for label in load_labels())]
    if not np.isin(labels.array, known).all():
        raise InputError("The segmentation holds labels other than those of body composition at L3; leave them out.")
    order, axial = axial_order(volume.geometry), to_axial(volume)
    label_array = order.apply(labels.array)
    index = _labeled_slice(label_array, order, slice_index)
    if not label_array[index].any():
        raise InputError("The slice has no labels. Choose the slice that was corrected.")
    spacing = axial.geometry.spacing
    return np.asarray(axial.array[index]), np.asarray(label_array[index]), (spacing[1], spacing[0])


def _labeled_slice(label_array: np.ndarray, order, slice_index: int | None) -> int:
    count = len(label_array)
    if slice_index is not None:
        if not 0 <= slice_index < count:
            raise UsageError(f"There is no slice {slice_index} in this scan; its slices are 0 to {count - 1}.")
        return order.axial_index(slice_index, count)
    labeled = np.flatnonzero(label_array.any((1, 2)))
    if len(labeled) != 1:
        raise UsageError(f"{len(labeled)} slices have labels; say which one is to be kept.")
    return int(labeled[0])


def _checked_name(name: str, folder: Path) -> str:
    if not _NAME.fullmatch(name):
        raise UsageError("The name of a reference may have letters, digits, - and _ only, 64 at most.")
    if name.lower() in _lower(list_references(folder)):
        raise UsageError(f"There is a reference {name} already. Choose another name, or remove it.")
    return name


def _free_name(folder: Path) -> str:
    taken = _lower(list_references(folder))
    return next(name for number in range(1, len(taken) + 2) if (name := f"case-{number}") not in taken)


def _lower(names: Sequence[str]) -> set[str]:
    # Some file systems do not tell capitals from small letters.
    return {name.lower() for name in names}
