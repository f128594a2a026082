"""The catalog of tasks."""

import json
import re

from SegmentL3Lib.gui.tasks import Task, loadTasks
from SegmentL3Lib.resources import resource_path

ENTRY = {
    "id": str,
    "title": str,
    "description": str,
    "modality": str,
    "steps": list,
    "models": list,
    "labels": str,
    "license": str,
    "duration_s": dict,
}
STEPS = ["locate", "segment", "refine", "measure", "judge"]


def entries():
    document = json.loads(resource_path("Tasks", "tasks.json").read_text(encoding="utf-8"))
    assert document["schema"] == 1
    return document["tasks"]


def test_entries_have_the_keys_and_types_of_the_schema():
    for entry in entries():
        assert {key: type(value) for key, value in entry.items()} == ENTRY


def test_ids_are_unique_identifiers():
    ids = [entry["id"] for entry in entries()]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[a-z0-9_]+", each) for each in ids)


def test_steps_are_those_of_the_pipeline_in_its_order():
    for entry in entries():
        assert entry["steps"] == [step for step in STEPS if step in entry["steps"]]


def test_label_tables_exist():
    for entry in entries():
        assert resource_path("Terminology", f"{entry['labels']}.csv").is_file()


def test_texts_are_sentences_for_people():
    for task in loadTasks():
        assert task.description.endswith(".")
        assert task.modality in task.title
        assert task.license in task.details


def test_catalog_is_read_as_values():
    assert all(isinstance(task, Task) for task in loadTasks())
    assert isinstance(loadTasks()[0].models, tuple)
