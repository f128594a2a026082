"""Measuring what a segmentation node holds now, so that the numbers follow every edit."""

import zlib
from dataclasses import dataclass, replace

import numpy as np

from ..labels import load_labels
from ..orientation import axial_order
from ..quality import assess
from ..results import Patient, Result
from ..volume import LabelMap, Volume
from .estimates import with_estimates
from .record import RunRecord
from .segmentations import labels_at
from .volumes import geometry_of, volume_of


@dataclass(frozen=True)
class Measured:
    """A result that belongs to the segments as they are, and a checksum of their labels on the measured slice."""

    result: Result
    checksum: int


def slice_axis(volume_node) -> int:
    """Array axis (0, 1 or 2 of z, y, x) along which the axial slices of a volume node lie."""
    return axial_order(geometry_of(volume_node)).axes[0]


def measure_node(volume_node, segmentation_node, record: RunRecord, patient: Patient) -> Measured:
    """Measure and judge the slice of a run with the segments as they are now.

    Args:
        volume_node: vtkMRMLScalarVolumeNode, the scan in HU.
        segmentation_node: vtkMRMLSegmentationNode with segments named by the IDs of the label table.
        record: which slice, and what the run said of it.
        patient: sex, height and weight as far as known.

    Raises:
        InputError: the volume node cannot be measured (any more).
    """
    volume = replace(volume_of(volume_node), acquisition=record.acquisition)
    order = axial_order(volume.geometry)
    axis = order.axes[0]
    drawn = labels_at(segmentation_node, load_labels(), volume.geometry, volume.array.shape, axis, record.slice_index)

    axial = _axial(volume, order)
    index = order.axial_index(record.slice_index, axial.array.shape[0])
    labels = order.apply(np.expand_dims(drawn, axis))[0]
    hu = axial.array[index]
    measurements, quality = assess(axial, index, labels, hu, record.level, patient)
    checksum = zlib.crc32(np.ascontiguousarray(drawn))
    if record.checksum in (None, checksum):
        quality = with_estimates(quality, record.estimates)
    result = Result(
        level=record.level,
        slice_index=record.slice_index,
        slice_position_lps_mm=record.slice_position_lps_mm,
        segmentation=_label_map(drawn, axis, record.slice_index, volume),
        measurements=measurements,
        quality=quality,
        software=record.software,
        models=record.models,
        patient=patient,
    )
    return Measured(result, checksum)


def _axial(volume: Volume, order) -> Volume:
    """As ``to_axial``, but a view: an edit must not copy the whole scan."""
    return replace(
        volume,
        array=order.apply(volume.array),
        geometry=order.geometry(volume.geometry, volume.array.shape),
    )


def _label_map(drawn, axis, index, volume) -> LabelMap:
    array = np.zeros(volume.array.shape, np.uint8)
    np.moveaxis(array, axis, 0)[index] = drawn
    return LabelMap(array, volume.geometry)
