"""Slices with known labels, from which the quality of other masks is estimated."""

import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..files import atomic_path
from ..labels import load_labels
from ..resources import resource_path
from .aligned import GRID

SHIPPED = ("Trust", "references.npz")
_GRAY_STEPS = 255
_MOST_BYTES = 64_000_000  # a reference set of a thousand slices
_UNREADABLE = (
    OSError,
    ValueError,
    KeyError,
    EOFError,
    MemoryError,
    RuntimeError,  # encrypted
    zipfile.BadZipFile,
    zlib.error,
)
_DAMAGED = "The reference file {name} cannot be used: {reason}. Remove it, or add the case again."


@dataclass(frozen=True, eq=False)
class Reference:
    """A slice with known labels, on ``aligned.GRID``.

    Attributes:
        name: case and slice; never a patient's name.
        patient: what slices of one patient have in common.
        image: values from 0 to 1, float32 (y, x), as ``aligned.AlignedSlice`` has them.
        labels: values of ``labels.load_labels``, uint8 (y, x).
    """

    name: str
    patient: str
    image: np.ndarray
    labels: np.ndarray


@cache
def shipped_references() -> tuple[Reference, ...]:
    """The references that come with the extension.

    Raises:
        InputError: their file is damaged or missing.
    """
    return read_references(resource_path(*SHIPPED))


def write_references(references: Sequence[Reference], path: Path) -> None:
    """Write references to a compressed ``.npz``.

    Raises:
        InputError: the file cannot be written; nothing half-written stays.
    """
    with atomic_path(path) as temporary:
        np.savez_compressed(
            temporary,
            names=np.array([item.name for item in references]),
            patients=np.array([item.patient for item in references]),
            images=np.array([np.round(item.image * _GRAY_STEPS) for item in references]).astype(np.uint8),
            labels=np.array([item.labels for item in references]).astype(np.uint8),
        )


def read_references(path: Path) -> tuple[Reference, ...]:
    """Read what ``write_references`` wrote, without running anything of it.

    Raises:
        InputError: the file is missing, damaged, too large, or something else.
    """
    arrays = _read_arrays(path)
    names, patients, images, labels = (arrays[key] for key in ("names", "patients", "images", "labels"))
    count = len(names)
    if any(array.dtype.kind != "U" or array.shape != (count,) for array in (names, patients)):
        raise _damaged(path, "its names do not fit")
    if any(array.dtype != np.uint8 or array.shape != (count, *GRID.shape) for array in (images, labels)):
        raise _damaged(path, "its slices do not have the expected size")
    if not np.isin(labels, [0, *(label.value for label in load_labels())]).all():
        raise _damaged(path, "it holds labels that are not known")
    return tuple(
        Reference(str(name), str(patient), image.astype(np.float32) / _GRAY_STEPS, label_map)
        for name, patient, image, label_map in zip(names, patients, images, labels, strict=True)
    )


def _read_arrays(path: Path) -> dict[str, np.ndarray]:
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _MOST_BYTES:
                raise _damaged(path, "it is too large")
        with np.load(path, allow_pickle=False) as file:
            return {key: np.asarray(file[key]) for key in ("names", "patients", "images", "labels")}
    except FileNotFoundError as error:
        raise _damaged(path, "it is missing") from error
    except _UNREADABLE as error:
        raise _damaged(path, "it is damaged, or no reference file") from error


def _damaged(path: Path, reason: str) -> InputError:
    return InputError(_DAMAGED.format(name=path.name, reason=reason))
