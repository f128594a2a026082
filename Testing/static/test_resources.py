"""Data files that name other files name those that are there."""

import json

import pytest

from static.project import ROOT, project_files, read

RESOURCES = ROOT / "SegmentL3" / "Resources"
MODELS = RESOURCES / "Models"
BUNDLE = ("LICENSE", "configs/inference.json", "configs/metadata.json", "docs/README.md", "models/model.pt")


def tasks() -> list[dict]:
    return json.loads(read(RESOURCES / "Tasks" / "tasks.json"))["tasks"]


def shipped_models() -> list[str]:
    parts = [path.parts for path in project_files()]
    return sorted({part[3] for part in parts if part[:3] == ("SegmentL3", "Resources", "Models") and len(part) > 4})


@pytest.mark.parametrize("task", tasks(), ids=lambda task: task["id"])
def test_task_names_a_label_table_that_is_shipped(task):
    assert (RESOURCES / "Terminology" / f"{task['label_table']}.csv").is_file()


def test_models_of_the_first_task_are_shipped():
    assert [model for model in tasks()[0]["models"] if not (MODELS / model).is_dir()] == []


@pytest.mark.parametrize("model", shipped_models())
def test_model_is_a_whole_bundle_with_card_and_license(model):
    assert [part for part in BUNDLE if not (MODELS / model / part).is_file()] == []
