"""The section of the panel that lists, imports and deletes models."""

import sys

from gui.predictionfiles import NOTE, ROW, write_model_row
from host import pump_for, pump_until
from SegmentL3Lib.gui.modelrow import ModelRow, sizeText
from SegmentL3Lib.tasks import load_tasks

SHIPPED_TASKS = [task.id for task in load_tasks()]


def shown_rows(panel):
    table = panel.ui.modelsTable
    return [(table.item(row, 0).text(), table.item(row, 1).text()) for row in range(table.rowCount)]


def offered_tasks(panel):
    box = panel.ui.taskComboBox
    return [box.itemData(index) for index in range(box.count) if box.itemData(index)]


def test_models_of_the_folder_are_listed_when_the_panel_opens(host, scan, module_widget, run_files, models_folder):
    from gui.conftest import Panel

    write_model_row(models_folder)
    panel = Panel(module_widget("SegmentL3"), run_files)
    pump_until(lambda: shown_rows(panel), 30, "the list of models")
    assert shown_rows(panel) == [("Abdominal organs", "31.2 MB")]


def test_an_empty_folder_needs_no_worker(panel):
    panel.logic.workerCommand = lambda: ["/nonexistent/PythonSlicer"]
    panel.widget.models.refresh()
    assert panel.ui.modelsStatusLabel.text == "No model has been imported yet."
    assert not panel.logic.catalog.isBusy


def test_imported_model_is_described_and_becomes_the_task(panel, tmp_path):
    panel.import_model(write_package(tmp_path))
    text = panel.ui.modelLabel.text
    expected = [
        "Abdominal organs",
        "nnU-Net v2 result folder",
        "CT",
        "Liver, Left kidney, Gizmo &lt;3&gt;",
        "Apache-2.0",
    ]
    for words in [*expected, "31.2 MB", ROW["sha256"][:32], NOTE]:
        assert words in text
    assert panel.parameters.task == "model:abdomen"
    assert panel.ui.taskComboBox.currentText == "Abdominal organs"
    assert panel.ui.modelsStatusLabel.text == "Imported."


def write_package(tmp_path, **changes):
    folder = tmp_path / "packages"
    return folder / write_model_row(folder, **changes)


def test_shipped_tasks_stay_first_and_imported_models_come_after_them(panel, models_folder):
    panel.use_model(models_folder)
    assert offered_tasks(panel) == [*SHIPPED_TASKS, "model:abdomen"]


def test_import_asks_for_a_zip_file_or_a_folder(panel, host, tmp_path):
    import qt

    package = write_package(tmp_path)
    zip_file, folder = panel.ui.importButton.menu().actions()
    assert (zip_file.text, folder.text) == ("Zip file...", "Folder...")
    host.dialogs.paths += [str(package), str(package)]
    zip_file.trigger()
    panel.wait_for_models()
    assert shown_rows(panel) == [("Abdominal organs", "31.2 MB")]
    assert qt.QSettings().value("SegmentL3/importFolder") == str(package.parent)


def test_refused_import_says_why_and_changes_nothing(panel, tmp_path):
    panel.behave("refuse")
    panel.import_model(write_package(tmp_path))
    assert panel.ui.modelsStatusLabel.text == "The package holds code."
    assert shown_rows(panel) == []
    assert panel.parameters.task == "body_composition_l3"


def test_import_shows_that_it_works_and_can_be_stopped(panel, tmp_path):
    panel.behave("hang")
    panel.widget.models.askForFolder = lambda *_: str(tmp_path)
    panel.widget.models.onImportFolder()
    assert not panel.ui.modelsProgressBar.isHidden()
    assert not panel.ui.importButton.enabled
    panel.ui.stopModelsButton.click()
    assert panel.ui.modelsProgressBar.isHidden()
    assert panel.ui.importButton.enabled
    assert panel.ui.modelsStatusLabel.text == "Stopped."


def test_dialog_that_is_closed_imports_nothing(panel):
    panel.widget.models.askForFile = lambda: ""
    panel.widget.models.onImportFile()
    assert not panel.logic.catalog.isBusy


