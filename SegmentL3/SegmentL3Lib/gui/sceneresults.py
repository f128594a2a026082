"""Which result a segmentation node holds, of which scan and task."""

import slicer

from ..mrml.prediction_record import read_prediction_record
from ..mrml.record import read_record
from ..mrml.task_record import read_task_record
from ..tasks import l3_task
from .modelrow import TASK_PREFIX


def taskOfResult(segmentation) -> str | None:
    """ID of the task whose result a node holds; None where the node is None or holds no result of this module."""
    if segmentation is None:
        return None
    prediction = read_prediction_record(segmentation)
    if prediction is not None:
        return TASK_PREFIX + prediction.model
    task = read_task_record(segmentation)
    if task is not None:
        return task.task
    return l3_task().id if read_record(segmentation) is not None else None


def volumeOf(segmentation):
    """The scan to which a result belongs; None where the node is None, or holds no result, or the scan is gone."""
    if taskOfResult(segmentation) is None:
        return None
    return segmentation.GetNodeReference(segmentation.GetReferenceImageGeometryReferenceRole())


def findResult(volume, taskId: str):
    """The first segmentation node that holds the result of a task for a scan, or None."""
    nodes = slicer.util.getNodesByClass("vtkMRMLSegmentationNode")
    return next((node for node in nodes if volumeOf(node) is volume and taskOfResult(node) == taskId), None)


def outputFor(output, volume, taskId: str):
    """Where the result of a task for a scan goes, if ``output`` is what was chosen for another scan or task.

    A node without a result stays; the result of another scan or task must not be replaced, so the fitting one takes
    its place, or None where there is none yet.
    """
    owner = volumeOf(output)
    isForeign = output is not None and owner is None
    if isForeign or (owner is volume and taskOfResult(output) == taskId):
        return output
    return findResult(volume, taskId)
