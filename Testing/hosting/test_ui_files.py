"""The loader refuses .ui files that Slicer would load and then misbehave."""

import pytest

UI = """<ui version="4.0"><class>Top</class>
 <widget class="qMRMLWidget" name="Top"><layout class="QVBoxLayout" name="rows"><item>
   <widget class="{widget}" name="child"><property name="{name}"><bool>true</bool></property></widget>
 </item></layout></widget>
 <connections><connection>
  <sender>Top</sender><signal>{signal}</signal><receiver>{receiver}</receiver><slot>{slot}</slot>
 </connection></connections></ui>"""
GOOD = {
    "widget": "qMRMLNodeComboBox",
    "name": "noneEnabled",
    "signal": "mrmlSceneChanged(vtkMRMLScene*)",
    "receiver": "child",
    "slot": "setMRMLScene(vtkMRMLScene*)",
}


@pytest.fixture
def load(host, tmp_path):
    from host import load_ui

    def write_and_load(**changes):
        path = tmp_path / "Top.ui"
        path.write_text(UI.format(**{**GOOD, **changes}), encoding="utf-8")
        return load_ui(path)

    return write_and_load


def test_the_scene_travels_along_the_connection(load):
    import slicer

    top = load()
    top.setMRMLScene(slicer.mrmlScene)
    assert top.findChild(slicer.qMRMLNodeComboBox, "child").mrmlScene() is slicer.mrmlScene


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"widget": "qMRMLUnheardOfWidget"}, "without a stand-in"),
        ({"name": "noneEnable"}, "has no property noneEnable"),
        ({"widget": "QCheckBox", "name": "cheked"}, "has no property cheked"),
        ({"signal": "mrmlSceneChanged(vtkMRMLNode*)"}, "does not fit|no signal"),
        ({"receiver": "nobody"}, "no object nobody"),
        ({"slot": "setMrmlScene(vtkMRMLScene*)"}, "has no slot"),
        ({"slot": "setCurrentNode(vtkMRMLNode*)"}, "does not fit"),
    ],
)
def test_a_faulty_file_is_refused(load, changes, reason):
    with pytest.raises((RuntimeError, ValueError), match=reason):
        load(**changes)


def test_children_do_not_become_attributes_of_the_top_widget(load):
    assert not hasattr(load(), "child")
