"""A scripted module in the stand-in host, from loading to unloading."""

import pytest


def test_the_module_describes_itself_and_refuses_unknown_fields(example):
    assert example.module.parent.title == "Example"
    with pytest.raises(AttributeError):
        example.module.parent.titel = "misspelt"


def test_the_module_is_found_by_name(host, example):
    import slicer

    assert slicer.util.getModuleWidget("ExampleModule") is example.widget
    assert slicer.util.getModuleLogic("ExampleModule") is example.widget.logic
    assert slicer.util.modulePath("ExampleModule").endswith("ExampleModule.py")


def test_the_apply_button_says_what_is_missing(host, example):
    import slicer

    assert example.ui.applyButton.toolTip == "Segment"
    slicer.mrmlScene.Clear(0)
    assert not example.ui.applyButton.enabled
    assert example.ui.applyButton.toolTip == "Select a volume first"


def test_apply_fills_selector_and_segment_table(example):
    example.ui.applyButton.click()
    assert example.ui.outputSelector.currentNode().GetName() == "ct segmentation"
    assert example.ui.segmentsTable.segmentCount == 1


def test_an_error_reaches_the_user_in_words(host, example):
    host.app.testing = False
    example.ui.thresholdSlider.value = -1
    example.ui.applyButton.click()
    assert host.dialogs.texts == ["Failed to compute results.\n\nthe threshold is negative"]
    assert [str(error) for error in host.errors] == ["the threshold is negative"]
    host.errors.clear()


def test_a_question_is_answered_as_the_test_says(host):
    import qt
    import slicer

    host.app.testing = False
    host.dialogs.answers.append(qt.QMessageBox.Cancel)
    assert not slicer.util.confirmOkCancelDisplay("Install 3 GB?")
    assert slicer.util.confirmOkCancelDisplay("Install 3 GB?")


def test_a_process_runs_under_the_event_loop(host, example, pump_until):
    example.ui.runButton.click()
    pump_until(lambda: example.ui.status.text, message="the worker's end")
    assert example.ui.log.plainText.strip() == "worker is here"
    assert example.ui.status.text == "Ended with 0"


def test_waiting_in_vain_names_what_was_awaited(host, pump_until):
    with pytest.raises(TimeoutError, match="a miracle"):
        pump_until(lambda: False, timeout=0.05, message="a miracle")


def test_reloading_makes_a_new_widget_in_the_same_panel(host, example):
    before = example.widget
    before.onReload()
    assert example.widget is not before
    assert type(example.widget).__name__ == "ExampleModuleWidget"
    assert example.ui.applyButton.enabled


def test_unloading_cleans_up_and_the_scene_may_go_on(host, example):
    import slicer

    host.unload()
    slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    slicer.mrmlScene.Clear(0)
    assert host.errors == []


def test_without_main_window_there_is_no_layout_manager_and_the_panel_still_opens(headless_host, example_path):
    import slicer

    assert slicer.app.layoutManager() is None
    assert slicer.util.mainWindow() is None
    assert not headless_host.load_module(example_path).ui.applyButton.enabled


def test_startup_registers_sample_data(host, example):
    host.app.startupCompleted.emit()
    assert [each["sampleName"] for each in host.sample_data] == ["ExampleCT"]


def test_texts_go_through_the_translator(host, volume, example_path):
    host.app.translator = lambda context, text: f"{context}:{text}"
    assert host.load_module(example_path).ui.applyButton.toolTip == "ExampleModule:Segment"


def test_switching_modules_is_recorded(host):
    import slicer

    slicer.util.selectModule("SegmentEditor")
    assert host.selected_modules == ["SegmentEditor"]


def test_the_self_test_runs(host, example):
    import slicer

    slicer.selfTests["ExampleModule"](msec=1)
