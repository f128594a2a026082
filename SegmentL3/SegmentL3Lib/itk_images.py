"""Between our values and SimpleITK images."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import SimpleITK as sitk

from .volume import Geometry


def to_image(array: np.ndarray, geometry: Geometry) -> sitk.Image:
    """SimpleITK image of a (z, y, x) array."""
    image = sitk.GetImageFromArray(array)
    image.SetOrigin(geometry.origin)
    image.SetSpacing(geometry.spacing)
    image.SetDirection(geometry.direction)
    return image


@contextmanager
def quiet() -> Iterator[None]:
    """Keep ITK's own messages off the terminal: what matters of them reaches the user as one of our errors.

    MetaImageIO writes to the standard error stream directly, past ITK's switch for warnings.
    """
    warned = sitk.ProcessObject.GetGlobalWarningDisplay()
    sitk.ProcessObject.SetGlobalWarningDisplay(False)
    try:
        with _no_standard_error():
            yield
    finally:
        sitk.ProcessObject.SetGlobalWarningDisplay(warned)


@contextmanager
def _no_standard_error() -> Iterator[None]:
    try:
        kept = os.dup(2)
    except OSError:  # a process without a standard error stream
        yield
        return
    if sys.stderr is not None:
        sys.stderr.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
