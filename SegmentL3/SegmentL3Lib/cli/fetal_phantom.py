"""MR of the head of a fetus who does not exist: the sample of the task that finds the tissues of the fetal brain."""

import json
from pathlib import Path

import numpy as np

from ..files import atomic_path
from ..structure_volumes import structure_volumes
from ..tasks import find_task
from ..volume import Geometry, LabelMap, Volume
from ..writing import write_segmentation, write_volume
from .head_phantom import check_seed, domain_adapt_needed

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
    image, truth, facts = folder / "t2.nii.gz", folder / "truth.seg.nrrd", folder / "truth.json"
    write_volume(Volume(np.ascontiguousarray(head.image.transpose()), geometry, modality="MR"), image)
    labels = LabelMap(np.ascontiguousarray(head.tissues.transpose()), geometry)
    write_segmentation(labels, task.label_entries(), truth)
    volumes = structure_volumes(labels, enumerate(task.labels, 1))
    content = {"volumes_ml": {volume.label.id: volume.volume_ml for volume in volumes}}
    with atomic_path(facts) as temporary:
        temporary.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return image, truth, facts
