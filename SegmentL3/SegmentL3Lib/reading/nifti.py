"""NIfTI files: the header, and the voxels.

ITK reads a NIfTI file that is cut short without an error and gives zeros for what is missing, and it puts 1 mm where
the voxel size is 0. A CT number of 0 is water, so both would end in wrong results: here the voxels are read with
checks, and ITK is asked for the orientation only.
"""

import math
import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import SimpleITK as sitk

from ..errors import InputError
from ..itk_images import quiet
from ..volume import Volume
from .geometry import UNORIENTED, image_geometry
from .values import rescaled, without_gaps

_HEADER_BYTES = 348
_BLOCK_BYTES = 2**25  # large: between blocks this waits for a thread beside, which may be importing libraries
_START_BYTES = 2**20  # to see the header; damage farther on is found when the voxels are read
_LARGEST_PACKING = 1100  # gzip packs zeros 1032 times smaller
_GZIP = b"\x1f\x8b"
_DTYPES = {
    **{2: "u1", 4: "i2", 8: "i4", 16: "f4", 64: "f8", 256: "i1"},
    **{512: "u2", 768: "u4", 1024: "i8", 1280: "u8"},
}
_COLOR = (128, 2304)
_MILLIMETERS = {1: 1000.0, 2: 1.0, 3: 0.001}  # xyzt_units, lower three bits: meter, millimeter, micrometer
_CUT_SHORT = "The NIfTI file is cut short or damaged. Copy or export it again."


@dataclass(frozen=True)
class NiftiHeader:
    """What of a NIfTI-1 header is needed to read the voxels.

    Attributes:
        shape: size of the array (z, y, x).
        dtype: type of a stored value.
        offset: where the voxels start in the (unpacked) file, bytes.
        slope, intercept: stored value to value.
        unit_mm: length of the unit of the voxel size; None if it is not said.
        oriented: whether the file says how the scan lies in the patient.
        thickness_known: whether the file says how far slices are apart; only a single slice may leave it open.
    """

    shape: tuple[int, int, int]
    dtype: np.dtype
    offset: int
    slope: float
    intercept: float
    unit_mm: float | None
    oriented: bool
    thickness_known: bool

    @property
    def file_bytes(self) -> int:
        """Size of the whole (unpacked) file."""
        return self.offset + math.prod(self.shape) * self.dtype.itemsize


def is_nifti(path: Path) -> bool:
    """Whether a file starts as a NIfTI file, packed with gzip or not."""
    with _damage_said():
        size = _start(path, 4)
    return size in (struct.pack("<i", _HEADER_BYTES), struct.pack(">i", _HEADER_BYTES), struct.pack("<i", 540))


def read_nifti(path: Path) -> Volume:
    """Read a NIfTI-1 file (``.nii`` or ``.nii.gz``).

    Raises:
        InputError: it is cut short, has more than three dimensions, or does not say how large its voxels are.
    """
    with _upright_orientation():
        return _read(path)


def is_whole(path: Path) -> bool:
    """Whether a NIfTI file that was just written is complete, judged without unpacking it."""
    try:
        header = _read_header(path)
        with open(path, "rb") as file:
            if file.read(2) != _GZIP:
                return os.path.getsize(path) >= header.file_bytes
            file.seek(-4, os.SEEK_END)  # gzip ends with the unpacked size
            return struct.unpack("<I", file.read(4))[0] == header.file_bytes % 2**32
    except InputError:
        return False


@contextmanager
def _upright_orientation() -> Iterator[None]:
    """Let ITK take a sheared orientation (gantry tilt) to the nearest upright one instead of refusing the file."""
    name = "ITK_NIFTI_SFORM_PERMISSIVE"
    before = os.environ.get(name)
    os.environ[name] = "1"
    try:
        with quiet():
            yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def _read(path: Path) -> Volume:
    header = _read_header(path)
    reader = sitk.ImageFileReader()
    reader.SetImageIO("NiftiImageIO")
    reader.SetFileName(str(path))
    try:
        reader.ReadImageInformation()
    except RuntimeError as error:
        raise InputError("The NIfTI file cannot be read: its header makes no sense. Export it again.") from error
    geometry, warnings = image_geometry(reader.GetOrigin(), reader.GetSpacing(), reader.GetDirection())
    if reader.HasMetaDataKey("ITK_sform_corrected") and reader.GetMetaData("ITK_sform_corrected") == "YES":
        warnings.append("The stated orientation is sheared (gantry tilt); the nearest upright one was taken.")
    if not header.oriented:
        warnings.append(UNORIENTED)
    if not header.thickness_known:
        warnings.append("The file does not say how thick its slice is; 1 mm was taken.")
    if header.unit_mm is None:
        warnings.append("The file does not say the unit of its voxel size; millimeters were assumed.")
    array, missing = without_gaps(_read_voxels(path, header))
    return Volume(array, geometry, warnings=(*warnings, *missing))


