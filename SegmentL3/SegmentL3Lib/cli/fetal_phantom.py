"""MR of the head of a fetus who does not exist: the sample of the task that finds the tissues of the fetal brain."""

from pathlib import Path

import numpy as np

from ..structure_volumes import structure_volumes
from ..tasks import find_task
from ..volume import Geometry, LabelMap, Volume
from ..writing import write_volume
from .phantom_files import check_seed, domain_adapt_needed, write_truth

TASK = "fetal_brain_3d"
# The axes of the phantom run towards right, front and top; DICOM counts towards left, back and top.
_DIRECTION = (-1.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0, 1.0)


def write_fetal_head(seed: int, folder: Path) -> tuple[Path, ...]:
    """Make the head of a fetus and write its image, the tissues, and their volumes; returns the paths.

    Raises:
        UsageError: the seed is below zero, or DomainAdapt is not installed.
        InputError: the folder cannot be written.
    """
    check_seed(seed)
    with domain_adapt_needed():
        from DomainAdaptLib.synthesis.fetal_head import THICKNESS_MM, make_fetal_head

    head = make_fetal_head(seed)
    task = find_task(TASK)
    geometry = Geometry(spacing=(1.0, 1.0, THICKNESS_MM), direction=_DIRECTION)
    image = folder / "t2.nii.gz"
    write_volume(Volume(np.ascontiguousarray(head.image.transpose()), geometry, modality="MR"), image)
    labels = LabelMap(np.ascontiguousarray(head.tissues.transpose()), geometry)
    volumes = structure_volumes(labels, enumerate(task.labels, 1))
    facts = {"volumes_ml": {volume.label.id: volume.volume_ml for volume in volumes}}
    return image, *write_truth(labels, task.label_entries(), facts, folder)
