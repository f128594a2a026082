"""One job, from the scan's file to the files of the result: the same for the command line and the worker."""

import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import MISSING, dataclass, fields
from pathlib import Path

from .errors import SegmentL3Error, UsageError
from .files import check_writable_folder
from .labels import load_labels
from .measure import make_patient
from .progress import Progress, part, silent
from .reading import read_volume
from .report import write_all
from .results import Result

UNFORESEEN_EXIT_CODE = 1
INTERRUPTED_EXIT_CODE = 130  # what shells report for a program that was interrupted

# Usually 0.005: so long what unpacks the scan would wait for what imports libraries, each time it has a block.
_SWITCH_SECONDS = 0.0005
_TYPES = {"slice_index": int, "height_cm": (int, float), "weight_kg": (int, float)}


@dataclass(frozen=True)
class Job:
    """What is to be done.

    Attributes:
        input: the scan: file or DICOM folder.
        output: folder for the results; made where it is missing.
        series: series instance UID, for a folder with several series.
        slice_index: slice to measure, in the file's own order; None: look for L3.
        sex, height_cm, weight_kg: the patient, as far as known.
        device: "auto", "cpu" or "cuda".
    """

    input: str
    output: str
    series: str | None = None
    slice_index: int | None = None
    sex: str | None = None
    height_cm: float | None = None
    weight_kg: float | None = None
    device: str = "auto"

    @classmethod
    def from_mapping(cls, values: Mapping) -> "Job":
        """Job of a JSON object whose keys are the attributes.

        Raises:
            UsageError: a key is unknown or missing, or a value has the wrong type.
        """
        return cls(**read_entries(cls, values, _TYPES))


def read_entries(job: type, values: Mapping, types: Mapping) -> dict:
    """Entries of a job's JSON object, those left out that are null.

    Args:
        job: dataclass whose fields are the entries that are known; those without a default are needed.
        values: the object.
        types: type, or types, of entries that are not text.

    Raises:
        UsageError: a key is unknown or missing, or a value has the wrong type.
    """
    known = {field.name: field.default for field in fields(job)}
    for key, value in values.items():
        if key not in known:
            raise UsageError(f'The job has the entry "{key}", which is not known.')
        wanted = types.get(key, str)
        if value is not None and (not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool)):
            raise UsageError(f'The entry "{key}" of the job has a value of the wrong type.')
    for key, default in known.items():
        if default is MISSING and not values.get(key):
            raise UsageError(f'The job has no entry "{key}".')
    return {key: value for key, value in values.items() if value is not None}


@dataclass(frozen=True)
class Outcome:
    """Result of a job, and the files that hold it, by what they hold."""

    result: Result
    files: Mapping[str, Path]


def do_job(job: Job, progress: Progress = silent) -> Outcome:
    """Read, measure and write.

    The output folder is tried before the long work begins.

    Raises:
        SegmentL3Error: in plain words, with the exit code.
    """
    patient = make_patient(job.sex, job.height_cm, job.weight_kg)
    progress(0.0, "Reading the scan")
    threading.Thread(target=_import_torch).start()
    volume = read_volume(job.input, job.series)
    with output_folder(job.output) as folder:
        progress(0.15, "Starting")
        # Needs torch, which is imported by now or waited for; usage errors and --help do not wait for it.
        from .pipeline import run

        result = run(
            volume,
            slice_index=job.slice_index,
            patient=patient,
            device=job.device,
            progress=part(progress, 0.2, 0.9),
        )
        progress(0.9, "Writing the results")
        files = write_all(result, volume, load_labels(), folder)
    progress(1.0, "Done")
    return Outcome(result, files)


def _import_torch() -> None:
    """Take the second or two that this needs while the scan is unpacked; what goes wrong is said by the next import."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH_SECONDS)
    try:
        with suppress(Exception):
            import torch  # noqa: F401
    finally:
        sys.setswitchinterval(usual)


@contextmanager
def output_folder(path: str | Path) -> Iterator[Path]:
    """The output folder, made where it is missing; after an error one that was made here is removed again.

    Raises:
        InputError: nothing can be written there.
    """
    existed = Path(path).exists()
    folder = check_writable_folder(path)
    try:
        yield folder
    except BaseException:
        if not existed:
            with suppress(OSError):  # something else has been put into it
                folder.rmdir()
        raise


def explain(error: BaseException) -> tuple[str, int]:
    """What to tell the user of an error, in a sentence or two, and the exit code.

    The text of an unforeseen error is left out: it may hold a path with a patient's name.
    """
    if isinstance(error, SegmentL3Error):
        return str(error), error.exit_code
    if isinstance(error, KeyboardInterrupt):
        return "Stopped before the end.", INTERRUPTED_EXIT_CODE
    if _is_lack_of_memory(error):
        return "The computer has too little memory for this scan; close other programs.", UNFORESEEN_EXIT_CODE
    if isinstance(error, ModuleNotFoundError):
        return f"The Python package {error.name} is missing (ModuleNotFoundError); install it.", UNFORESEEN_EXIT_CODE
    return f"Something unforeseen went wrong ({type(error).__name__}).", UNFORESEEN_EXIT_CODE


def _is_lack_of_memory(error: BaseException) -> bool:
    # PyTorch raises plain RuntimeError where the processor's memory does not suffice.
    return (
        isinstance(error, MemoryError)
        or type(error).__name__ == "OutOfMemoryError"
        or (isinstance(error, RuntimeError) and "not enough memory" in str(error))
    )
