"""What the fake worker hands over for a task in 3D: files of a run on the drawn torso, taken for a head."""

import numpy as np

from gui.torso import torso
from SegmentL3Lib.measure.lesions import measure_lesions
from SegmentL3Lib.report.lesion_files import write_task_files
from SegmentL3Lib.results import QualityReason, report_of
from SegmentL3Lib.structure_volumes import structure_volumes
from SegmentL3Lib.task_results import Consistency, TaskResult
from SegmentL3Lib.tasks import find_task
from SegmentL3Lib.volume import LabelMap

TASK = "brain_lesions_3d"
SMALL, LARGE = np.s_[7:9, 20:24, 30:36], np.s_[2:6, 60:80, 100:120]
REASON = QualityReason("CONTRAST_MISSING", "note", "T1 was not given <here>.", "Add it if it was acquired.")


def lesion_labels(*parts) -> LabelMap:
    """Boxes on the voxels of the drawn torso."""
    volume, _ = torso()
    labels = np.zeros(volume.array.shape, np.uint8)
    for part in parts:
        labels[part] = 1
    return LabelMap(labels, volume.geometry)


def write_lesion_files(folder, *parts) -> None:
    """Write the files of a run that found some boxes, as the worker leaves them."""
    volume, _ = torso()
    labels = lesion_labels(*parts)
    result = TaskResult(
        task=TASK,
        segmentation=labels,
        volumes=structure_volumes(labels, [(1, "brain_lesion")]),
        lesions=measure_lesions(labels, {"brain_lesion": 1}),
        consistency={"brain_lesion": Consistency(None, None)},
        quality=report_of([REASON]),
        inputs={"FLAIR": "given", "T1": "missing", "T1c": "missing", "T2": "given"},
        model={"name": TASK},
        seconds={"total": 1.0},
        device="cpu",
        precision="fp32",
    )
    write_task_files(result, find_task(TASK), volume, folder)
