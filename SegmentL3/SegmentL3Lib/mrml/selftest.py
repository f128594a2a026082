"""A tiny scan with results of known numbers, for the self-test inside the application."""

import numpy as np

from ..results import QualityReport
from ..tasks import find_task
from ..volume import Geometry, LabelMap, Volume
from . import results, volumes
from .lesions import TaskRun, publish_task_run
from .prediction import Prediction, SegmentEntry, publish_prediction
from .prediction_record import PredictionRecord
from .record import RunRecord
from .task_record import TaskRecord

MUSCLE_HU = 50
FAT_HU = -100
GEOMETRY = Geometry(origin=(-40.0, -40.0, 100.0), spacing=(0.8, 0.8, 5.0))
SHAPE = (5, 100, 100)
SLICE = 2
MUSCLE_PIXELS = 400
MUSCLE_AREA_CM2 = MUSCLE_PIXELS * 0.8 * 0.8 / 100
LIVER_ML = MUSCLE_PIXELS * 0.8 * 0.8 * 5.0 / 1000
LESION_TASK = "brain_lesions_3d"


def add_scan():
    """Add a scan of fat with a square of muscle in the middle slice; returns its volume node."""
    array = np.full(SHAPE, FAT_HU, np.int16)
    array[SLICE, 40:60, 40:60] = MUSCLE_HU
    return volumes.add_volume_node(Volume(array, GEOMETRY), "self-test scan")


def add_result(volume_node):
    """Add a segmentation as a run would leave it; returns its node."""
    labels = np.zeros(SHAPE, np.uint8)
    labels[SLICE, 40:60, 40:60] = 3  # skeletal muscle
    position = GEOMETRY.index_to_lps(((SHAPE[2] - 1) / 2, (SHAPE[1] - 1) / 2, SLICE))
    segmentation = results.segmentation_for(volume_node)
    results.publish(LabelMap(labels, GEOMETRY), RunRecord(None, SLICE, position), volume_node, segmentation)
    return segmentation


def add_prediction(volume_node):
    """Add a segmentation as a run of an imported model would leave it; returns its node."""
    labels = np.zeros(SHAPE, np.uint8)
    labels[SLICE, 40:60, 40:60] = 1
    liver = SegmentEntry(1, "liver", "Liver", (221.0, 130.0, 101.0), "")
    record = PredictionRecord("self_test", "Self-test model", (liver.id,))
    return publish_prediction(Prediction(LabelMap(labels, GEOMETRY), (liver,), record), volume_node)


def add_lesions(volume_node):
    """Add a segmentation as a run of a task in 3D would leave it, with a lesion of the size of the liver above."""
    labels = np.zeros(SHAPE, np.uint8)
    labels[SLICE, 40:60, 40:60] = 1
    lesion = SegmentEntry(1, "brain_lesion", "Brain lesion", (240.0, 100.0, 40.0), "")
    record = TaskRecord(LESION_TASK, (lesion.id,), QualityReport("good"))
    title = find_task(LESION_TASK).title
    return publish_task_run(TaskRun(LabelMap(labels, GEOMETRY), (lesion,), record), volume_node, title)
