"""A task in 3D from the command line and from the worker: files, texts and refusals."""

import csv
import io
import json

import numpy as np
import pytest
import SimpleITK as sitk
from PIL import Image

from SegmentL3Lib import cli, worker
from SegmentL3Lib.errors import UsageError
from SegmentL3Lib.measure.lesions import measure_lesions
from SegmentL3Lib.reading import read_volume
from SegmentL3Lib.task_jobs import TaskJob, assign_inputs
from SegmentL3Lib.tasks import find_task, load_tasks
from SegmentL3Lib.volume import LabelMap
from tasks.heads import LESION_AT, write_head_images
from tasks.threshold_bundle import write_threshold_bundle

THRESHOLD = 6.0
FILES = {"segmentation.seg.nrrd", "lesions.csv", "result.json", "overview.png", "report.html"}


@pytest.fixture(scope="module")
def head(tmp_path_factory):
    return write_head_images(tmp_path_factory.mktemp("head"))


@pytest.fixture(scope="module")
def healthy(tmp_path_factory):
    return write_head_images(tmp_path_factory.mktemp("healthy"), lesions=False)


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    write_threshold_bundle(folder / "brain_lesions_3d", THRESHOLD)
    return folder


@pytest.fixture
def task():
    return find_task("brain_lesions_3d")


@pytest.fixture
def run(models, tmp_path, monkeypatch):
    """Function: arguments after ``segment-l3 run`` -> exit code; the results go to the returned folder."""
    # Whatever is shipped under the name of the model must not be taken in its place.
    monkeypatch.setattr("SegmentL3Lib.tasks.resource_path", _without_models)

    def call(*inputs, out="out"):
        options = ["--task", "brain_lesions_3d", "--models-dir", str(models), "--out", str(tmp_path / out)]
        return cli.main(["run", *inputs, *options, "--device", "cpu"])

    return call


def _without_models(*parts):
    from SegmentL3Lib.resources import resource_path

    return resource_path("none", *parts) if parts[0] == "Models" else resource_path(*parts)


def test_run_writes_all_files_and_tells_the_lesions(run, head, tmp_path, capsys):
    assert run(head["FLAIR"], f"T2={head['T2']}") == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == FILES
    text = capsys.readouterr().out
    assert text.startswith("1 lesion, 5.12 ml.")
    assert "- T1 was not given." in text


def test_segmentation_lies_on_the_scan_with_name_and_code(run, head, tmp_path):
    run(head["FLAIR"])
    image = sitk.ReadImage(str(tmp_path / "out" / "segmentation.seg.nrrd"))
    array = sitk.GetArrayFromImage(image)
    assert array[LESION_AT].all()
    assert array.sum() == array[LESION_AT].size
    assert image.GetMetaData("Segment0_Name") == "Brain lesion"
    assert "52988006" in image.GetMetaData("Segment0_Tags")


