"""MR of the brain of a patient who does not exist, with lesions: the sample of the task that finds them."""

from dataclasses import asdict
from pathlib import Path

import numpy as np

from ..measure.lesions import measure_lesions
from ..tasks import find_task
from ..volume import Geometry, LabelMap, Volume
from ..writing import write_volume
from .output import progress_log
from .phantom_files import check_seed, domain_adapt_needed, write_truth

TASK = "brain_lesions_3d"
VOXEL_MM = 1.25


def write_head(seed: int, folder: Path) -> tuple[Path, ...]:
    """Make a head and write one image for each input of the task, the lesions, and their measures; returns the paths.

    The skull is stripped, as the task wants it.

    Raises:
        UsageError: the seed is below zero, or DomainAdapt is not installed.
        InputError: the folder cannot be written.
    """
    check_seed(seed)
    with domain_adapt_needed():
        from DomainAdaptLib.synthesis.head import make_head

    told = progress_log()
    head = make_head(seed, VOXEL_MM, progress=lambda share: told(share, "Making the head"))
    task = find_task(TASK)
    depth, rows, columns = head.tissues.shape
    center_mm = [(size - 1) / 2 * VOXEL_MM for size in (columns, rows, depth)]
    geometry = Geometry(origin=tuple(-value for value in center_mm), spacing=(VOXEL_MM,) * 3)
    images = [folder / f"{each.name.lower()}.nii.gz" for each in task.inputs]
    for path, each in zip(images, task.inputs, strict=True):
        write_volume(Volume(np.where(head.brain, head.images[each.name], 0), geometry, modality="MR"), path)
    labels = LabelMap(head.lesions.astype(np.uint8), geometry)
    lesions = measure_lesions(labels, {task.lesions[0]: 1})
    facts = {"lesion_count": len(lesions), "lesions": [asdict(lesion) for lesion in lesions]}
    return (*images, *write_truth(labels, task.label_entries(), facts, folder))
