"""What a DICOM file says of its images, classic (one image a file) or enhanced (many frames a file)."""

import logging
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from pydicom import Dataset

Elements = dict[str, Any]

_NOT_SCANS = {"SEG", "RTDOSE", "RTSTRUCT", "RTPLAN", "RTIMAGE", "SR", "PR", "KO", "REG", "DOC"}
_TAGS = [
    *("SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "SeriesNumber", "SeriesDescription", "Modality"),
    *("ImageType", "InstanceNumber", "AcquisitionNumber", "Rows", "Columns", "SamplesPerPixel", "NumberOfFrames"),
    *("PixelSpacing", "ImageOrientationPatient", "ImagePositionPatient", "SliceThickness", "GantryDetectorTilt"),
    *("RescaleSlope", "RescaleIntercept", "RescaleType", "LossyImageCompression"),
    *("KVP", "ConvolutionKernel", "PatientPosition", "ManufacturerModelName"),
    *("ContrastBolusAgent", "ContrastBolusAgentSequence"),
    *("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"),
]
_GROUPS = [
    *("PixelMeasuresSequence", "PlaneOrientationSequence", "PlanePositionSequence", "CTXRayDetailsSequence"),
    *("PixelValueTransformationSequence", "CTReconstructionSequence", "CTGeometrySequence"),
]
_WITHOUT_CONTRAST = {"", "NONE", "NO", "N", "0", "WITHOUT", "NATIVE"}


@dataclass(frozen=True)
class Frame:
    """One image: a whole classic file or one frame of an enhanced one.

    Attributes:
        file: where it is.
        index: its number within the file, from 0.
        instance: its number within the series.
        size: rows, columns.
        spacing: distance of rows, of columns, mm; None if the file does not say it.
        orientation: direction of a row and of a column, LPS; None if not said.
        position: center of the first pixel, LPS, mm; None if not said.
        slope, intercept: stored value to Hounsfield units; None if not said.
    """

    file: Path
    index: int
    instance: int
    size: tuple[int, int]
    spacing: tuple[float, float] | None = None
    orientation: tuple[float, ...] | None = None
    position: tuple[float, float, float] | None = None
    slope: float | None = None
    intercept: float | None = None


@dataclass(frozen=True)
class DicomFile:
    """One DICOM file with images.

    Attributes:
        frames: its images.
        uid: of the file's object, to notice copies; "" if not said.
        series: UID of the series, or what stands for it where the UID was removed.
        series_number: number of the series as text, "" if not said.
        description: of the series. It may name the patient: show it, never log it.
        modality: such as "CT"; None if not said.
        is_localizer: whether it is an overview for planning and not a scan.
        is_color: whether it has several values for each pixel.
        acquisition: see ``Volume.acquisition``.
        warnings: sentences about what is odd.
    """

    frames: tuple[Frame, ...]
    uid: str
    series: str
    series_number: str
    description: str
    modality: str | None
    is_localizer: bool
    is_color: bool
    acquisition: Mapping[str, float | str | bool] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@contextmanager
def silent_pydicom() -> Iterator[None]:
    """Keep back what pydicom says of odd values: it quotes them, so it may name the patient."""
    logger = logging.getLogger("pydicom")
    disabled, logger.disabled = logger.disabled, True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.disabled = disabled


def is_dicom(path: Path) -> bool:
    """Whether a file starts as DICOM does, with or without the preamble that the standard demands."""
    with open(path, "rb") as file:
        return _starts_as_dicom(file.read(140))


def read_dicom_header(path: Path) -> DicomFile | None:
    """Read what a file says of its images; None if it is not DICOM or holds no scan.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is DICOM, but damaged.
    """
    with open(path, "rb") as file:
        if not _starts_as_dicom(file.read(140)):
            return None
        file.seek(0)
        dataset = _read_dataset(file)
    elements = _elements(dataset)
    if not elements.get("Rows") or not elements.get("Columns") or elements.get("Modality") in _NOT_SCANS:
        return None
    try:
        return _describe(path, elements)
    except (TypeError, AttributeError, KeyError) as error:  # values of another kind than their tag demands
        raise ValueError("the DICOM header is damaged") from error


def _starts_as_dicom(start: bytes) -> bool:
    if start[128:132] == b"DICM":
        return True
    little, big = start[:2] in (b"\x08\x00", b"\x02\x00"), start[:2] == b"\x00\x08"
    if not (little or big) or len(start) < 8:
        return False
    explicit = start[4:6].isalpha() and start[4:6].isupper()
    return explicit or (little and int.from_bytes(start[4:8], "little") < 2**16)


def _read_dataset(file: BinaryIO) -> "Dataset":
    import pydicom

    try:
        return pydicom.dcmread(file, stop_before_pixels=True, force=True, specific_tags=_TAGS)
    except Exception as error:  # pydicom raises many kinds of errors for damaged files
        raise ValueError("the DICOM header is damaged") from error


def _elements(dataset: "Dataset") -> Elements:
    """Values by keyword; what cannot be understood counts as not said."""
    elements = {}
    tags = dataset.keys()  # iterating the dataset itself would convert the values, and end at the first odd one
    for tag in tags:
        try:
            element = dataset[tag]
        except Exception:  # pydicom raises many kinds of errors for odd values
            continue
        elements[element.keyword] = element.value
    return elements


def _describe(path: Path, elements: Elements) -> DicomFile:
    number = _text(elements, "SeriesNumber")
    description = _text(elements, "SeriesDescription")
    groups = list(_functional_groups(elements))
    return DicomFile(
        frames=tuple(_frames(path, elements, groups)),
        uid=_text(elements, "SOPInstanceUID"),
        series=_text(elements, "SeriesInstanceUID") or f"{number} {description}".strip(),
        series_number=number,
        description=description,
        modality=_text(elements, "Modality").upper() or None,
        is_localizer="LOCALIZER" in [str(value).upper() for value in _values(elements, "ImageType")],
        is_color=(elements.get("SamplesPerPixel") or 1) > 1,
        acquisition=_acquisition(elements | groups[0]),
        warnings=tuple(_warnings(elements | groups[0])),
    )


def _functional_groups(elements: Elements) -> Iterator[Elements]:
    """What an enhanced file says of each frame, its own values before those shared; nothing for a classic file."""
    shared = _group_values(*(elements.get("SharedFunctionalGroupsSequence") or [])[:1])
    per_frame = elements.get("PerFrameFunctionalGroupsSequence") or []
    for index in range(max(1, int(elements.get("NumberOfFrames") or 1))):
        yield shared | _group_values(*per_frame[index : index + 1])


def _group_values(*datasets: "Dataset") -> Elements:
    values = {}
    for groups in map(_elements, datasets):
        for name in _GROUPS:
            for item in groups.get(name) or []:
                values |= _elements(item)
    return values


def _frames(path: Path, elements: Elements, groups: Iterable[Elements]) -> Iterator[Frame]:
    instance = int(elements.get("InstanceNumber") or 0)
    for index, own in enumerate(groups):
        values = elements | own
        yield Frame(
            file=path,
            index=index,
            instance=instance + index,
            size=(int(elements["Rows"]), int(elements["Columns"])),
            spacing=_numbers(values, "PixelSpacing", 2),
            orientation=_numbers(values, "ImageOrientationPatient", 6),
            position=_numbers(values, "ImagePositionPatient", 3),
            slope=_number(values, "RescaleSlope"),
            intercept=_number(values, "RescaleIntercept"),
        )


def _acquisition(elements: Elements) -> dict[str, float | str | bool]:
    facts = {
        "slice_thickness_mm": _number(elements, "SliceThickness"),
        "kvp": _number(elements, "KVP"),
        "convolution_kernel": " ".join(str(value) for value in _values(elements, "ConvolutionKernel")),
        "gantry_tilt_deg": _number(elements, "GantryDetectorTilt"),
        "contrast": _contrast(elements),
        "patient_position": _text(elements, "PatientPosition").upper(),
        "manufacturer_model": _text(elements, "ManufacturerModelName"),
    }
    return {name: value for name, value in facts.items() if value not in (None, "")}


def _contrast(elements: Elements) -> bool | None:
    """True if a contrast agent is named, None if not: many files leave it out. The name is free text, so not kept."""
    if elements.get("ContrastBolusAgentSequence"):
        return True
    return _text(elements, "ContrastBolusAgent").upper() not in _WITHOUT_CONTRAST or None


def _warnings(elements: Elements) -> Iterator[str]:
    if _text(elements, "LossyImageCompression") == "01":
        yield "The images were compressed with loss, so CT numbers are not exact."
    unit = _text(elements, "RescaleType").upper()
    if unit not in ("", "HU", "US"):
        yield f"The file says that its values are {unit}, not Hounsfield units."


def _text(elements: Elements, name: str) -> str:
    value = elements.get(name)
    return "" if value is None else str(value).strip()


def _values(elements: Elements, name: str) -> list:
    value = elements.get(name)
    if value is None or value == "":
        return []
    return [value] if isinstance(value, (str, int, float)) else list(value)


def _number(elements: Elements, name: str) -> float | None:
    numbers = _numbers(elements, name, 1)
    return numbers[0] if numbers else None


def _numbers(elements: Elements, name: str, count: int) -> tuple[float, ...] | None:
    values = _values(elements, name)
    try:
        return tuple(float(value) for value in values) if len(values) == count else None
    except ValueError:
        return None
