"""Results of a run as nodes of the scene."""

from dataclasses import replace

import slicer

from ..labels import load_labels
from ..measure import load_equations, load_tissues
from ..volume import LabelMap
from .measure_node import Measured, measure_node
from .record import RunRecord, write_record
from .segmentations import place_beside, write_labels
from .tables import Column, table_beside, write_table

TISSUE_TABLE_ROLE = "SegmentL3.TissueTable"
INDEX_TABLE_ROLE = "SegmentL3.IndexTable"


def segmentation_for(volume_node):
    """A new segmentation node named after the scan."""
    name = slicer.mrmlScene.GenerateUniqueName(f"{volume_node.GetName()} L3 segmentation")
    return slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", name)


def publish(labelmap: LabelMap, record: RunRecord, volume_node, segmentation_node) -> None:
    """Put the result of a run into the scene: segments, what is remembered of the run, place in the hierarchy."""
    write_labels(labelmap, load_labels(), volume_node, segmentation_node)
    write_record(segmentation_node, record)
    place_beside(segmentation_node, volume_node)


def measure_and_keep(volume_node, segmentation_node, record: RunRecord, patient) -> tuple[Measured, bool]:
    """Measure the segments as they are and write the tables; returns the numbers and whether a hand changed the labels.

    The first measurement after a run tells what the program drew.
    """
    measured = measure_node(volume_node, segmentation_node, record, patient)
    if record.checksum is None:
        write_record(segmentation_node, replace(record, checksum=measured.checksum))
    write_tables(measured.result.measurements, segmentation_node, volume_node.GetName())
    return measured, record.checksum not in (None, measured.checksum)


def write_tables(measurements, segmentation_node, scan_name: str) -> None:
    """Write areas and mean HU to one table node and the indices to another, made on first use."""
    tissues = load_tissues()
    write_table(
        table_beside(segmentation_node, TISSUE_TABLE_ROLE, f"{scan_name} L3 tissues"),
        [
            Column("Tissue", [tissue.name for tissue in tissues]),
            Column("Area", [measurements.area_cm2[tissue.id] for tissue in tissues], "cm2", "Area on the slice"),
            Column("Mean", [measurements.mean_hu[tissue.id] for tissue in tissues], "HU", "Mean of the raw CT numbers"),
        ],
    )
    equations = load_equations()
    write_table(
        table_beside(segmentation_node, INDEX_TABLE_ROLE, f"{scan_name} L3 indices"),
        [
            Column("Quantity", [equation.name for equation in equations]),
            Column("Value", [measurements.indices.get(equation.id) for equation in equations]),
            Column("Unit", [equation.unit for equation in equations]),
        ],
    )