def test_damaged_model_is_listed_with_its_reason_and_not_offered(panel, models_folder):
    write_model_row(models_folder, identifier="broken", title="broken", error="The file plans.json is missing.")
    panel.widget.models.refresh()
    panel.wait_for_models()
    assert shown_rows(panel) == [("broken", "damaged")]
    assert offered_tasks(panel) == SHIPPED_TASKS
    assert panel.ui.modelsTable.item(0, 0).toolTip() == "The file plans.json is missing."
    panel.ui.modelsTable.selectRow(0)
    assert "The file plans.json is missing." in panel.ui.modelLabel.text
    assert panel.ui.deleteModelButton.enabled


def test_delete_asks_first(panel, host, models_folder):
    import qt

    host.app.testing = False
    panel.use_model(models_folder)
    panel.ui.modelsTable.selectRow(0)
    host.dialogs.answers.append(qt.QMessageBox.Cancel)
    panel.ui.deleteModelButton.click()
    assert '"Abdominal organs"' in host.dialogs.texts[-1]
    assert shown_rows(panel)
    panel.ui.deleteModelButton.click()
    panel.wait_for_models()
    assert shown_rows(panel) == []
    assert not (models_folder / "abdomen").exists()


def test_task_of_a_deleted_model_cannot_be_applied(panel, host, models_folder):
    host.app.testing = False
    panel.use_model(models_folder)
    panel.ui.modelsTable.selectRow(0)
    panel.ui.deleteModelButton.click()
    panel.wait_for_models()
    assert not panel.ui.applyButton.enabled
    assert panel.ui.applyButton.toolTip.startswith('The model "abdomen" is not in the models folder.')


def test_delete_needs_a_selected_model(panel, models_folder):
    panel.use_model(models_folder)
    panel.ui.modelsTable.clearSelection()
    assert not panel.ui.deleteModelButton.enabled


def test_chosen_folder_is_remembered_and_looked_into(panel, tmp_path, models_folder):
    import qt

    shared = tmp_path / "shared"
    write_model_row(shared, title="Shared model")
    panel.widget.models.askForFolder = lambda *_: str(shared)
    panel.ui.chooseFolderButton.click()
    panel.wait_for_models()
    assert shown_rows(panel) == [("Shared model", "31.2 MB")]
    assert qt.QSettings().value("SegmentL3/modelsFolder") == str(shared)
    assert panel.ui.modelsFolderEdit.text == str(shared)
    panel.ui.defaultFolderButton.click()
    assert panel.ui.modelsFolderEdit.text == str(models_folder)
    assert shown_rows(panel) == []


def test_folder_that_cannot_be_read_is_explained(panel, models_folder):
    write_model_row(models_folder)
    panel.behave("refuse")
    panel.widget.models.refresh()
    panel.wait_for_models()
    assert panel.ui.modelsStatusLabel.text == "The package holds code."


def test_models_are_listed_without_torch_in_the_panel(panel, models_folder, monkeypatch):
    for name in ("torch", "monai"):
        monkeypatch.setitem(sys.modules, name, None)
    panel.use_model(models_folder)
    assert shown_rows(panel)


def test_leaving_during_a_request_ends_it(panel, host, models_folder):
    write_model_row(models_folder)
    panel.behave("hang")
    panel.widget.models.refresh()
    host.unload()
    assert not panel.logic.catalog.isBusy


def test_missing_packages_keep_the_models_from_being_listed(panel, models_folder):
    from SegmentL3Lib.gui.requirements import PackageState, Requirement

    panel.wait_for_models()
    write_model_row(models_folder)
    panel.widget.setupSection.lookUp = lambda: [PackageState(Requirement("torch", "2.10"), None)]
    panel.widget.setupSection.update()
    pump_for(0.3)
    assert shown_rows(panel) == []


def test_row_takes_what_it_knows_and_leaves_the_rest():
    row = ModelRow.fromWorker({**ROW, "unheard_of": 1, "license": None})
    assert (row.taskId, row.license, row.inputs) == ("model:abdomen", "", ("CT",))


def test_size_is_said_in_fitting_units():
    sizes = [0, 999, 31_200_000, 2_000_000_000]
    assert [sizeText(size) for size in sizes] == ["0 bytes", "999 bytes", "31.2 MB", "2.0 GB"]
