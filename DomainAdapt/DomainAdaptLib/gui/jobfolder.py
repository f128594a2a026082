"""The folder of one adaptation: what was asked for, and how far it has come, for the next time the panel is opened."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from slicer.i18n import tr as _

from SegmentL3Lib.errors import InputError
from SegmentL3Lib.files import atomic_path, check_writable_folder, unwritable

RECORD = "domain-adapt-job.json"
IMAGES = "images"


@dataclass(frozen=True)
class JobRecord:
    """What the panel remembers of a job.

    Attributes:
        job: as the worker was given it.
        model: title of the model.
        method: title of the method; empty for a comparison of scans.
        started: local date and time.
        result: what the worker said in the end; None while it has not ended.
        isKept: whether the adapted model is in the models folder.
    """

    job: Mapping
    model: str
    method: str
    started: str
    result: Mapping | None = None
    isKept: bool = False

    @property
    def folder(self) -> Path:
        """Folder of the job."""
        return Path(self.job["out"])


def newJobFolder(base: str, kind: str) -> Path:
    """Make a folder for a job below a folder of the user's choice.

    Raises:
        InputError: it cannot be made.
    """
    stem = f"{kind}-{datetime.now():%Y-%m-%d-%H%M%S}"
    names = (stem, *(f"{stem}-{number}" for number in range(2, 100)))
    folder = next(path for path in (Path(base) / name for name in names) if not path.exists())
    return check_writable_folder(folder)


def newRecord(job: Mapping, model: str, method: str) -> JobRecord:
    """Record of a job that begins now."""
    return JobRecord(dict(job), model, method, f"{datetime.now():%Y-%m-%d %H:%M}")


def writeRecord(record: JobRecord) -> None:
    """Write the record into the folder of its job.

    Raises:
        InputError: it cannot be written.
    """
    with atomic_path(record.folder / RECORD) as temporary:
        temporary.write_text(json.dumps(asdict(record), indent=2) + "\n", encoding="utf-8")


def readRecord(folder: Path) -> JobRecord | None:
    """The record in a folder; None where there is none that can be read. A folder may have been moved."""
    try:
        record = JobRecord(**json.loads((folder / RECORD).read_text(encoding="utf-8")))
        isWhole = isinstance(record.job["kind"], str) and isinstance(record.started, str)
        isWhole = isWhole and (record.result is None or _isUsable(record.result))
        return record if isWhole and record.folder.samefile(folder) else None
    except (OSError, ValueError, TypeError, KeyError):
        return None


def openRecords(base: str) -> list[JobRecord]:
    """Adaptations below a folder that were interrupted, or are neither kept nor discarded; the newest first."""
    if not base or not Path(base).is_dir():
        return []
    found = [readRecord(path.parent) for path in sorted(Path(base).glob(f"*/{RECORD}"), reverse=True)]
    isOpen = [record for record in found if record and record.job["kind"] == "adapt" and not record.isKept]
    return sorted(isOpen, key=lambda record: record.started, reverse=True)


def ended(record: JobRecord, result: Mapping) -> JobRecord:
    """The record with the result of the worker, written.

    Raises:
        InputError: it is no result, or cannot be written.
    """
    if not _isUsable(result):
        raise InputError(_("The computation ended without a usable result. The log below has the details."))
    record = replace(record, result=dict(result))
    writeRecord(record)
    return record


def kept(record: JobRecord) -> JobRecord:
    """The record of a model that is in the models folder now, written.

    Raises:
        InputError: it cannot be written.
    """
    record = replace(record, isKept=True)
    writeRecord(record)
    return record


def discard(record: JobRecord) -> None:
    """Delete all files of a job.

    Raises:
        InputError: they cannot be deleted.
    """
    if readRecord(record.folder) is None:
        raise InputError(_("The folder {folder} is none that this module has made.").format(folder=record.folder))
    try:
        shutil.rmtree(record.folder)
    except OSError as error:
        raise unwritable(record.folder, error) from error


def hasBegun(record: JobRecord) -> bool:
    """Whether the worker has left anything that can be resumed."""
    try:
        return any(path.name not in (RECORD, IMAGES) for path in record.folder.iterdir())
    except OSError:
        return False


def _isUsable(result) -> bool:
    if not isinstance(result, Mapping):
        return False
    paths = [*(result.get("before") or ()), *(result.get("after") or ())]
    isVerdict = isinstance(result.get("kept"), bool) and isinstance(result.get("sentence"), str)
    return isVerdict and all(isinstance(path, str) for path in paths)
