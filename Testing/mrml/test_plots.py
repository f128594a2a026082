"""Curves in Slicer's plot nodes."""

import pytest
import slicer

from SegmentL3Lib.mrml import paired_views, plots


@pytest.fixture
def chart(scene_host):
    return plots.add_chart("Adaptation", "Step")


def points(curve):
    table = curve.GetTableNode().GetTable()
    return [
        tuple(table.GetColumn(column).GetValue(row) for column in (0, 1)) for row in range(table.GetNumberOfRows())
    ]


def test_points_are_appended_to_the_table_of_their_curve(chart):
    loss = plots.add_curve(chart, "Loss", "Step", (1, 0, 0))
    other = plots.add_curve(chart, "Agreement", "Step", (0, 1, 0))
    plots.append_point(loss, 10, 0.5)
    plots.append_point(loss, 20, 0.25)
    assert points(loss) == [(10.0, 0.5), (20.0, 0.25)]
    assert points(other) == []
    assert (loss.GetXColumnName(), loss.GetYColumnName()) == ("Step", "Loss")
    assert chart.GetNumberOfPlotSeriesNodes() == 2


def test_plot_views_hear_of_each_point(chart):
    loss = plots.add_curve(chart, "Loss", "Step", (1, 0, 0))
    heard = []
    chart.AddObserver("ModifiedEvent", lambda *_: heard.append(1))
    loss.AddObserver("ModifiedEvent", lambda *_: heard.append(1))
    loss.GetTableNode().AddObserver("ModifiedEvent", lambda *_: heard.append(1))
    plots.append_point(loss, 1, 1)
    assert heard


def test_removing_a_chart_takes_its_curves_and_tables_along(chart):
    before = slicer.mrmlScene.GetNumberOfNodes()
    other = plots.add_chart("Other", "Step")
    plots.append_point(plots.add_curve(other, "Loss", "Step", (1, 0, 0)), 1, 1)
    plots.remove_chart(other)
    plots.remove_chart(other)
    plots.remove_chart(None)
    assert slicer.mrmlScene.GetNumberOfNodes() == before


def test_chart_is_shown_in_the_plot_view_of_the_layout(host):
    chart = plots.add_chart("Adaptation", "Step")
    assert paired_views.show_layout()
    plots.show_chart(chart)
    view = slicer.mrmlScene.GetSingletonNode("PlotView1", "vtkMRMLPlotViewNode")
    assert view.GetPlotChartNodeID() == chart.GetID()