def test_table_and_document_hold_the_same_lesions(run, head, tmp_path):
    run(head["FLAIR"])
    with (tmp_path / "out" / "lesions.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    document = json.loads((tmp_path / "out" / "result.json").read_text(encoding="utf-8"))
    (lesion,) = document["lesions"]
    truth = np.zeros(read_volume(head["FLAIR"]).array.shape, np.uint8)
    truth[LESION_AT] = 1
    (expected,) = measure_lesions(LabelMap(truth, read_volume(head["FLAIR"]).geometry), {"brain_lesion": 1})
    assert float(row["volume_ml"]) == pytest.approx(expected.volume_ml, abs=1e-4)
    assert float(row["centroid_p_mm"]) == pytest.approx(expected.centroid_lps_mm[1], abs=1e-4)
    assert lesion["longest_diameter_mm"] == pytest.approx(expected.longest_diameter_mm)
    assert document["lesion_count"] == 1
    assert document["inputs"] == {"FLAIR": "given", "T1": "missing", "T1c": "missing", "T2": "missing"}
    assert document["quality"]["reasons"][0].keys() == {"code", "effect", "text", "advice"}
    assert document["postprocessing"][0]["step"] == "minimum_volume"


def test_report_is_one_file_with_picture_and_table(run, head, tmp_path):
    run(head["FLAIR"])
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "1 lesion, 5.12 ml" in page
    assert 'src="data:image/png;base64,' in page
    assert page.count("<td>Brain lesion</td>") == 2
    assert "href=" not in page
    with Image.open(tmp_path / "out" / "overview.png") as picture:
        colors = np.asarray(picture.convert("RGB")).astype(int)
    assert ((colors[..., 0] - colors[..., 2]) > 80).sum() > 100  # the orange of the label


def test_scan_without_lesions_is_a_whole_result(run, healthy, tmp_path, capsys):
    assert run(*healthy.values()) == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == FILES
    assert capsys.readouterr().out.startswith("No lesion was found.")
    assert len((tmp_path / "out" / "lesions.csv").read_text(encoding="utf-8").splitlines()) == 1
    assert "No lesion was found" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_images_are_assigned_by_name_and_in_order(task):
    assert assign_inputs(task, ["a.nii", "t2=c.nii", "b.nii"]) == {"FLAIR": "a.nii", "T1": "b.nii", "T2": "c.nii"}
    assert assign_inputs(task, ["t1ce=x=1.nii", "y=2.nii"]) == {"T1c": "x=1.nii", "FLAIR": "y=2.nii"}


@pytest.mark.parametrize("texts", [["T1=a", "T1=b"], ["a", "b", "c", "d", "e"], ["a", "b", "c", "d", "T1=e"]])
def test_too_many_images_are_refused(task, texts):
    with pytest.raises(UsageError):
        assign_inputs(task, texts)


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["T1={T1}"], 2, "This task needs the image FLAIR"),
        (["{FLAIR}", "--sex", "female"], 2, "--sex belongs to the task body_composition_l3"),
        (["{FLAIR}", "--slice-index", "3"], 2, "--slice-index belongs"),
        (["missing.nii.gz"], 3, "There is no file"),
    ],
)
def test_wrong_use_is_explained_and_leaves_no_folder(run, head, tmp_path, capsys, arguments, code, text):
    assert run(*(argument.format(**head) for argument in arguments)) == code
    assert text in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_task_without_its_model_cannot_be_run_and_says_so(head, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("SegmentL3Lib.tasks.resource_path", _without_models)
    empty = ["--models-dir", str(tmp_path / "none")]
    out = ["--out", str(tmp_path / "out")]
    assert cli.main(["run", head["FLAIR"], "--task", "brain_lesions_3d", *empty, *out]) == 5
    assert "brain_lesions_3d is not installed" in capsys.readouterr().err
    assert cli.main(["tasks", *empty]) == 0
    assert "Not available: The model" in capsys.readouterr().out


def test_unknown_task_is_refused(head, tmp_path, capsys):
    assert cli.main(["run", head["FLAIR"], "--task", "toe", "--out", str(tmp_path / "out")]) == 2
    assert 'no task "toe"' in capsys.readouterr().err


def test_l3_takes_one_scan(head, tmp_path, capsys):
    assert cli.main(["run", head["FLAIR"], head["T1"], "--out", str(tmp_path / "out")]) == 2
    assert "takes one scan; 2 were given" in capsys.readouterr().err


def test_list_of_tasks_as_json_is_the_catalog(models, capsys):
    assert cli.main(["tasks", "--json", "--models-dir", str(models)]) == 0
    entries = json.loads(capsys.readouterr().out)
    assert [entry["id"] for entry in entries] == [task.id for task in load_tasks()]
    assert all(entry["available"] for entry in entries)
    assert entries[1]["inputs"][0]["name"] == "FLAIR"


def test_list_of_tasks_shows_what_each_needs(models, capsys):
    assert cli.main(["tasks", "--models-dir", str(models)]) == 0
    text = capsys.readouterr().out
    assert "T1      (optional) T1-weighted" in text
    assert "Not available" not in text


def test_every_task_has_a_sample():
    from SegmentL3Lib.cli.phantom import SAMPLES

    assert set(SAMPLES) == {task.id for task in load_tasks()}


def test_sample_of_the_task_is_written_with_its_truth(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("SegmentL3Lib.cli.head_phantom.VOXEL_MM", 5.0)
    out = tmp_path / "sample"
    assert cli.main(["phantom", "--task", "brain_lesions_3d", "--seed", "7", "--out", str(out)]) == 0
    names = ["flair.nii.gz", "t1.nii.gz", "t1c.nii.gz", "t2.nii.gz", "truth.seg.nrrd", "truth.json"]
    assert [path.rpartition("/")[2] for path in capsys.readouterr().out.split()] == names
    truth = json.loads((out / "truth.json").read_text(encoding="utf-8"))
    labels = sitk.GetArrayFromImage(sitk.ReadImage(str(out / "truth.seg.nrrd")))
    assert truth["lesion_count"] == len(truth["lesions"]) > 0
    assert sum(lesion["voxels"] for lesion in truth["lesions"]) == labels.sum()


def test_sample_needs_a_seed_of_zero_or_more(tmp_path):
    arguments = ["phantom", "--task", "brain_lesions_3d", "--seed=-1", "--out", str(tmp_path)]
    assert cli.main(arguments) == 2


def serve(job, tmp_path):
    """Events of the worker for a job, and its exit code."""
    path = tmp_path / "job.json"
    path.write_text(json.dumps(job), encoding="utf-8")
    stream = io.StringIO()
    code = worker.serve([str(path)], worker.EventStream(stream))
    return [json.loads(line) for line in stream.getvalue().splitlines()], code


def test_worker_does_the_task_and_names_its_files(head, models, tmp_path):
    job = {"kind": "task", "task": "brain_lesions_3d", "inputs": {"FLAIR": head["FLAIR"]}, "device": "cpu"}
    events, code = serve({**job, "models_dir": str(models), "output": str(tmp_path / "out")}, tmp_path)
    assert code == 0
    assert set(events[-1]["files"]) == {"segmentation", "lesions", "result", "overview", "report"}
    fractions = [event["fraction"] for event in events if event["event"] == "progress"]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0


@pytest.mark.parametrize(
    "changes",
    [{"inputs": ["a"]}, {"inputs": {"FLAIR": 3}}, {"task": None}, {"inputs": {}}, {"sex": "male"}],
)
def test_jobs_that_make_no_sense_are_refused(changes):
    with pytest.raises(UsageError):
        TaskJob.from_mapping({"task": "brain_lesions_3d", "inputs": {"FLAIR": "a"}, "output": "out", **changes})


def test_unknown_input_is_refused(models, tmp_path):
    job = {"kind": "task", "task": "brain_lesions_3d", "inputs": {"DWI": "a.nii"}, "output": str(tmp_path / "out")}
    events, code = serve({**job, "models_dir": str(models)}, tmp_path)
    assert code == 2
    assert 'no image "DWI"' in events[-1]["text"]
