"""Made-up DICOM files for tests."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from pydicom import Dataset
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import (
    CTImageStorage,
    EnhancedCTImageStorage,
    ExplicitVRLittleEndian,
    MRImageStorage,
    generate_uid,
)

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
INTERCEPT = -1024


def random_hu(count: int = 5, rows: int = 6, columns: int = 7, seed: int = 0) -> np.ndarray:
    """Values from -1024 to 1000 (z, y, x)."""
    return np.random.default_rng(seed).integers(-1024, 1000, (count, rows, columns)).astype(np.int16)


def image(hu: np.ndarray, position=(0.0, 0.0, 0.0), **elements) -> FileDataset:
    """One CT image of values (y, x); elements are added, or removed where None."""
    dataset = _dataset(CTImageStorage)
    _put_pixels(dataset, (hu.astype(int) - INTERCEPT).astype(np.uint16))
    defaults = {
        "Modality": "CT",
        "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
        "SeriesInstanceUID": "1.2.3",
        "SeriesNumber": 3,
        "SeriesDescription": "Abdomen 3.0",
        "InstanceNumber": 1,
        "PixelSpacing": [0.9, 0.8],
        "ImageOrientationPatient": list(AXIAL),
        "ImagePositionPatient": list(position),
        "SliceThickness": 3.0,
        "RescaleSlope": 1,
        "RescaleIntercept": INTERCEPT,
        "PatientName": "Nowak^Anna",
        "PatientID": "4711",
    }
    for name, value in (defaults | elements).items():
        if value is not None:
            setattr(dataset, name, value)
    return dataset


def series(hu: np.ndarray, origin=(-100.0, -90.0, -500.0), step=(0.0, 0.0, 3.0), **elements) -> list[FileDataset]:
    """CT images of values (z, y, x), each ``step`` (LPS, mm) after the one before."""
    return [
        image(values, np.add(origin, np.multiply(step, number)).tolist(), **{"InstanceNumber": number + 1} | elements)
        for number, values in enumerate(hu)
    ]


def mr_series(hu: np.ndarray, **elements) -> list[FileDataset]:
    """The same as an MR series."""
    images = series(hu, Modality="MR", RescaleSlope=None, RescaleIntercept=None, **elements)
    for dataset in images:
        dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = MRImageStorage
    return images


def enhanced(hu: np.ndarray, rescale: Callable[[int], tuple[float, float]] | None = None, step=3.0) -> FileDataset:
    """One enhanced multi-frame CT of values (z, y, x), with the frames in reverse order."""
    dataset = _dataset(EnhancedCTImageStorage)
    dataset.Modality = "CT"
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"]
    dataset.SeriesInstanceUID, dataset.SeriesNumber, dataset.SeriesDescription = "1.2.3", 3, "Abdomen"
    dataset.InstanceNumber, dataset.NumberOfFrames = 1, len(hu)
    shared, frames, stored = Dataset(), [], []
    shared.PixelMeasuresSequence = [_item(PixelSpacing=[0.9, 0.8], SliceThickness=step)]
    shared.PlaneOrientationSequence = [_item(ImageOrientationPatient=list(AXIAL))]
    shared.CTXRayDetailsSequence = [_item(KVP=120)]
    shared.CTReconstructionSequence = [_item(ConvolutionKernel="B30f")]
    for number in reversed(range(len(hu))):
        slope, intercept = rescale(number) if rescale else (1, INTERCEPT)
        frame = Dataset()
        frame.PlanePositionSequence = [_item(ImagePositionPatient=[-100.0, -90.0, -500.0 + step * number])]
        transformation = _item(RescaleSlope=slope, RescaleIntercept=intercept, RescaleType="HU")
        frame.PixelValueTransformationSequence = [transformation]
        frames.append(frame)
        stored.append((hu[number].astype(float) - intercept) / slope)
    dataset.SharedFunctionalGroupsSequence = [shared]
    dataset.PerFrameFunctionalGroupsSequence = frames
    _put_pixels(dataset, np.round(stored).astype(np.uint16))
    return dataset


def save(images: list[FileDataset], folder: Path) -> Path:
    """Write images under names that say nothing of their kind or order."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, dataset in enumerate(images):
        dataset.save_as(folder / f"{(7919 * (number + 1)) % 10007:05d}", enforce_file_format=True)
    return folder


def _dataset(sop_class: str) -> FileDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = sop_class
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID, dataset.SOPInstanceUID = sop_class, meta.MediaStorageSOPInstanceUID
    return dataset


def _put_pixels(dataset: FileDataset, stored: np.ndarray) -> None:
    dataset.Rows, dataset.Columns = stored.shape[-2:]
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 16, 15, 0
    dataset.PixelData = stored.tobytes()


def _item(**elements) -> Dataset:
    item = Dataset()
    for name, value in elements.items():
        setattr(item, name, value)
    return item
