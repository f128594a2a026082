"""PythonQt's rules on the stand-in widgets."""

import pytest


@pytest.fixture
def qt(host):
    import qt

    return qt


def test_properties_are_attributes_and_setters_stay(qt):
    button = qt.QPushButton("Apply")
    button.enabled = False
    button.setText("Cancel")
    assert (button.enabled, button.text) == (False, "Cancel")


def test_a_misspelt_property_is_refused(qt):
    import ctk
    import slicer

    for widget in (qt.QPushButton(), ctk.ctkSliderWidget(), slicer.qMRMLNodeComboBox()):
        with pytest.raises(AttributeError, match="tooltip"):
            widget.tooltip = "misspelt"


def test_calling_a_property_fails_as_in_the_application(qt):
    with pytest.raises(TypeError, match="not callable"):
        qt.QLabel("L3").text()


def test_a_python_subclass_may_have_attributes_of_its_own(qt):
    class Panel(qt.QWidget):
        pass

    panel = Panel()
    panel.logic = "mine"
    assert panel.logic == "mine"


def test_single_shot_is_a_static_method_of_the_class_and_a_property_of_a_timer(qt, pump_until):
    fired = []
    qt.QTimer.singleShot(0, lambda: fired.append(True))
    pump_until(lambda: fired, timeout=2)
    timer = qt.QTimer()
    timer.singleShot = True
    assert timer.singleShot is True


def test_there_is_no_signal_class(qt):
    assert not hasattr(qt, "Signal")


@pytest.mark.parametrize("signature", ["clicked(int)", "clickd(bool)", "currentNodeChanged(vtkMRMLNode*)"])
def test_a_wrong_signature_is_refused(qt, signature):
    with pytest.raises(ValueError, match="has no signal"):
        qt.QPushButton().connect(signature, print)


def test_a_stand_in_widget_has_the_signatures_of_its_header(host):
    import slicer

    selector = slicer.qMRMLNodeComboBox()
    assert selector.connect("currentNodeChanged(vtkMRMLNode*)", print)
    with pytest.raises(ValueError, match="currentNodeChanged"):
        selector.connect("currentNodeChanged(vtkMRMLVolumeNode*)", print)


def test_a_slot_gets_as_many_arguments_as_it_takes(qt):
    received = []
    button = qt.QPushButton()
    button.connect("clicked(bool)", lambda: received.append("none"))
    button.connect("clicked(bool)", lambda checked: received.append(checked))
    button.click()
    assert received == ["none", False]


def test_a_disconnected_slot_is_silent(qt):
    received = []
    button = qt.QPushButton()
    button.connect("clicked()", received.append)
    assert button.disconnect("clicked()", received.append)
    button.click()
    assert received == []


def test_an_error_in_a_slot_or_observer_is_collected(host, qt, volume):
    import vtk

    button = qt.QPushButton()
    button.connect("clicked()", lambda: 1 / 0)
    button.click()
    volume.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_: [][1])
    volume.Modified()
    assert [type(error) for error in host.errors] == [ZeroDivisionError, IndexError]
    host.errors.clear()


def test_settings_start_empty_and_keep_values(host, qt):
    import slicer

    assert slicer.util.settingsValue("SegmentL3/Device", "auto") == "auto"
    slicer.app.userSettings().setValue("SegmentL3/Device", "cpu")
    assert slicer.util.settingsValue("SegmentL3/Device", "auto") == "cpu"


def test_file_dialogs_give_the_path_alone(host, qt):
    host.dialogs.paths.append("/somewhere")
    assert qt.QFileDialog.getExistingDirectory(None, "Folder") == "/somewhere"
    assert qt.QFileDialog.getOpenFileName(None, "File") == ""
