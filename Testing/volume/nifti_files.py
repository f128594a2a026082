"""NIfTI files with a changed header, for tests."""

import gzip
import struct
from pathlib import Path

import numpy as np
import SimpleITK as sitk

SPACING = (0.8, 0.9, 3.0)
# Name of a header field: its place and kind.
FIELDS = {
    "dim": (40, "8h"),
    "datatype": (70, "h"),
    "pixdim": (76, "8f"),
    "scale": (112, "2f"),
    "units": (123, "B"),
    "form_codes": (252, "2h"),
    "srow_x": (280, "4f"),
    "magic": (344, "4s"),
}


def values(shape=(4, 5, 6)) -> np.ndarray:
    """CT-like values (z, y, x)."""
    return np.random.default_rng(2).integers(-1024, 2000, shape).astype(np.int16)


def nifti(path: Path, array=None, **fields) -> Path:
    """Write a NIfTI file, packed if its name ends in .gz, with header fields replaced."""
    image = sitk.GetImageFromArray(values() if array is None else array)
    image.SetSpacing(SPACING[: image.GetDimension()] if image.GetDimension() < 4 else (*SPACING, 1.0))
    plain = path.with_name("plain.nii")
    sitk.WriteImage(image, str(plain))
    content = bytearray(plain.read_bytes())
    plain.unlink()
    for name, value in fields.items():
        offset, kind = FIELDS[name]
        struct.pack_into(f"<{kind}", content, offset, *(value if isinstance(value, tuple) else (value,)))
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def pixdim(x=SPACING[0], y=SPACING[1], z=SPACING[2]) -> tuple[float, ...]:
    """The header field for this voxel size."""
    return (1.0, x, y, z, 0.0, 0.0, 0.0, 0.0)
