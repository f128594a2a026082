"""Which images a folder holds, found out without reading any, and which label map belongs to which."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from slicer.i18n import tr as _

from SegmentL3Lib.errors import UsageError

SUFFIXES = (".nii.gz", ".nii", ".nrrd", ".nhdr", ".mha", ".mhd")
LABEL_SUFFIX = ".seg"
DICOM_MARK = slice(128, 132)


def imagesIn(folder: str) -> list[str]:
    """Paths of the scans in a folder: image files, and folders with DICOM files; the folder itself if it is one.

    Segmentations (``.seg.nrrd``) are left out. An empty or missing folder has none.
    """
    if not folder:
        return []
    try:
        changed = Path(folder).stat().st_mtime_ns
        return list(_listed(folder, changed))
    except OSError:
        return []


def labelsFor(images: Sequence[str], folder: str) -> list[str]:
    """Paths of the label maps of images, in the same order: files that are named alike, whatever their suffix.

    Raises:
        UsageError: an image has none; says how many.
    """
    known = {_stem(path): str(path) for path in sorted(Path(folder).iterdir()) if _isImage(path)} if folder else {}
    found = [known.get(_stem(Path(image))) for image in images]
    missing = found.count(None)
    if missing:
        text = _("{missing} of {count} scans have no label map of the same name in the folder of label maps.")
        raise UsageError(text.format(missing=missing, count=len(images)))
    return found


@lru_cache(maxsize=16)
def _listed(folder, _changed):
    inside = sorted(path for path in Path(folder).iterdir() if not path.name.startswith("."))
    images = [path for path in inside if (_isImage(path) and not _isSegmentation(path)) or _holdsDicom(path)]
    if not images and _holdsDicom(Path(folder)):
        images = [Path(folder)]
    return tuple(str(path) for path in images)


def _isImage(path):
    return path.name.lower().endswith(SUFFIXES) and path.is_file()


def _isSegmentation(path):
    return f"{LABEL_SUFFIX}." in path.name.lower()


def _holdsDicom(folder):
    if not folder.is_dir():
        return False
    files = (path for path in folder.rglob("*") if path.is_file() and path.name.upper() != "DICOMDIR")
    first = next(files, None)
    if first is None:
        return False
    with open(first, "rb") as file:
        return file.read(DICOM_MARK.stop)[DICOM_MARK] == b"DICM"


def _stem(path):
    name = path.name.lower()
    suffix = next((each for each in SUFFIXES if name.endswith(each)), "")
    return name.removesuffix(suffix).removesuffix(LABEL_SUFFIX)
