"""The worker: one JSON object a line, and an exit code."""

import io
import json
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cli.scans import FOUND, OUTPUTS, replace_models, write_scan
from models.packages import write_segmenter
from SegmentL3Lib import pipeline, worker
from SegmentL3Lib.errors import ModelError

ROOT = Path(__file__).resolve().parents[2]
PATH = os.pathsep.join(str(ROOT / name) for name in ("SegmentL3", "DomainAdapt"))
# Does what stands in the job's place, with library noise of all kinds around it.
NOISY_WORKER = """
import logging, os, sys, time
from SegmentL3Lib import worker
def do_job(job, progress):
    print("printed by Python")
    os.write(1, b"printed below Python\\n")
    logging.getLogger("pydicom").warning("PatientName DOE^JOHN")
    logging.getLogger("SegmentL3Lib.somewhere").info("said by us")
    progress(0.5, "half")
    {action}
worker.do_job = do_job
worker._yield_to_the_user = lambda: None
sys.exit(worker.main(sys.argv[1:]))
"""


@pytest.fixture(autouse=True)
def restore_logging():
    root, library = logging.getLogger(), logging.getLogger("SegmentL3Lib")
    before = root.handlers[:], root.level, library.level
    yield
    root.handlers[:], root.level, library.level = before


@pytest.fixture
def job(tmp_path):
    """Factory: the path of a job file with these entries; None leaves a default entry out."""

    def write(**entries):
        content = {"input": write_scan(tmp_path / "ct.nrrd"), "output": str(tmp_path / "results"), "device": "cpu"}
        content = {key: value for key, value in {**content, **entries}.items() if value is not ...}
        path = tmp_path / "job.json"
        path.write_text(json.dumps(content), encoding="utf-8")
        return str(path)

    return write


def serve(*arguments):
    """Exit code and events of a job done in this process."""
    stream = io.StringIO()
    code = worker.serve(list(arguments), worker.EventStream(stream))
    return code, [json.loads(line) for line in stream.getvalue().splitlines()]


