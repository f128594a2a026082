"""Reading scans: DICOM folders and files, NIfTI, NRRD, MetaImage, and segmentations."""

import os
from pathlib import Path

from ..errors import InputError, UsageError
from ..volume import Volume
from .dicom import Series, list_series, read_file, read_folder
from .dicom_header import is_dicom
from .images import is_metaimage, is_nrrd, read_image
from .nifti import is_nifti, read_nifti
from .segmentation import read_segmentation

__all__ = ["Series", "list_series", "read_segmentation", "read_volume"]

_READERS = ((is_dicom, read_file), (is_nifti, read_nifti), (is_nrrd, read_image), (is_metaimage, read_image))


def read_volume(path: str | os.PathLike, series_uid: str | None = None) -> Volume:
    """Read a scan, in the file's own order of slices, rows and columns.

    The format is told by the content of the file, not by its name. What is odd but can be lived with is said in
    ``Volume.warnings``. CT numbers are int16, or float32 where they are not whole.

    Args:
        path: DICOM folder (searched with the folders in it), DICOM file, NIfTI, NRRD or MetaImage file.
        series_uid: UID or series number of the series to read, for a folder with several.

    Raises:
        InputError: nothing readable is there, or it cannot be used as a scan.
        UsageError: a series is asked for, but the path is not a folder.
    """
    path = Path(path)
    try:
        if path.is_dir():
            return read_folder(path, series_uid)
        if series_uid is not None:
            raise UsageError("A series can be chosen in a DICOM folder only, not in a single file.")
        return _read_single(path)
    except MemoryError as error:
        raise InputError("The scan is too large for the memory of this computer. Export a part of it.") from error
    except OSError as error:
        raise InputError(_reason(path, error)) from error


def _read_single(path: Path) -> Volume:
    if path.stat().st_size == 0:
        raise InputError("The file is empty. Copy or export it again.")
    for recognizes, read in _READERS:
        if recognizes(path):
            return read(path)
    raise InputError("The file is no scan in a known format. DICOM, NIfTI, NRRD and MetaImage (.mha) can be read.")


def _reason(path: Path, error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return f"There is no file or folder {path}."
    if isinstance(error, PermissionError):
        return f"Reading {path} is not permitted."
    return f"Cannot read {path}: {(error.strerror or 'the system gave no reason').lower()}."
