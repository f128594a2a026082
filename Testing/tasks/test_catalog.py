"""The catalog of tasks holds what panel, command line and pipeline need, and says what is missing."""

import json
import re

import pytest

from SegmentL3Lib.errors import UsageError
from SegmentL3Lib.labels import read_label_table
from SegmentL3Lib.postprocess import STEPS
from SegmentL3Lib.refinement.refiners import REFINERS
from SegmentL3Lib.resources import resource_path
from SegmentL3Lib.structure_names import match_structure
from SegmentL3Lib.tasks import Task, find_task, l3_task, limit, load_tasks, model_folder, why_unavailable

ENTRY = {
    "id": str,
    "title": str,
    "description": str,
    "modality": str,
    "inputs": list,
    "steps": list,
    "models": list,
    "label_table": str,
    "labels": list,
    "lesions": list,
    "refinement": (dict, type(None)),
    "postprocessing": list,
    "license": str,
    "limits": str,
    "caution": str,
    "duration_s": dict,
}
INPUT = {"name": str, "synonyms": list, "required": bool, "fluid": (str, type(None)), "description": str}
STEP = {"step": str, "labels": list, "parameters": dict, "source": str}
STEPS_OF_PIPELINE = ["align", "locate", "segment", "refine", "clean", "measure", "judge"]
TASKS = pytest.mark.parametrize("task", load_tasks(), ids=lambda task: task.id)


def entries():
    document = json.loads(resource_path("Tasks", "tasks.json").read_text(encoding="utf-8"))
    assert document["schema"] == 2
    return document["tasks"]


def assert_schema(entry, schema):
    assert set(entry) == set(schema)
    assert [key for key, types in schema.items() if not isinstance(entry[key], types)] == []


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry["id"])
def test_entry_has_the_keys_and_types_of_the_schema(entry):
    assert_schema(entry, ENTRY)
    for each in entry["inputs"]:
        assert_schema(each, INPUT)
    for step in entry["postprocessing"]:
        assert_schema(step, STEP)
    assert all(isinstance(seconds, int | float) and seconds > 0 for seconds in entry["duration_s"].values())


def test_ids_are_unique_identifiers():
    ids = [task.id for task in load_tasks()]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[a-z0-9_]+", each) for each in ids)


@TASKS
def test_steps_are_those_of_the_pipeline_in_its_order(task):
    assert list(task.steps) == [step for step in STEPS_OF_PIPELINE if step in task.steps]


@TASKS
def test_labels_are_in_the_label_table_with_codes(task):
    path = resource_path("Terminology", f"{task.label_table}.csv")
    if task.label_table == "Structures":
        labels = {name: match_structure(name) for name in task.labels}
    else:
        labels = {label.id: label for label in read_label_table(path)}
    assert [name for name in task.labels if not labels[name].type] == []
    assert [label.id for label in labels.values()] == list(task.labels)


def test_labels_of_lesion_tasks_have_values_in_their_order():
    labels = find_task("brain_lesions_3d").label_entries()
    assert [(label.value, label.id, label.type.value) for label in labels] == [(1, "brain_lesion", "52988006")]


@TASKS
def test_input_names_are_told_apart(task):
    names = [name.casefold() for each in task.inputs for name in (each.name, *each.synonyms)]
    assert len(names) == len(set(names))
    assert task.inputs[0].required  # the panel's first selector cannot stay empty
    assert all(each.description.endswith(".") for each in task.inputs)
    assert {each.fluid for each in task.inputs} <= {None, "dark", "bright"}
    assert all(name == name.casefold() for each in task.inputs for name in each.synonyms)


@TASKS
def test_postprocessing_and_refinement_are_known_and_have_a_source(task):
    for step in task.postprocessing:
        assert step.step in STEPS
        assert set(step.labels) <= set(task.labels)
        assert step.source.endswith(".")
    assert task.refinement is None or task.refinement.method in REFINERS
    assert set(task.lesions) <= set(task.labels)


@TASKS
def test_texts_are_sentences_for_people(task):
    assert task.description.endswith(".")
    assert task.limits.endswith(".")
    assert task.modality in task.title
    assert task.license in task.details


def test_catalog_is_read_as_values():
    assert all(isinstance(task, Task) for task in load_tasks())
    assert isinstance(load_tasks()[0].models, tuple)
    assert l3_task().id == "body_composition_l3"


def test_unknown_task_is_refused_with_those_that_are_known():
    with pytest.raises(UsageError, match="body_composition_l3, brain_lesions_3d"):
        find_task("toe_lesions")


def test_every_limit_has_its_reason():
    limits = json.loads(resource_path("Tasks", "limits.json").read_text(encoding="utf-8"))
    assert all(entry["reason"].endswith(".") for entry in limits.values())
    assert [limit(name) for name in limits] == [entry["value"] for entry in limits.values()]


def test_shipped_models_make_the_first_task_available():
    assert why_unavailable(l3_task()) is None


def test_task_without_its_model_says_which_one_is_missing_until_it_is_imported(tmp_path):
    task = find_task("brain_lesions_3d")
    if model_folder(task.models[0], tmp_path) is None:
        assert task.models[0] in why_unavailable(task, tmp_path)
    metadata = tmp_path / task.models[0] / "configs" / "metadata.json"
    metadata.parent.mkdir(parents=True)
    metadata.write_text("{}", encoding="utf-8")
    assert why_unavailable(task, tmp_path) is None


def test_input_is_found_by_name_and_synonym_whatever_the_case():
    task = find_task("brain_lesions_3d")
    assert [task.input(name).name for name in ("flair", "T1CE", "t2w")] == ["FLAIR", "T1c", "T2"]
    assert task.input("T3") is None
