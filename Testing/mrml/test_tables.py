"""Table nodes with units."""

import math

import slicer


def test_table_has_columns_with_units_and_nan_for_none(scene_host):
    from SegmentL3Lib.mrml.tables import Column, write_table

    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTableNode")
    write_table(node, [Column("Tissue", ["fat", "bowel"]), Column("Mean", [-100.5, None], "HU", "Mean CT number")])
    assert [node.GetColumnName(number) for number in range(2)] == ["Tissue", "Mean"]
    assert node.GetCellText(0, 0) == "fat"
    assert float(node.GetCellText(0, 1)) == -100.5
    assert math.isnan(float(node.GetCellText(1, 1)))
    assert node.GetColumnUnitLabel("Mean") == "HU"


def test_writing_again_replaces_the_contents(scene_host):
    from SegmentL3Lib.mrml.tables import Column, write_table

    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTableNode")
    write_table(node, [Column("A", [1.0, 2.0]), Column("B", [1.0, 2.0])])
    write_table(node, [Column("A", [3.0])])
    assert (node.GetNumberOfColumns(), node.GetNumberOfRows()) == (1, 1)


def test_a_segmentation_keeps_its_table(scene_host):
    from SegmentL3Lib.mrml.tables import table_beside

    segmentation = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    first = table_beside(segmentation, "Role", "numbers")
    assert table_beside(segmentation, "Role", "numbers") is first
    assert table_beside(segmentation, "Other", "numbers") is not first
