"""Tissue maps of heads, from the label maps that come with SynthSeg.

B. Billot et al.: SynthSeg: Segmentation of brain MRI scans of any contrast and resolution without retraining. Medical
Image Analysis 86, 102789, 2023.  Some labels stand for one thing inside the skull and another outside.

Axes of all arrays of the brain synthesis are those that the network sees: towards right, front, top.
"""

from pathlib import Path

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from SegmentL3Lib.errors import InputError

from .brain_tissues import tissue_properties

ORIENTATION = "RAS"
_LEFT_CORTEX, _LEFT_VENTRICLE, _FLUID = 3, 4, 24
_AMBIGUOUS = (_LEFT_CORTEX, _LEFT_VENTRICLE, _FLUID)
_THICKEST_CORTEX_MM = 5
_WIDEST_SULCUS_MM = 9


def read_oriented(path: Path) -> np.ndarray:
    """Array of an image of 1 mm voxels, its axes towards right, front, top.

    Raises:
        InputError: it cannot be read, or has other voxels.
    """
    try:
        image = sitk.ReadImage(str(path))
    except RuntimeError as error:
        raise InputError(f"The image {path.name} cannot be read.") from error
    if not np.allclose(image.GetSpacing(), 1, atol=1e-3):
        raise InputError(f"The voxels of {path.name} are not of 1 mm.")
    return sitk.GetArrayFromImage(sitk.DICOMOrient(image, ORIENTATION)).transpose()


def tissue_map(labels: np.ndarray) -> np.ndarray:
    """Tissues (uint8, values of ``brain_tissues.Tissue``) of a head with FreeSurfer labels, voxels of 1 mm."""
    inside, outside, sure = np.zeros((3, 256), np.uint8)
    for tissue, own in tissue_properties().items():
        inside[list(own.labels_inside)] = tissue
        outside[list(own.labels_outside)] = tissue
    sure[inside > 0] = 1
    sure[list(_AMBIGUOUS)] = 0
    certain = sure[labels] > 0
    hull = _hull(certain, labels == _LEFT_CORTEX)
    return np.where(hull, np.where(inside[labels] > 0, inside[labels], outside[labels]), outside[labels])


def _hull(certain: np.ndarray, left_cortex: np.ndarray) -> np.ndarray:
    """The brain with its sulci and ventricles, on half the voxels for speed.

    Left cortex is told from what bears its label outside by the distance from what it covers.
    """
    coarse, cortex = (np.pad(mask[::2, ::2, ::2], _WIDEST_SULCUS_MM) for mask in (certain, left_cortex))
    coarse |= cortex & (ndimage.distance_transform_edt(~coarse) <= _THICKEST_CORTEX_MM / 2)
    grown = ndimage.distance_transform_edt(~coarse) <= _WIDEST_SULCUS_MM / 2
    closed = ndimage.distance_transform_edt(grown) > _WIDEST_SULCUS_MM / 2
    closed = ndimage.binary_fill_holes(closed | coarse)[(slice(_WIDEST_SULCUS_MM, -_WIDEST_SULCUS_MM),) * 3]
    fine = closed.repeat(2, 0).repeat(2, 1).repeat(2, 2)[tuple(slice(size) for size in certain.shape)]
    return fine | certain
