"""Pixels of DICOM images in Hounsfield units."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import SimpleITK as sitk

from ..errors import InputError
from ..itk_images import quiet
from .dicom_header import Frame
from .values import rescaled

if TYPE_CHECKING:
    from pydicom import Dataset

_RUN_LENGTH = "1.2.840.10008.1.2.5"


def read_pixels(frames: Sequence[Frame]) -> np.ndarray:
    """Pixels (z, y, x) of images of one size, each with its own rescale: int16 if all fit, else float32.

    Raises:
        InputError: an image is cut short or damaged, or is compressed in a way that cannot be unpacked here.
    """
    volume = np.empty((len(frames), *frames[0].size), np.int16)
    places: dict[Path, list[int]] = {}
    for place, frame in enumerate(frames):
        places.setdefault(frame.file, []).append(place)
    for wanted in places.values():
        for place, image in zip(wanted, _read_file([frames[place] for place in wanted]), strict=True):
            if image.dtype != volume.dtype and volume.dtype == np.int16:
                volume = volume.astype(np.float32)
            volume[place] = image
    return volume


def _read_file(frames: Sequence[Frame]) -> Iterator[np.ndarray]:
    """Values of images that lie in one file."""
    dataset = _read_dataset(frames[0])
    syntax = dataset.file_meta.TransferSyntaxUID
    # pydicom unpacks run-length encoding by itself, where GDCM takes very long if the data are damaged.
    compressed = syntax.is_compressed and syntax != _RUN_LENGTH
    values = _unpacked(frames[0]) if compressed and len({_rescale(frame) for frame in frames}) == 1 else None
    if values is not None:
        yield from (rescaled(_image(values, frame)) for frame in frames)
        return
    try:
        stored = dataset.pixel_array
    except Exception as error:  # pydicom and its decoders raise many kinds of errors
        raise _not_unpackable(syntax.name) if compressed else _damaged(frames[0]) from error
    yield from (rescaled(_image(stored, frame), *_rescale(frame)) for frame in frames)


def _read_dataset(frame: Frame) -> "Dataset":
    import pydicom

    try:
        dataset = pydicom.dcmread(frame.file, force=True)
        if not getattr(dataset.file_meta.get("TransferSyntaxUID"), "is_transfer_syntax", False):
            dataset.file_meta.TransferSyntaxUID = _plain_syntax(*dataset.original_encoding)
    except Exception as error:  # pydicom raises many kinds of errors for damaged files
        raise _damaged(frame) from error
    return dataset


def _plain_syntax(implicit: bool, little_endian: bool) -> str:
    """Transfer syntax of a file without meta header, which cannot be compressed."""
    from pydicom import uid

    if not little_endian:
        return uid.ExplicitVRBigEndian
    return uid.ImplicitVRLittleEndian if implicit else uid.ExplicitVRLittleEndian


def _unpacked(frame: Frame) -> np.ndarray | None:
    """Values of all images of a compressed file, rescaled by ITK with one rescale for all; None if ITK cannot."""
    reader = sitk.ImageFileReader()
    reader.SetImageIO("GDCMImageIO")
    reader.SetFileName(str(frame.file))
    try:
        with quiet():
            return sitk.GetArrayFromImage(reader.Execute())
    except RuntimeError:
        return None


def _image(pixels: np.ndarray, frame: Frame) -> np.ndarray:
    images = pixels.reshape(-1, *pixels.shape[-2:])
    if images.shape[1:] != frame.size or frame.index >= len(images):
        raise _damaged(frame)
    return images[frame.index]


def _rescale(frame: Frame) -> tuple[float, float]:
    slope = 1.0 if frame.slope is None else frame.slope
    return slope, frame.intercept or 0.0


def _damaged(frame: Frame) -> InputError:
    return InputError(f"Image {frame.instance} of the series is cut short or damaged. Copy or export the scan again.")


def _not_unpackable(syntax: str) -> InputError:
    return InputError(
        f"The images are compressed as {syntax}, which cannot be unpacked here, or they are damaged. "
        "Export them without compression."
    )
