"""Numbers as table nodes, with units, for plots, copying and saving with the scene."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import slicer
import vtk


@dataclass(frozen=True)
class Column:
    """One column: text, or numbers with None where there is none (NaN in the table)."""

    name: str
    values: Sequence
    unit: str = ""
    description: str = ""

    @property
    def is_text(self) -> bool:
        """Whether the column holds text."""
        return all(isinstance(value, str) for value in self.values)


def write_table(node, columns: Sequence[Column]) -> None:
    """Replace the contents of a vtkMRMLTableNode."""
    modified = node.StartModify()
    try:
        node.RemoveAllColumns()
        for column in columns:
            node.AddColumn(_array(column))
            node.SetColumnUnitLabel(column.name, column.unit)
            node.SetColumnDescription(column.name, column.description)
    finally:
        node.EndModify(modified)


def table_beside(segmentation_node, role: str, name: str):
    """The table node that belongs to a segmentation under a role; made, and placed beside it, where there is none."""
    node = segmentation_node.GetNodeReference(role)
    if node is None:
        node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTableNode", slicer.mrmlScene.GenerateUniqueName(name))
        segmentation_node.SetNodeReferenceID(role, node.GetID())
        _place_beside(node, segmentation_node)
    return node


def _array(column):
    array = vtk.vtkStringArray() if column.is_text else vtk.vtkDoubleArray()
    array.SetName(column.name)
    for value in column.values:
        array.InsertNextValue(value if column.is_text else math.nan if value is None else value)
    return array


def _place_beside(node, neighbor):
    hierarchy = slicer.mrmlScene.GetSubjectHierarchyNode()
    item, other = hierarchy.GetItemByDataNode(node), hierarchy.GetItemByDataNode(neighbor)
    if item and other:
        hierarchy.SetItemParent(item, hierarchy.GetItemParent(other))