def _read_header(path: Path) -> NiftiHeader:
    with _damage_said():
        raw = _start(path, _HEADER_BYTES)
    if len(raw) < _HEADER_BYTES:
        raise InputError(_CUT_SHORT)
    if raw[344:348] != b"n+1\0":
        raise InputError("Only NIfTI-1 files of one part (.nii or .nii.gz) can be read. Save the scan as such a file.")
    order = "<" if raw[:4] == struct.pack("<i", _HEADER_BYTES) else ">"
    return _parse_header(raw, order)


def _parse_header(raw: bytes, order: str) -> NiftiHeader:
    sizes = struct.unpack_from(order + "8h", raw, 40)
    datatype = struct.unpack_from(order + "h", raw, 70)[0]
    pixdim = struct.unpack_from(order + "8f", raw, 76)
    offset, slope, intercept = struct.unpack_from(order + "3f", raw, 108)
    form_codes = struct.unpack_from(order + "2h", raw, 252)
    shape = _shape(sizes)
    _check_spacing(shape, pixdim)
    if datatype in _COLOR:
        raise InputError("This is a color picture, not a CT with one value in each voxel. Choose the original scan.")
    if datatype not in _DTYPES:
        raise InputError("The file holds values of a kind that a CT does not have. Choose the original scan.")
    if not (math.isfinite(slope) and math.isfinite(intercept)) or slope == 0:
        slope, intercept = 1.0, 0.0  # the standard: a slope of 0 means no scaling
    return NiftiHeader(
        shape=shape,
        dtype=np.dtype(order + _DTYPES[datatype]),
        offset=max(int(offset), _HEADER_BYTES) if math.isfinite(offset) else _HEADER_BYTES,
        slope=slope,
        intercept=intercept,
        unit_mm=_MILLIMETERS.get(raw[123] & 7),
        oriented=any(code > 0 for code in form_codes),
        thickness_known=_is_size(pixdim[3]),
    )


def _shape(sizes: tuple[int, ...]) -> tuple[int, int, int]:
    count = sizes[0]
    if not 1 <= count <= 7 or any(size < 1 for size in sizes[1 : count + 1]):
        raise InputError("The NIfTI file cannot be read: its header makes no sense. Export it again.")
    x, y, z, *more = (*sizes[1 : count + 1], *(1,) * 7)[:7]
    if any(size > 1 for size in more):
        raise InputError(
            f"The scan has {math.prod(more)} volumes or values for each voxel, but one is needed. "
            "Export a single volume."
        )
    return z, y, x


def _check_spacing(shape: tuple[int, int, int], pixdim: tuple[float, ...]) -> None:
    needed = 2 if shape[0] == 1 else 3
    if not all(_is_size(size) for size in pixdim[1 : needed + 1]):
        raise InputError("The scan does not say how large its voxels are (spacing missing or 0). Export it again.")


def _is_size(value: float) -> bool:
    return math.isfinite(value) and value != 0


def _read_voxels(path: Path, header: NiftiHeader) -> np.ndarray:
    if header.file_bytes > os.path.getsize(path) * _LARGEST_PACKING:
        raise InputError(_CUT_SHORT)
    stored = np.empty(header.shape, header.dtype)
    buffer = memoryview(stored).cast("B")
    start = -header.offset  # where a block of the file goes in the buffer
    with _damage_said(), open(path, "rb") as file:
        for block in _unpacked(file):
            part = block[max(0, -start) : max(0, len(buffer) - start)]
            buffer[max(0, start) : max(0, start) + len(part)] = part
            start += len(block)
    if start < len(buffer):
        raise InputError(_CUT_SHORT)
    return rescaled(stored.astype(stored.dtype.newbyteorder("="), copy=False), header.slope, header.intercept)


def _start(path: Path, count: int) -> bytes:
    start = b""
    with open(path, "rb") as file:
        for block in _unpacked(file, _START_BYTES):
            start += block
            if len(start) >= count:
                break
    return start[:count]


def _unpacked(file: BinaryIO, block_bytes: int = _BLOCK_BYTES) -> Iterator[bytes]:
    """The content of a file in blocks of some bytes at most, unpacked if it is packed with gzip."""
    block = file.read(block_bytes)
    if block.startswith(_GZIP):
        yield from _unzipped(block, file, block_bytes)
        return
    while block:
        yield block
        block = file.read(block_bytes)


def _unzipped(packed: bytes, file: BinaryIO, block_bytes: int) -> Iterator[bytes]:
    """Unpack gzip data; zlib raises where length or checksum is wrong."""
    unpacker = zlib.decompressobj(wbits=31)
    while True:
        block = unpacker.decompress(packed, block_bytes)
        yield block
        ended = unpacker.eof
        packed = unpacker.unused_data if ended else unpacker.unconsumed_tail
        packed = packed or file.read(block_bytes)
        if ended:  # some programs write several packed parts, one after the other, or pad with zeros
            packed = packed.lstrip(b"\0")
            if not packed:
                return
            unpacker = zlib.decompressobj(wbits=31)
        elif not packed and not block:
            raise zlib.error("cut short")


@contextmanager
def _damage_said() -> Iterator[None]:
    try:
        yield
    except zlib.error as error:
        raise InputError(_CUT_SHORT) from error
