"""Label maps as files <-> segmentation nodes."""

import colorsys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import SimpleITK as sitk
import slicer
import vtk
from vtk.util.numpy_support import vtk_to_numpy

from ..errors import InputError
from ..volume import Geometry, LabelMap
from ..writing import write_segmentation
from .prediction import SegmentEntry, segments_of
from .volumes import LPS_TO_RAS, geometry_of

HUE_STEP = (5**0.5 - 1) / 2  # the golden ratio: hues of neighboring values lie far apart, however many there are


def read_label_file(path: Path, volume_node) -> tuple[LabelMap, tuple[SegmentEntry, ...]]:
    """Read a label map that lies on the voxels of a scan.

    Args:
        path: ``.seg.nrrd``, or a plain label map, whose segments are named after their values.
        volume_node: vtkMRMLScalarVolumeNode of the scan.

    Raises:
        InputError: it cannot be read, or does not fit the scan.
    """
    try:
        image = sitk.ReadImage(str(path))
        array = sitk.GetArrayFromImage(image)
    except RuntimeError as error:
        raise InputError(f"The label map {Path(path).name} cannot be read.") from error
    if array.shape != slicer.util.arrayFromVolume(volume_node).shape:
        raise InputError("The label map does not fit the scan, which may be another one now.")
    array = array.astype(np.uint8, copy=False)
    try:
        segments = segments_of(image)
    except ValueError:
        segments = tuple(_plain_segment(int(value)) for value in np.unique(array) if value)
    return LabelMap(array, geometry_of(volume_node)), segments


def write_label_file(segmentation_node, path: Path) -> None:
    """Write all segments as a ``.seg.nrrd`` of one layer, values from 1 in their order; later ones win overlaps.

    Raises:
        InputError: nothing is drawn, or nothing can be written there.
    """
    segmentation = segmentation_node.GetSegmentation()
    segments = [
        _segment_entry(segmentation, identifier, value)
        for value, identifier in enumerate(segmentation.GetSegmentIDs(), start=1)
    ]
    write_segmentation(_merged(segmentation_node, segments), segments, path)


def _merged(segmentation_node, segments: Sequence[SegmentEntry]) -> LabelMap:
    image, names, values = slicer.vtkOrientedImageData(), vtk.vtkStringArray(), vtk.vtkIntArray()
    for segment in segments:
        names.InsertNextValue(segment.id)
        values.InsertNextValue(segment.value)
    extent = slicer.vtkSegmentation.EXTENT_REFERENCE_GEOMETRY
    done = segments and segmentation_node.GenerateMergedLabelmapForAllSegments(image, extent, None, names, values)
    if not done or not image.GetPointData().GetScalars() or not image.GetPointData().GetScalars().GetRange()[1]:
        raise InputError("The segmentation is empty. Draw at least one segment in the Segment Editor.")
    shape = image.GetDimensions()[::-1]
    array = vtk_to_numpy(image.GetPointData().GetScalars()).reshape(shape).astype(np.uint8)
    return LabelMap(array, _geometry(image))


def _geometry(image) -> Geometry:
    matrix = vtk.vtkMatrix4x4()
    image.GetImageToWorldMatrix(matrix)
    to_ras = slicer.util.arrayFromVTKMatrix(matrix)
    first = np.array([*image.GetExtent()[::2], 1.0])
    spacing = np.linalg.norm(to_ras[:3, :3], axis=0)
    return Geometry(
        origin=tuple(float(value) for value in LPS_TO_RAS @ (to_ras @ first)[:3]),
        spacing=tuple(float(value) for value in spacing),
        direction=tuple(float(value) for value in (LPS_TO_RAS @ to_ras[:3, :3] / spacing).ravel()),
    )


def _segment_entry(segmentation, identifier, value) -> SegmentEntry:
    segment = segmentation.GetSegment(identifier)
    color = tuple(255 * channel for channel in segment.GetColor())
    return SegmentEntry(value, identifier, segment.GetName(), color, "")


def _plain_segment(value) -> SegmentEntry:
    red, green, blue = (255 * channel for channel in colorsys.hsv_to_rgb(value * HUE_STEP % 1, 0.6, 0.9))
    return SegmentEntry(value, f"label_{value}", f"Label {value}", (red, green, blue), "")