def start(*arguments, program=("-m", "SegmentL3Lib.worker")):
    return subprocess.Popen(
        [sys.executable, *program, *arguments],
        env={**os.environ, "PYTHONPATH": PATH},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def test_a_job_ends_with_its_files(job, tmp_path, monkeypatch):
    replace_models(monkeypatch, tmp_path)
    code, events = serve(job(sex="female", height_cm=165, weight_kg=70.5))
    assert code == 0
    *progress, result = [event for event in events if event["event"] != "log"]
    assert {event["event"] for event in progress} == {"progress"}
    fractions = [event["fraction"] for event in progress]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    assert result["event"] == "result"
    assert result["output"] == str(tmp_path / "results")
    assert {Path(path).name for path in result["files"].values()} == OUTPUTS
    content = json.loads(Path(result["files"]["measurements_json"]).read_text(encoding="utf-8"))
    assert content["slice_index"] == FOUND
    assert content["indices"]["smi_cm2_per_m2"] > 0


def test_entries_that_are_null_mean_not_known(job, tmp_path, monkeypatch):
    replace_models(monkeypatch, tmp_path)
    code, _ = serve(job(slice_index=None, sex=None, height_cm=None, weight_kg=None, device=None))
    assert code == 0


def test_a_slice_can_be_chosen(job, tmp_path, monkeypatch):
    replace_models(monkeypatch, tmp_path)
    assert serve(job(slice_index=0))[0] == 0
    assert json.loads((tmp_path / "results" / "measurements.json").read_text())["slice_index"] == 0


@pytest.mark.parametrize(
    "entries",
    [{"input": ...}, {"output": None}, {"colour": 3}, {"slice_index": "2"}, {"slice_index": True}, {"sex": 1}],
)
def test_a_job_that_is_not_understood_exits_with_2(job, entries):
    code, events = serve(job(**entries))
    assert code == 2
    assert events[-1]["event"] == "error"
    assert events[-1]["exit_code"] == 2
    assert next(iter(entries)) in events[-1]["text"]


@pytest.mark.parametrize("kind", ["dance", "", 3, ["predict"], {}])
def test_a_job_of_another_kind_exits_with_2(job, kind):
    code, events = serve(job(kind=kind))
    assert code == 2
    assert "kind" in events[-1]["text"]


@pytest.fixture
def predict_job(job, tmp_path):
    """Factory: the path of a job file that segments with a tiny model."""
    package = write_segmenter(tmp_path / "tiny")
    defaults = {
        "kind": "predict",
        "input": ...,
        "inputs": [write_scan(tmp_path / "scan.nrrd")],
        "model": str(package),
        "models_dir": None,
        "precision": "auto",
        "region": None,
        "structures": None,
        "mirror": None,
    }
    return lambda **entries: job(**{**defaults, **entries})


def test_a_segmentation_ends_with_its_files(predict_job, tmp_path):
    code, events = serve(predict_job(region={"slices": [1, 4]}, structures=["liver"], mirror=False))
    assert code == 0, events[-1]
    *progress, result = [event for event in events if event["event"] != "log"]
    assert progress[-1]["fraction"] == 1
    assert result["output"] == str(tmp_path / "results")
    assert {name: Path(path).name for name, path in result["files"].items()} == {
        "segmentation": "segmentation.seg.nrrd",
        "volumes": "volumes.csv",
        "prediction": "prediction.json",
    }
    content = json.loads(Path(result["files"]["prediction"]).read_text(encoding="utf-8"))
    assert list(content["volumes_ml"]) == ["Liver"]


@pytest.mark.parametrize(
    "entries",
    [
        {"inputs": ...},
        {"inputs": []},
        {"inputs": "scan.nrrd"},
        {"inputs": [3]},
        {"model": None},
        {"region": [1, 4]},
        {"structures": "liver"},
        {"structures": [1]},
        {"mirror": 1},
        {"slice_index": 2},
    ],
    ids=str,
)
def test_a_segmentation_that_is_not_understood_exits_with_2(predict_job, entries):
    code, events = serve(predict_job(**entries))
    assert code == 2
    assert next(iter(entries)) in events[-1]["text"]


def test_a_segmentation_with_an_unknown_model_exits_with_2(predict_job, tmp_path):
    code, events = serve(predict_job(model="absent", models_dir=str(tmp_path / "store")))
    assert code == 2
    assert '"absent"' in events[-1]["text"]
    assert not (tmp_path / "results").exists()


@pytest.fixture
def models_job(tmp_path):
    """Function: an action on a models folder; exit code and last event."""

    def act(**entries):
        path = tmp_path / "models.json"
        path.write_text(json.dumps({"kind": "models", "models_dir": str(tmp_path / "store"), **entries}))
        code, events = serve(str(path))
        return code, events[-1]

    return act


def test_models_are_imported_listed_and_removed(models_job, tmp_path):
    assert models_job(action="list") == (0, {"event": "result", "models": []})
    code, imported = models_job(action="import", path=str(write_segmenter(tmp_path / "tiny")))
    assert code == 0
    (row,) = imported["models"]
    assert imported["identifier"] == row["identifier"] == "Tiny-segmenter"
    wanted = {"title", "kind", "modality", "structures", "license", "size_bytes", "sha256", "error"}
    assert wanted <= set(row)
    assert (row["structures"], row["error"]) == (["liver", "kidney_left"], None)
    assert models_job(action="list")[1]["models"] == [row]
    assert models_job(action="remove", identifier=row["identifier"]) == (0, {"event": "result", "models": []})


@pytest.mark.parametrize(
    ("entries", "code", "fragment"),
    [
        ({}, 2, "action"),
        ({"action": "dance"}, 2, "dance"),
        ({"action": "import"}, 2, "path"),
        ({"action": "remove"}, 2, "identifier"),
        ({"action": "remove", "identifier": "absent"}, 2, "absent"),
        ({"action": "import", "path": "/nowhere/model.zip"}, 5, "no file or folder"),
    ],
    ids=str,
)
def test_an_action_that_cannot_be_done_is_said(models_job, entries, code, fragment):
    found, event = models_job(**entries)
    assert found == event["exit_code"] == code
    assert fragment in event["text"]


@pytest.mark.parametrize("content", ["", "[]", "{", "3"])
def test_a_job_file_that_is_no_object_exits_with_2(tmp_path, content):
    (tmp_path / "job.json").write_text(content)
    assert serve(str(tmp_path / "job.json"))[0] == 2


def test_a_missing_job_file_exits_with_2(tmp_path):
    assert serve(str(tmp_path / "absent.json"))[0] == 2
    assert serve()[0] == 2


def test_a_missing_scan_exits_with_3(job, tmp_path):
    code, events = serve(job(input=str(tmp_path / "absent.nrrd")))
    assert code == events[-1]["exit_code"] == 3


def test_a_level_that_is_not_there_exits_with_4(job, tmp_path, monkeypatch):
    replace_models(monkeypatch, tmp_path, found=False)
    code, events = serve(job())
    assert code == events[-1]["exit_code"] == 4
    assert "not in this scan" in events[-1]["text"]


def test_a_model_problem_exits_with_5(job, monkeypatch):
    def damaged(name):
        raise ModelError("The weights are damaged.")

    monkeypatch.setattr(pipeline, "shipped_model", damaged)
    assert serve(job())[0] == 5


def test_the_unforeseen_is_logged_by_place_and_without_its_text(job, monkeypatch):
    path = "/data/" + "^".join(["DOE", "JOHN"])

    def fail(*_arguments, **_options):
        raise ValueError(path)

    monkeypatch.setattr(pipeline, "run", fail)
    code, events = serve(job())
    assert code == 1
    assert "ValueError" in events[-1]["text"]
    said = json.dumps(events)
    assert "job.py" in said
    assert "DOE" not in said


def test_the_process_speaks_json_only(job):
    process = start(job(), program=("-c", NOISY_WORKER.format(action="raise KeyError('x')")))
    out, err = process.communicate(timeout=120)
    events = [json.loads(line) for line in out.splitlines()]
    assert process.returncode == events[-1]["exit_code"] == 1
    assert {"event": "log", "text": "said by us"} in events
    assert {"event": "progress", "fraction": 0.5, "text": "half"} in events
    assert "printed by Python" in err
    assert "printed below Python" in err
    assert "DOE" not in out + err


def test_the_process_answers_a_bad_job_without_torch(tmp_path):
    program = """
import sys
from SegmentL3Lib import worker
code = worker.main(sys.argv[1:])
sys.exit(99 if "torch" in sys.modules else code)
"""
    process = start(str(tmp_path / "absent.json"), program=("-c", program))
    out, err = process.communicate(timeout=120)
    assert process.returncode == 2
    assert json.loads(out)["exit_code"] == 2
    assert err == ""


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGTERM on Windows")
def test_a_terminated_process_says_so_and_leaves_nothing(job, tmp_path):
    process = start(job(), program=("-c", NOISY_WORKER.format(action="time.sleep(60)")))
    for line in process.stdout:
        if "half" in line:
            process.send_signal(signal.SIGTERM)
            break
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 130
    assert json.loads(out.splitlines()[-1])["text"] == "Stopped before the end."


def test_a_process_that_nobody_listens_to_ends(job):
    program = NOISY_WORKER.format(action="[(progress(0.5, 'x'), time.sleep(0.01)) for _ in range(6000)]")
    process = start(job(), program=("-c", program))
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(timeout=120) == 1
    assert "Traceback" not in process.stderr.read()
    process.stderr.close()
