"""What is remembered of a run whose result is shown as volumes: of an imported model, or of a task without lesions."""

from ..tasks import find_task
from .prediction_record import PredictionRecord, read_prediction_record
from .task_record import read_task_record


def read_structure_record(segmentation_node) -> PredictionRecord | None:
    """The record of a segmentation node, with the verdict of a task among its notes; None where there is none."""
    record = read_prediction_record(segmentation_node)
    task = None if record else read_task_record(segmentation_node)
    if task is None:
        return record
    notes = tuple(f"{reason.text} {reason.advice}".rstrip() for reason in task.quality.reasons)
    verdict = f"Quality: {task.quality.verdict}"
    return PredictionRecord(task.task, find_task(task.task).title, task.segments, task.device, notes=(verdict, *notes))
