"""MR of fetuses who do not exist: the samples of the tasks that find tissues of the fetal brain, and fetal organs."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ..structure_volumes import structure_volumes
from ..tasks import find_task
from ..volume import RIGHT_FRONT_TOP, Geometry, LabelMap, Volume
from ..writing import write_volume
from .phantom_files import check_seed, domain_adapt_needed, write_truth

BRAIN_TASK, ORGANS_TASK = "fetal_brain_3d", "fetal_organs_3d"
WOMB_PIXEL_MM = 1.5


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
    geometry = Geometry(spacing=(1.0, 1.0, THICKNESS_MM), direction=RIGHT_FRONT_TOP)
    image = Volume(np.ascontiguousarray(head.image.transpose()), geometry, modality="MR")
    return _write(image, LabelMap(np.ascontiguousarray(head.tissues.transpose()), geometry), BRAIN_TASK, {}, folder)


def write_womb(seed: int, folder: Path) -> tuple[Path, ...]:
    """The same of a pregnant abdomen: fetus, placenta, fluid and the wall of the uterus.

    Raises:
        UsageError: the seed is below zero, or DomainAdapt is not installed.
        InputError: the folder cannot be written.
    """
    check_seed(seed)
    with domain_adapt_needed():
        from DomainAdaptLib.synthesis.womb import make_womb_stack
        from DomainAdaptLib.synthesis.womb_volume import stack_volumes

    stack = make_womb_stack(seed, WOMB_PIXEL_MM)
    facts = {"weeks": round(stack.weeks, 1), "plane": stack.plane}
    return _write(*stack_volumes(stack), ORGANS_TASK, facts, folder)


def _write(image: Volume, labels: LabelMap, task_id: str, facts: Mapping, folder: Path) -> tuple[Path, ...]:
    task = find_task(task_id)
    path = folder / "t2.nii.gz"
    write_volume(image, path)
    volumes = structure_volumes(labels, enumerate(task.labels, 1))
    facts = {**facts, "volumes_ml": {volume.label.id: volume.volume_ml for volume in volumes}}
    return path, *write_truth(labels, task.label_entries(), facts, folder)
