"""Label maps and one-slice labels <-> segmentation node, other people's segments left alone."""

from collections.abc import Sequence

import numpy as np
import slicer
import vtk
from vtk.util.numpy_support import vtk_to_numpy

from ..labels import Label
from ..volume import LabelMap
from .volumes import affine_of

CLOSED_SURFACE = "Closed surface"
OUTLINE_OPACITY = 0.4


def write_labels(labelmap: LabelMap, labels: Sequence[Label], volume_node, segmentation_node) -> None:
    """Put a label map into a segmentation node.

    Segments that belong to no label are kept. Segments of an earlier run keep the name, color and terminology that the
    user may have given them. A 3D surface that was there is made again.

    Args:
        labelmap: labels, uint8 (z, y, x), on the voxels of ``volume_node``.
        labels: entries of a label table, or others with value, id, name, color and terminology_entry.
        volume_node: vtkMRMLScalarVolumeNode that was segmented.
        segmentation_node: vtkMRMLSegmentationNode to write to.

    Raises:
        ValueError: the label map does not lie on the voxels of the volume.
    """
    if labelmap.array.shape != slicer.util.arrayFromVolume(volume_node).shape:
        raise ValueError("the label map does not have the size of the volume")
    had_surface = segmentation_node.GetSegmentation().ContainsRepresentation(CLOSED_SURFACE)
    segmentation_node.RemoveClosedSurfaceRepresentation()
    segmentation_node.SetReferenceImageGeometryParameterFromVolumeNode(volume_node)
    _display(segmentation_node)
    for label in labels:
        _add_segment(segmentation_node.GetSegmentation(), label)
    _import(labelmap.array, labels, volume_node, segmentation_node)
    if had_surface:
        segmentation_node.CreateClosedSurfaceRepresentation()


def labels_at(segmentation_node, labels: Sequence[Label], geometry, shape, axis: int, index: int) -> np.ndarray:
    """The labels of one slice as they are in the node now, whoever drew them.

    Args:
        segmentation_node: vtkMRMLSegmentationNode.
        labels: entries of the label table; segments with other IDs are ignored.
        geometry: voxels on which to answer.
        shape: (z, y, x) of the volume with that geometry.
        axis: array axis (0, 1 or 2) along which the slices lie.
        index: slice along that axis.

    Returns:
        uint8 array of the volume's shape with ``axis`` removed; where segments overlap the later label wins.
    """
    target_shape = tuple(size for number, size in enumerate(shape) if number != axis)
    return _merged(segmentation_node, labels, _slice_image(geometry, shape, axis, index), target_shape)


def all_labels(segmentation_node, labels: Sequence[Label], geometry, shape) -> np.ndarray:
    """The labels of a whole volume as they are in the node now; arguments and overlaps as for ``labels_at``.

    Returns:
        uint8 array (z, y, x).
    """
    extent = [bound for size in reversed(shape) for bound in (0, size - 1)]
    return _merged(segmentation_node, labels, _image(geometry, extent), tuple(shape))


def center_of(segmentation_node, segment_id) -> tuple[float, float, float] | None:
    """Center (RAS, mm) of a segment; None where the segment is missing or empty."""
    if segmentation_node.GetSegmentation().GetSegment(segment_id) is None:
        return None
    center = segmentation_node.GetSegmentCenterRAS(segment_id)
    return tuple(center) if center else None


def place_beside(segmentation_node, volume_node) -> None:
    """Put the segmentation into the subject hierarchy folder (the study) of the volume."""
    hierarchy = slicer.mrmlScene.GetSubjectHierarchyNode()
    item = hierarchy.GetItemByDataNode(segmentation_node)
    volume_item = hierarchy.GetItemByDataNode(volume_node)
    if item and volume_item:
        hierarchy.SetItemParent(item, hierarchy.GetItemParent(volume_item))


def _display(segmentation_node) -> None:
    if segmentation_node.GetDisplayNode() is None:
        segmentation_node.CreateDefaultDisplayNodes()
        # Tissue is speckled by the windows of CT numbers: full outlines around each speck would hide the image.
        segmentation_node.GetDisplayNode().SetOpacity2DOutline(OUTLINE_OPACITY)


def _add_segment(segmentation, label) -> None:
    if segmentation.GetSegment(label.id) is None:
        segmentation.AddEmptySegment(label.id, label.name, [channel / 255 for channel in label.color])
        if label.terminology_entry:
            segmentation.GetSegment(label.id).SetTerminology(label.terminology_entry)


def _import(array, labels, volume_node, segmentation_node) -> None:
    node = slicer.modules.volumes.logic().CreateAndAddLabelVolume(volume_node, "__temp__")
    try:
        # The n-th segment ID takes label value n.
        values = np.zeros(256, np.uint8)
        for position, label in enumerate(labels, start=1):
            values[label.value] = position
        slicer.util.updateVolumeFromArray(node, values[array])
        slicer.modules.segmentations.logic().ImportLabelmapToSegmentationNode(
            node, segmentation_node, _strings(label.id for label in labels)
        )
    finally:
        slicer.mrmlScene.RemoveNode(node)


def _merged(segmentation_node, labels, reference, shape):
    """Labels on the voxels of an oriented image, in an array of a shape."""
    present = [label for label in labels if segmentation_node.GetSegmentation().GetSegment(label.id)]
    if not present:
        return np.zeros(shape, np.uint8)
    merged = slicer.vtkOrientedImageData()
    segmentation_node.GenerateMergedLabelmapForAllSegments(
        merged,
        slicer.vtkSegmentation.EXTENT_REFERENCE_GEOMETRY,
        reference,
        _strings(label.id for label in present),
        _integers(label.value for label in present),
    )
    return vtk_to_numpy(merged.GetPointData().GetScalars()).reshape(shape).astype(np.uint8)


def _slice_image(geometry, shape, axis, index):
    extent = [bound for size in reversed(shape) for bound in (0, size - 1)]
    position = 2 * (2 - axis)  # extents go x, y, z; array axes z, y, x
    extent[position : position + 2] = index, index
    return _image(geometry, extent)


def _image(geometry, extent):
    image = slicer.vtkOrientedImageData()
    image.SetExtent(*extent)
    image.SetImageToWorldMatrix(slicer.util.vtkMatrixFromArray(affine_of(geometry)))
    image.AllocateScalars(vtk.VTK_UNSIGNED_CHAR, 1)
    return image


def _strings(values):
    array = vtk.vtkStringArray()
    for value in values:
        array.InsertNextValue(value)
    return array


def _integers(values):
    array = vtk.vtkIntArray()
    for value in values:
        array.InsertNextValue(value)
    return array
