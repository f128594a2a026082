"""Parameter nodes and their binding to widgets."""

import pathlib

import pytest


@pytest.fixture
def parameters(example):
    return example.widget._parameterNode


@pytest.mark.parametrize(
    ("widget", "attribute", "value", "parameter", "expected"),
    [
        ("thresholdSlider", "value", -20.0, "threshold", -20.0),
        ("roundsSpinBox", "value", 7, "rounds", 7),
        ("heightSpinBox", "value", 171.5, "heightCm", 171.5),
        ("sexComboBox", "currentIndex", 2, "sex", "male"),
        ("smoothCheckBox", "checked", False, "smooth", False),
        ("liveButton", "checked", True, "live", True),
        ("commentEdit", "text", "second reading", "comment", "second reading"),
        ("reportEdit", "currentPath", "a/b.html", "report", pathlib.Path("a/b.html")),
    ],
)
def test_widget_and_parameter_follow_each_other(example, parameters, widget, attribute, value, parameter, expected):
    bound = getattr(example.ui, widget)
    before = getattr(parameters, parameter)
    shown_before = getattr(bound, attribute)
    setattr(bound, attribute, value)
    assert getattr(parameters, parameter) == expected
    setattr(parameters, parameter, before)
    assert getattr(bound, attribute) == shown_before


def test_an_enum_is_kept_by_name_and_shown_by_label(example, parameters):
    example.ui.speedComboBox.currentText = "Careful"
    example.ui.speedComboBox.currentIndex = 1
    assert parameters.speed is example.python.Speed.CAREFUL
    assert parameters.parameterNode.GetParameter("speed") == "CAREFUL"


def test_a_value_out_of_range_or_of_another_type_is_refused(parameters):
    with pytest.raises(ValueError, match="within range"):
        parameters.rounds = 10
    with pytest.raises(ValueError, match="one of the following"):
        parameters.sex = "x"
    with pytest.raises(TypeError, match="type"):
        parameters.smooth = "yes"


def test_defaults_come_from_annotation_and_assignment(parameters):
    assert (parameters.rounds, parameters.threshold, parameters.smooth) == (2, 50.0, True)


def test_a_removed_node_leaves_the_parameter_empty(example, parameters, volume):
    import slicer

    assert parameters.inputVolume is volume
    slicer.mrmlScene.RemoveNode(volume)
    assert parameters.inputVolume is None
    assert not example.ui.applyButton.enabled


def test_a_disconnected_panel_no_longer_writes(example, parameters):
    example.panel.exit()
    example.ui.commentEdit.text = "too late"
    assert parameters.comment == ""


def test_methods_of_the_class_stay(parameters):
    assert parameters.isReady()


@pytest.mark.parametrize("case", ["text in path widget", "number without range", "log window"])
def test_pairs_that_slicer_cannot_bind_are_refused(host, case):
    import ctk
    import qt
    import slicer
    from slicer.parameterNodeWrapper import parameterNodeWrapper

    @parameterNodeWrapper
    class Parameters:
        text: str
        number: float
        node: slicer.vtkMRMLModelNode | None

    name, widget = {
        "text in path widget": ("text", ctk.ctkPathLineEdit),
        "number without range": ("number", ctk.ctkSliderWidget),
        "log window": ("text", qt.QPlainTextEdit),
    }[case]
    wrapper = Parameters(slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScriptedModuleNode"))
    wrapper.connectParametersToGui({"node": slicer.qMRMLNodeComboBox()})
    with pytest.raises(RuntimeError, match="connector|unbounded"):
        wrapper.connectParametersToGui({name: widget()})


def test_an_unknown_parameter_name_is_refused(parameters):
    import qt

    with pytest.raises(ValueError, match="Cannot find"):
        parameters.connectParametersToGui({"inputVolme": qt.QLineEdit()})
