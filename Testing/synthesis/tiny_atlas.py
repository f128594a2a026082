"""An atlas of the fetal brain made of shapes, on few voxels."""

import numpy as np

from DomainAdaptLib.synthesis.fetal_atlases import Atlas
from DomainAdaptLib.synthesis.fetal_contrast import middle_signal
from DomainAdaptLib.synthesis.fetal_head import fetal_tissues

VOXEL_MM = 1.5


def tiny_atlas() -> Atlas:
    """Every third voxel of a drawn brain, as if that were half as large."""
    tissues = fetal_tissues(np.random.default_rng(1))[14:-14:3, 14:-14:3, 2:-14:3]
    return Atlas("tiny", middle_signal()[tissues], tissues, VOXEL_MM)


def write_atlas(folder, atlas: Atlas, image_scale: float = 2000.0) -> None:
    """Write image and tissues as the files of an atlas."""
    import SimpleITK as sitk

    folder.mkdir(parents=True)
    for name, values in (("image", atlas.image * image_scale), ("parcellation", atlas.tissues)):
        image = sitk.GetImageFromArray(np.ascontiguousarray(values.transpose()))
        image.SetSpacing((atlas.voxel_mm,) * 3)
        image.SetDirection((-1, 0, 0, 0, -1, 0, 0, 0, 1))
        sitk.WriteImage(image, str(folder / f"{name}.nii.gz"))
