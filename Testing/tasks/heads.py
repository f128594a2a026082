"""Small heads with lesions, as images of a task and as files."""

from dataclasses import replace

import numpy as np

from DomainAdaptLib.synthesis.head import make_head
from SegmentL3Lib.volume import Geometry, Volume
from SegmentL3Lib.writing import write_volume

VOXEL_MM = 4.0
SEED = 5
LESION_AT = np.s_[20:24, 20:25, 14:18]
GEOMETRY = Geometry(origin=(-88.0, -108.0, -88.0), spacing=(VOXEL_MM,) * 3)


def head_images(lesions=True) -> dict[str, Volume]:
    """Images of a head by the name of the input; one large lesion, bright in FLAIR and T2, or none."""
    head = make_head(SEED, VOXEL_MM)
    images = {}
    for name, array in head.images.items():
        healthy = np.where(head.lesions, np.median(array[head.tissues == 3]), array).astype(np.int16)
        if lesions and name in ("FLAIR", "T2"):
            healthy[LESION_AT] = 4000
        images[name] = Volume(healthy, GEOMETRY)
    return images


def write_head_images(folder, **arguments) -> dict[str, str]:
    """Write the images; paths by the name of the input."""
    paths = {}
    for name, image in head_images(**arguments).items():
        path = folder / f"{name.lower()}.nii.gz"
        write_volume(image, path)
        paths[name] = str(path)
    return paths


def on_thick_slices(image: Volume, step: int = 2) -> Volume:
    """Every second slice of an image."""
    spacing = (*image.geometry.spacing[:2], image.geometry.spacing[2] * step)
    return replace(image, array=image.array[::step], geometry=replace(image.geometry, spacing=spacing))
