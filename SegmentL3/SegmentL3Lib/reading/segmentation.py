"""Reading segmentations back, also after an edit in 3D Slicer."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from ..errors import InputError
from ..itk_images import quiet
from ..labels import Label, load_labels
from ..volume import LabelMap
from .geometry import image_geometry


def read_segmentation(path: str | os.PathLike, labels: Sequence[Label] | None = None) -> LabelMap:
    """Read a ``.seg.nrrd`` of 3D Slicer or a plain label map (NIfTI, NRRD, MetaImage).

    Slicer may give segments other values and layers when it saves them: segments are told by ID or name, and get the
    value that the label table has for it. Segments that the table does not have are left out. Where segments overlap,
    the last layer counts.

    Args:
        path: the file.
        labels: label table; by default that of ``load_labels``.

    Raises:
        InputError: it cannot be read or is no label map.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"There is no file {path}.")
    with quiet():
        try:
            image = sitk.ReadImage(str(path))
        except RuntimeError as error:
            raise InputError("The segmentation cannot be read: it is damaged or of an unknown format.") from error
    geometry, _ = image_geometry(image.GetOrigin(), image.GetSpacing(), image.GetDirection())
    layers = _layers(image)
    segments = _segments(image, load_labels() if labels is None else labels)
    if segments is None:
        return LabelMap(_plain(layers), geometry)
    array = np.zeros(layers[0].shape, np.uint8)
    for number, layer in enumerate(layers):
        values = np.zeros(int(layer.max()) + 1, np.uint8)
        for place, stored, value in segments:
            if place == number and stored < len(values):
                values[stored] = value
        np.copyto(array, found := values[layer], where=found > 0)
    return LabelMap(array, geometry)


def _layers(image: sitk.Image) -> list[np.ndarray]:
    array = sitk.GetArrayFromImage(image)
    if image.GetNumberOfComponentsPerPixel() == 1:
        array = array[..., np.newaxis]
    array = array.reshape((1, *array.shape)[-4:])
    if array.ndim != 4:
        raise InputError("The segmentation is not a volume of three dimensions.")
    return list(np.moveaxis(array, -1, 0))


def _segments(image: sitk.Image, labels: Sequence[Label]) -> list[tuple[int, int, int]] | None:
    """Layer, stored value and label value of each segment; None if the file is no segmentation of 3D Slicer."""
    keys = set(image.GetMetaDataKeys())
    if "Segment0_ID" not in keys:
        return None
    known = {label.name.lower(): label.value for label in labels} | {label.id: label.value for label in labels}
    segments, number = [], 0
    while f"Segment{number}_ID" in keys:
        names = [image.GetMetaData(f"Segment{number}_{key}") for key in ("ID", "Name")]
        value = next((known[name] for name in (names[0], names[1].lower()) if name in known), None)
        if value is not None:
            layer, stored = (int(image.GetMetaData(f"Segment{number}_{key}")) for key in ("Layer", "LabelValue"))
            segments.append((layer, stored, value))
        number += 1
    return segments


def _plain(layers: list[np.ndarray]) -> np.ndarray:
    array = layers[0]
    if len(layers) > 1 or array.min() < 0 or array.max() > 255 or (array != np.floor(array)).any():
        raise InputError("The file is no label map: its values are not whole numbers from 0 to 255.")
    return array.astype(np.uint8)
