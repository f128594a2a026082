"""DICOM series: which there are in a folder, and reading one."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError
from ..volume import Volume
from .dicom_header import DicomFile, Frame, read_dicom_header, silent_pydicom
from .dicom_pixels import read_pixels
from .stacking import Stack, stack
from .values import without_gaps


@dataclass(frozen=True)
class Series:
    """One image series of a folder.

    Attributes:
        uid: UID of the series, or what stands for it where the UID was removed.
        number: series number as text, "" if not said.
        description: may name the patient: show it, never log it.
        modality: such as "CT"; None if not said.
        image_count: number of images.
        files: the files, without copies.
    """

    uid: str
    number: str
    description: str
    modality: str | None
    image_count: int
    files: tuple[DicomFile, ...]

    @property
    def frames(self) -> list[Frame]:
        """All images of the series."""
        return [frame for file in self.files for frame in file.frames]


def list_series(folder: str | os.PathLike) -> tuple[Series, ...]:
    """The image series below a folder, by series number; overviews for planning and color pictures are left out.

    Raises:
        InputError: the folder cannot be read, or there is no DICOM scan in it.
    """
    with silent_pydicom():
        return _list_series(Path(folder))[0]


def read_folder(folder: Path, series_uid: str | None = None) -> Volume:
    """Read the only image series below a folder, or the one of that UID or series number.

    Raises:
        InputError: there is none, several to choose from, or it cannot be read (see ``stack`` and ``read_pixels``).
    """
    with silent_pydicom():
        series, warnings = _list_series(folder)
        return _read(_choose(series, series_uid), warnings)


def read_file(path: Path) -> Volume:
    """Read a single DICOM file: one slice, or all frames of an enhanced one.

    Raises:
        InputError: it holds no scan or is damaged.
    """
    with silent_pydicom():
        return _read(_series([_scan(path)]), [])


def _scan(path: Path) -> DicomFile:
    try:
        file = read_dicom_header(path)
    except ValueError as error:
        raise InputError("The DICOM file is cut short or damaged. Copy or export it again.") from error
    if file is None:
        raise InputError("The DICOM file holds no scan (a report, a plan or an index). Choose the images themselves.")
    if file.is_color:
        raise InputError("This is a color picture, not a CT with one value in each pixel. Choose the original scan.")
    return file


def _list_series(folder: Path) -> tuple[tuple[Series, ...], list[str]]:
    files, damaged = [], 0
    for path in _paths(folder):
        try:
            file = read_dicom_header(path)
        except (ValueError, OSError):
            damaged += 1
            continue
        if file is not None:
            files.append(file)
    if not files:
        raise _no_scan(damaged)
    scans = [file for file in files if not (file.is_localizer or file.is_color)]
    if not scans:
        raise InputError("The folder holds only overview or color pictures, but no scan. Choose the CT series itself.")
    series = _group(scans)
    warnings = [f"{damaged} DICOM files are damaged and were left out."] if damaged else []
    return tuple(sorted(series, key=lambda item: (len(item.number), item.number, item.uid))), warnings


def _no_scan(damaged: int) -> InputError:
    if damaged:
        return InputError(
            f"The {damaged} DICOM files of the folder are cut short or damaged. Copy or export them again."
        )
    return InputError(
        "There are no DICOM images in the folder. For NIfTI, NRRD or MetaImage choose the file, not its folder."
    )


def _paths(folder: Path) -> Iterator[Path]:
    try:
        os.listdir(folder)  # os.walk passes over a folder that it may not read
    except OSError as error:
        raise InputError(f"The folder cannot be read: {(error.strerror or 'no reason given').lower()}.") from error
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(place, name)
            if not name.startswith(".") and path.is_file():
                yield path


def _group(files: Iterable[DicomFile]) -> list[Series]:
    groups: dict[str, dict[object, DicomFile]] = {}
    for file in files:
        copies = groups.setdefault(file.series, {})
        copies.setdefault(file.uid or len(copies), file)
    series = [_series(list(group.values())) for group in groups.values()]
    placed = [item for item in series if any(frame.position for frame in item.frames)]
    return placed or series  # screen shots and dose sheets do not lie anywhere


def _series(files: Sequence[DicomFile]) -> Series:
    first = files[0]
    count = sum(len(file.frames) for file in files)
    return Series(first.series, first.series_number, first.description, first.modality, count, tuple(files))


def _choose(series: Sequence[Series], wanted: str | None) -> Series:
    if wanted is None:
        if len(series) > 1:
            raise InputError(f"The folder holds {len(series)} image series: {_menu(series)}")
        return series[0]
    chosen = [item for item in series if wanted in (item.uid, item.number)]
    if len(chosen) != 1:
        many = f"{len(chosen)} series have" if chosen else "No series has"
        raise InputError(f"{many} the number or UID {wanted}. The folder holds: {_menu(series)}")
    return chosen[0]


def _menu(series: Sequence[Series]) -> str:
    numbers = [item.number for item in series]
    entries = []
    for item in series:
        key = item.number if item.number and numbers.count(item.number) == 1 else item.uid
        images = "1 image" if item.image_count == 1 else f"{item.image_count} images"
        entries.append(f"{key} ({item.description or 'no description'}, {item.modality or 'unknown kind'}, {images})")
    return (
        f"{'; '.join(entries)}. Choose one by its number or UID (command line: --series {entries[0].split(' (')[0]})."
    )


def _read(series: Series, warnings: Sequence[str]) -> Volume:
    first = series.files[0]
    stacked = stack(series.frames, first.acquisition.get("slice_thickness_mm"))
    array, missing = without_gaps(read_pixels(stacked.frames))
    notes = dict.fromkeys(note for file in series.files for note in file.warnings)
    return Volume(
        array=array,
        geometry=stacked.geometry,
        modality=series.modality,
        acquisition=_acquisition(first, stacked),
        warnings=(*warnings, *notes, *_rescale_warnings(stacked, series.modality), *stacked.warnings, *missing),
    )


def _acquisition(file: DicomFile, stacked: Stack) -> dict[str, float | str | bool]:
    facts = {**file.acquisition, "slice_spacing_mm": stacked.geometry.spacing[2]}
    if stacked.tilt_degrees:
        facts["gantry_tilt_deg"] = stacked.tilt_degrees
    return facts


def _rescale_warnings(stacked: Stack, modality: str | None) -> list[str]:
    unknown = sum(frame.slope is None or frame.intercept is None for frame in stacked.frames)
    if not unknown or modality != "CT":
        return []
    return [f"{unknown} of {len(stacked.frames)} images do not say how their values become Hounsfield units (rescale)."]
