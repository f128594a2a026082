"""Volumes of segments as they are now."""

from dataclasses import dataclass

import numpy as np
import slicer
from vtk.util.numpy_support import vtk_to_numpy

from .tables import Column, table_beside, write_table

VOLUME_TABLE_ROLE = "SegmentL3.VolumeTable"
CUBIC_MM_PER_ML = 1000.0
VOXELS_AT_ONCE = 2**22


@dataclass(frozen=True)
class SegmentVolume:
    """One segment; the color has three numbers from 0 to 1."""

    segment: str
    name: str
    color: tuple[float, float, float]
    volume_ml: float


def segment_volumes(segmentation_node, segment_ids) -> list[SegmentVolume]:
    """Volume of each of the given segments that the node has (still), in the given order."""
    volumes_ml = _all_volumes_ml(segmentation_node.GetSegmentation())
    segmentation = segmentation_node.GetSegmentation()
    found = [(each, segmentation.GetSegment(each)) for each in segment_ids]
    return [
        SegmentVolume(each, segment.GetName(), tuple(segment.GetColor()), volumes_ml.get(each, 0.0))
        for each, segment in found
        if segment is not None
    ]


def write_volume_table(segmentation_node, rows: list[SegmentVolume], name: str):
    """Write volumes to the table node of a segmentation, made on first use under ``name``; returns the node."""
    node = table_beside(segmentation_node, VOLUME_TABLE_ROLE, name)
    columns = [
        Column("Structure", [row.name for row in rows]),
        Column("Volume", [row.volume_ml for row in rows], "ml", "Number of voxels times the volume of a voxel"),
    ]
    write_table(node, columns)
    return node


def _all_volumes_ml(segmentation) -> dict[str, float]:
    """Volume of each segment, counted once for all segments that share a label map."""
    representation = slicer.vtkSegmentationConverter.GetSegmentationBinaryLabelmapRepresentationName()
    volumes = {}
    for layer in range(segmentation.GetNumberOfLayers(representation)):
        image = segmentation.GetLayerDataObject(layer, representation)
        counts, voxel_ml = _label_counts(image), np.prod(image.GetSpacing()) / CUBIC_MM_PER_ML
        for segment_id in segmentation.GetSegmentIDsForLayer(layer, representation):
            value = segmentation.GetSegment(segment_id).GetLabelValue()
            volumes[segment_id] = float(counts[value] * voxel_ml) if value < len(counts) else 0.0
    return volumes


def _label_counts(image) -> np.ndarray:
    """Number of voxels by label value."""
    scalars = image.GetPointData().GetScalars() if image.GetNumberOfPoints() else None
    if scalars is None:
        return np.zeros(1, np.int64)
    values = vtk_to_numpy(scalars)
    counts = np.zeros(int(values.max()) + 1, np.int64)
    for start in range(0, len(values), VOXELS_AT_ONCE):  # bincount copies what it counts as 64 bit numbers
        counts += np.bincount(values[start : start + VOXELS_AT_ONCE], minlength=len(counts))
    return counts
