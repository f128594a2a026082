"""Behavior of the ctk and qMRML stand-ins."""

import numpy as np
import pytest


@pytest.fixture
def selector(host):
    import slicer

    widget = slicer.qMRMLNodeComboBox()
    widget.nodeTypes = ["vtkMRMLScalarVolumeNode"]
    widget.addEnabled = False
    return widget


def test_a_selector_is_disabled_until_it_has_a_scene(selector):
    import slicer

    assert not selector.enabled
    selector.setMRMLScene(slicer.mrmlScene)
    assert selector.enabled


def test_a_selector_selects_the_first_node_unless_none_is_allowed(selector, volume):
    import slicer

    selector.setMRMLScene(slicer.mrmlScene)
    assert selector.currentNode() is volume
    selector.setCurrentNode(None)
    assert selector.currentNode() is None


def test_a_selector_with_none_waits_for_a_choice(selector, volume):
    import slicer

    selector.noneEnabled = True
    selector.setMRMLScene(slicer.mrmlScene)
    assert selector.currentNode() is None


def test_a_selector_follows_the_scene(selector):
    import slicer

    received = []
    selector.connect("currentNodeChanged(vtkMRMLNode*)", received.append)
    selector.connect("currentNodeChanged(bool)", received.append)
    selector.setMRMLScene(slicer.mrmlScene)
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    slicer.mrmlScene.RemoveNode(node)
    assert received == [node, True, None, False]


def test_a_collapsed_section_hides_its_children_and_shows_them_again(host):
    import ctk
    import qt

    section = ctk.ctkCollapsibleButton()
    section.setLayout(qt.QVBoxLayout())
    shown, hidden = qt.QLabel(), qt.QLabel()
    for label in (shown, hidden):
        section.layout().addWidget(label)
    hidden.visible = False
    section.show()
    section.collapsed = True
    assert not shown.visible
    section.collapsed = False
    assert (shown.visible, hidden.visible) == (True, False)


def test_a_folder_button_gives_absolute_paths(host, tmp_path, monkeypatch):
    import ctk

    monkeypatch.chdir(tmp_path)
    button = ctk.ctkDirectoryButton()
    button.directory = "out"
    assert button.directory == str(tmp_path / "out")


def test_the_3d_button_makes_and_removes_the_surface(host, example):
    example.ui.applyButton.click()
    segmentation = example.ui.show3DButton.segmentationNode().GetSegmentation()
    assert example.ui.show3DButton.enabled
    example.ui.show3DButton.click()
    assert segmentation.ContainsRepresentation("Closed surface")
    example.ui.show3DButton.click()
    assert not segmentation.ContainsRepresentation("Closed surface")


def test_a_table_view_follows_its_node(host):
    import slicer

    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTableNode", "numbers")
    view = slicer.qMRMLTableView()
    view.setMRMLScene(slicer.mrmlScene)
    view.setMRMLTableNode(node)
    slicer.util.updateTableFromArray(node, np.array([1.5, 2.5]), "area")
    assert view.model().rowCount() == node.GetNumberOfRows()
    assert view.model().horizontalHeaderItem(0).text() == "area"
