"""Curves that grow while they are watched, in Slicer's plot view."""

import slicer
import vtk

MARKER_SIZE = 4


def add_chart(title: str, x_title: str):
    """Add an empty chart; returns its vtkMRMLPlotChartNode."""
    chart = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLPlotChartNode", slicer.mrmlScene.GenerateUniqueName(title))
    chart.SetTitle(title)
    chart.SetXAxisTitle(x_title)
    chart.SetYAxisTitleVisibility(False)
    return chart


def add_curve(chart, name: str, x_name: str, color):
    """Add an empty curve to a chart.

    Args:
        chart: vtkMRMLPlotChartNode.
        name: of the curve in the legend, and of its table column.
        x_name: name of the table column of the horizontal axis.
        color: three numbers, 0 to 1.

    Returns:
        vtkMRMLPlotSeriesNode.
    """
    table = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTableNode", slicer.mrmlScene.GenerateUniqueName(name))
    for column in (x_name, name):
        table.AddColumn(_empty(column))
    curve = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLPlotSeriesNode", name)
    curve.SetAndObserveTableNodeID(table.GetID())
    curve.SetXColumnName(x_name)
    curve.SetYColumnName(name)
    curve.SetPlotType(slicer.vtkMRMLPlotSeriesNode.PlotTypeScatter)
    curve.SetMarkerStyle(slicer.vtkMRMLPlotSeriesNode.MarkerStyleCircle)  # a curve of one point has no line
    curve.SetMarkerSize(MARKER_SIZE)
    curve.SetColor(*color)
    chart.AddAndObservePlotSeriesNodeID(curve.GetID())
    return curve


def append_point(curve, x: float, y: float) -> None:
    """Add a point to the end of a curve; does nothing where the user has deleted the curve or its table."""
    node = curve.GetTableNode()
    if node is None:
        return
    table = node.GetTable()
    row = table.InsertNextBlankRow()
    for column, value in enumerate((x, y)):
        table.GetColumn(column).SetValue(row, value)
    table.Modified()
    node.Modified()


def show_chart(chart) -> None:
    """Show a chart in all plot views of the layout."""
    logic = slicer.app.applicationLogic()
    logic.GetSelectionNode().SetActivePlotChartID(chart.GetID())
    logic.PropagatePlotChartSelection()


def remove_chart(chart) -> None:
    """Remove a chart with its curves and their tables; one that has been removed already is no error."""
    scene = slicer.mrmlScene
    if chart is None or not scene.IsNodePresent(chart):
        return
    curves = [chart.GetNthPlotSeriesNode(number) for number in range(chart.GetNumberOfPlotSeriesNodes())]
    for curve in filter(None, curves):
        if curve.GetTableNode() is not None:
            scene.RemoveNode(curve.GetTableNode())
        scene.RemoveNode(curve)
    scene.RemoveNode(chart)


def _empty(name):
    array = vtk.vtkDoubleArray()
    array.SetName(name)
    return array
