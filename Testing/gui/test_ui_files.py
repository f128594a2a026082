"""The .ui files fit the code that uses them: names, connections, parameters, texts."""

import ast
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = ("SegmentL3", "DomainAdapt")
SCENE_SIGNAL = "mrmlSceneChanged(vtkMRMLScene*)"
SCENE_SLOT = "setMRMLScene(vtkMRMLScene*)"
TAKES_SCENE = {"qMRMLNodeComboBox"}


def ui_root(module):
    return ElementTree.parse(ROOT / module / "Resources" / "UI" / f"{module}.ui").getroot()


def names(module):
    return [element.get("name") for kind in ("widget", "layout", "spacer") for element in ui_root(module).iter(kind)]


def sources(module):
    folder = ROOT / module
    return [folder / f"{module}.py", *(folder / f"{module}Lib").glob("gui/*.py")]


@pytest.mark.parametrize("module", MODULES)
def test_file_loads_with_every_class_property_and_connection_known(host, module):
    from host import load_ui

    assert load_ui(ROOT / module / "Resources" / "UI" / f"{module}.ui") is not None


@pytest.mark.parametrize("module", MODULES)
def test_names_are_unique(module):
    assert len(names(module)) == len(set(names(module)))


@pytest.mark.parametrize("module", MODULES)
def test_widgets_that_the_code_uses_exist(module):
    used = set()
    for path in sources(module):
        used |= set(re.findall(r"\bui\.(\w+)", path.read_text(encoding="utf-8")))
    assert used - set(names(module)) == set()


def test_widgets_that_the_code_shows_and_hides_by_name_exist(host):
    from SegmentL3Lib.gui import computesettings, regionform, runcontrols, taskform

    lists = (computesettings.MODEL_WIDGETS, regionform.ALL_WIDGETS, runcontrols.INPUTS, taskform.WIDGETS_OF_L3)
    assert {name for each in lists for name in each} - set(names("SegmentL3")) == set()


def test_widgets_of_domain_adapt_that_the_code_uses_by_name_exist(host):
    from DomainAdaptLib.gui import runsection, scansform

    assert {*runsection.INPUTS, *scansform.FOLDERS.values()} - set(names("DomainAdapt")) == set()


def test_second_input_comes_right_after_the_first(host):
    from SegmentL3Lib.gui.inputsform import ROW_OF_SECOND_INPUT

    form = next(each for each in ui_root("SegmentL3").iter("layout") if each.get("name") == "inputsLayout")
    row = next(item.get("row") for item in form.findall("item") for each in item.iter() if is_named(each))
    assert int(row) + 1 == ROW_OF_SECOND_INPUT


def is_named(element):
    return element.get("name") == "inputSelector"


@pytest.mark.parametrize("module", MODULES)
def test_widgets_that_need_the_scene_are_given_it(module):
    root = ui_root(module)
    needing = {element.get("name") for element in root.iter("widget") if element.get("class") in TAKES_SCENE}
    given = {
        connection.findtext("receiver")
        for connection in root.iter("connection")
        if (connection.findtext("signal"), connection.findtext("slot")) == (SCENE_SIGNAL, SCENE_SLOT)
        and connection.findtext("sender") == root.find("widget").get("name")
    }
    assert needing == given


def parameters(module):
    path = ROOT / module / f"{module}Lib" / "gui" / "parameters.py"
    tree = ast.parse(path.read_text(encoding="utf-8"))
    wrapper = next(
        node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == f"{module}ParameterNode"
    )
    return {node.target.id for node in wrapper.body if isinstance(node, ast.AnnAssign)}


@pytest.mark.parametrize("module", MODULES)
def test_bound_parameters_exist(module):
    bound = [
        element.findtext("string")
        for element in ui_root(module).iter("property")
        if element.get("name") == "SlicerParameterName"
    ]
    assert set(bound) <= parameters(module)
    assert len(bound) == len(set(bound))


@pytest.mark.parametrize("module", MODULES)
def test_custom_widgets_are_declared(module):
    root = ui_root(module)
    used = {element.get("class") for element in root.iter("widget")}
    custom = {name for name in used if name.startswith(("q", "ctk"))}
    assert custom == {element.findtext("class") for element in root.iter("customwidget")}


@pytest.mark.parametrize("module", MODULES)
def test_every_button_has_a_text_and_all_but_apply_a_tool_tip(module):
    for element in ui_root(module).iter("widget"):
        if element.get("class") in ("QPushButton", "qMRMLSegmentationShow3DButton"):
            properties = {entry.get("name") for entry in element.findall("property")}
            assert "text" in properties, element.get("name")
            assert "toolTip" in properties or element.get("name") == "applyButton", element.get("name")


def test_signals_that_the_code_connects_exist(host, module_widget):
    """The stand-in raises for an unknown signature, where the application prints a warning."""
    assert module_widget("SegmentL3").widget is not None


@pytest.mark.parametrize("module", MODULES)
def test_translated_texts_are_plain_literals(module):
    """A formatted string inside ``_()`` can never be translated."""
    for path in sources(module):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_":
                assert isinstance(node.args[0], ast.Constant), f"{path.name}, line {node.lineno}"
