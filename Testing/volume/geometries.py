"""Geometries and permissions for tests."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from SegmentL3Lib.volume import Geometry


def rotation(degrees_about_axes) -> np.ndarray:
    """Rotation matrix from angles about x, y and z."""
    matrix = np.eye(3)
    for axis, angle in enumerate(np.radians(degrees_about_axes)):
        first, second = (number for number in range(3) if number != axis)
        turn = np.eye(3)
        turn[first, first] = turn[second, second] = np.cos(angle)
        turn[first, second], turn[second, first] = -np.sin(angle), np.sin(angle)
        matrix = turn @ matrix
    return matrix


def geometry(matrix=None, origin=(-120.5, 80.25, -700.0), spacing=(0.7, 0.9, 3.0)) -> Geometry:
    """Geometry with a direction matrix."""
    matrix = np.eye(3) if matrix is None else np.asarray(matrix)
    return Geometry(origin, spacing, tuple(float(value) for value in matrix.ravel()))


@contextmanager
def forbidden_folder(mode: int) -> Iterator[Path]:
    """A folder with these permissions, seen by a user who has no others; needs to be run as root or by such a user."""
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)
        folder = Path(name, "folder")
        folder.mkdir()
        (folder / "file.nii").write_bytes(b"something")
        os.chmod(folder / "file.nii", 0o600)
        os.chmod(folder, mode)
        user = os.geteuid()
        if user == 0:
            os.seteuid(65534)
        try:
            yield folder
        finally:
            if user == 0:
                os.seteuid(0)
            os.chmod(folder, 0o755)
