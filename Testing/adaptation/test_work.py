"""The jobs from files to files, through the worker and the command line."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import SimpleITK as sitk

from adaptation import squares
from DomainAdaptLib import cli, worker
from DomainAdaptLib.adaptation import run, steps
from SegmentL3Lib import worker as protocol
from SegmentL3Lib.gui.launcher import workerEnvironment
from SegmentL3Lib.models.store import ModelStore

SHIFTED = {"gain": 0.6, "offset": 600.0}


@pytest.fixture(autouse=True)
def keep_logging(monkeypatch):
    monkeypatch.setattr(protocol, "_send_logs_to", lambda events: None)
    monkeypatch.setattr(protocol, "_yield_to_the_user", lambda: None)


@pytest.fixture
def world(tmp_path):
    """A model, three scans of a new scanner, two of the old one with labels; and the entries of a job."""
    for name in ("target", "source"):
        (tmp_path / name).mkdir()
    model = squares.write_model(tmp_path / "squares")
    target = [squares.write_scan(tmp_path / "target" / f"{n}.nrrd", 100 + 5 * n, **SHIFTED) for n in range(3)]
    source = [squares.write_scan(tmp_path / "source" / f"{n}.nrrd", 5 * n) for n in range(2)]
    labels = [squares.write_labels(tmp_path / f"labels_{n}.nrrd", 5 * n) for n in range(2)]
    entries = {
        "kind": "adapt",
        "model": str(model),
        "method": "batch_norm",
        "settings": {"batches": 10},
        "target": target,
        "source": source,
        "source_labels": labels,
        "out": str(tmp_path / "out"),
        "models_dir": str(tmp_path / "models"),
        "device": "cpu",
    }
    return tmp_path, entries


def serve(folder, entries):
    path = folder / "job.json"
    path.write_text(json.dumps(entries), encoding="utf-8")
    stream = io.StringIO()
    code = protocol.serve([str(path)], protocol.EventStream(stream), worker.KINDS, worker.do)
    return code, [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_good_adaptation_ends_with_a_package_label_maps_and_a_report(world):
    folder, entries = world
    original = (Path(entries["model"]) / "models" / "model.pt").read_bytes()
    code, events = serve(folder, entries)
    result = events[-1]
    assert code == 0, result
    assert result["kept"] is True and "adapted model is kept" in result["sentence"]
    assert len(result["before"]) == len(result["after"]) == 3
    after = sitk.GetArrayFromImage(sitk.ReadImage(result["after"][0]))
    assert [(plane > 0).sum() for plane in after] == pytest.approx([64, 64], abs=12)
    assert "data:image/png;base64" in Path(result["report"]).read_text(encoding="utf-8")
    assert (Path(entries["model"]) / "models" / "model.pt").read_bytes() == original
    assert not (folder / "out" / "checkpoint.pt").exists()


def test_the_package_says_where_it_comes_from_and_appears_in_the_list(world):
    folder, entries = world
    result = serve(folder, entries)[1][-1]
    about = json.loads((Path(result["model"]) / "configs" / "metadata.json").read_text(encoding="utf-8"))
    told = about["adaptation"]
    assert told["method"] == "batch_norm" and told["settings"] == {"batches": 10, "source_share": 0.0}
    assert len(told["target_images_sha256"]) == 3 and len(told["parent"]["weights_sha256"]) == 64
    assert told["after"]["agreement"] > 0
    code, kept = serve(folder, {"kind": "keep", "out": entries["out"], "models_dir": entries["models_dir"]})
    assert code == 0
    (info,) = ModelStore(entries["models_dir"]).list()
    assert info.error is None and info.identifier == kept[-1]["model_id"]
    assert "Squares adapted" in info.title and info.structures == ("square",)


def test_of_a_long_scan_the_middle_is_segmented_before_and_after(world, monkeypatch):
    folder, entries = world
    monkeypatch.setattr(run, "_MOST_SLICES", 3)
    long = squares.write_scan(folder / "long.nrrd", 130, slices=8, **SHIFTED)
    code, events = serve(folder, {**entries, "target": [long]})
    assert code == 0
    labels = sitk.GetArrayFromImage(sitk.ReadImage(events[-1]["after"][0]))
    assert [bool(plane.any()) for plane in labels] == [False] * 2 + [True] * 3 + [False] * 3
    assert "the 3 slices in the middle" in Path(events[-1]["report"]).read_text(encoding="utf-8")


def test_curves_are_told_as_metric_events(world):
    folder, entries = world
    code, events = serve(folder, {**entries, "method": "mean_teacher", "settings": {"steps": 2}})
    points = [event for event in events if event["event"] == "metric"]
    assert code == 0
    assert {"segmentation_loss", "target_agreement"} <= {point["series"] for point in points}
    assert all({"series", "step", "value"} <= set(point) for point in points)


def test_what_is_worse_is_not_kept(world, monkeypatch):
    folder, entries = world
    monkeypatch.setattr(run.Guard, "judge", lambda self, network: run.Verdict(False, "The original model stays.",
                        self.rate(network), self.rate(network)))  # fmt: skip
    result = serve(folder, entries)[1][-1]
    assert result["kept"] is False and result["model"] == entries["model"]
    assert not (folder / "out" / "model").exists()
    code, events = serve(folder, {"kind": "keep", "out": entries["out"], "models_dir": entries["models_dir"]})
    assert code == 2 and "original model stays" in events[-1]["text"]


def test_nothing_can_be_kept_where_nothing_was_adapted(world):
    folder, _ = world
    code, events = serve(folder, {"kind": "keep", "out": str(folder)})
    assert code == 2 and "no finished adaptation" in events[-1]["text"]


def test_a_run_is_taken_up_after_an_interruption(world, monkeypatch):
    folder, entries = world
    monkeypatch.setattr(steps, "CHECKPOINT_EVERY_S", 0)
    monkeypatch.setattr(protocol, "PROGRESS_INTERVAL_S", 0)
    entries |= {"method": "mean_teacher", "settings": {"steps": 4}}
    whole = serve(folder, {**entries, "out": str(folder / "whole")})[1][-1]
    shown = protocol.EventStream.progress

    def interrupted(self, fraction, text):
        if text.startswith("Step 3"):
            raise KeyboardInterrupt
        shown(self, fraction, text)

    with monkeypatch.context() as patch:
        patch.setattr(protocol.EventStream, "progress", interrupted)
        assert serve(folder, entries)[0] == 130
    assert (folder / "out" / "checkpoint.pt").exists()
    code, events = serve(folder, {**entries, "settings": {"steps": 5}, "resume": True})
    assert code == 2 and "another model, images or settings" in events[-1]["text"]
    code, events = serve(folder, {**entries, "resume": True})
    assert code == 0
    assert min(event["step"] for event in events if event["event"] == "metric") == 3
    assert events[-1]["figures"] == whole["figures"]


def test_a_run_that_was_killed_loses_no_more_than_a_step(world):
    folder, entries = world
    entries |= {"method": "mean_teacher", "settings": {"steps": 40}}
    whole = serve(folder, {**entries, "out": str(folder / "whole")})[1][-1]
    (folder / "job.json").write_text(json.dumps(entries), encoding="utf-8")
    program = (
        "import sys\n"
        "from DomainAdaptLib import worker\n"
        "from DomainAdaptLib.adaptation import steps\n"
        "steps.CHECKPOINT_EVERY_S = 0\n"
        "sys.exit(worker.main(sys.argv[1:]))\n"
    )
    environment = workerEnvironment(os.environ, "cpu")
    command = [sys.executable, "-c", program, str(folder / "job.json")]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        next(line for line in process.stdout if '"step": 5' in line)
        process.kill()
    assert not (folder / "out" / "adaptation.json").exists()
    code, events = serve(folder, {**entries, "resume": True})
    assert code == 0, events[-1]
    assert min(event["step"] for event in events if event["event"] == "metric") >= 5
    agreement = [result["figures"]["after"]["agreement"] for result in (events[-1], whole)]
    assert agreement[0] == pytest.approx(agreement[1], rel=1e-3)  # another process adds up in another order


def test_without_resuming_it_begins_anew(world, monkeypatch):
    folder, entries = world
    (folder / "out").mkdir()
    (folder / "out" / "checkpoint.pt").write_bytes(b"of another time")
    assert serve(folder, {**entries, "method": "entropy", "settings": {"steps": 1}})[0] == 0


def test_labels_decide_and_fine_tuning_keeps_cases_aside(world):
    folder, entries = world
    labels = [squares.write_labels(folder / f"new_{n}.nrrd", 100 + 5 * n) for n in range(3)]
    entries |= {"validation": entries["target"], "validation_labels": labels}
    result = serve(folder, {**entries, "method": "fine_tuning", "settings": {"steps": 2}})[1][-1]
    assert result["figures"]["before"]["validation_dice"] is not None
    assert "labels of the new scanner" in result["sentence"]


def test_a_model_can_be_taught_other_structures(world):
    folder, entries = world
    labels = [squares.write_labels(folder / f"new_{n}.nrrd", 100 + 5 * n) for n in range(3)]
    entries |= {"validation": entries["target"], "validation_labels": labels, "structures": ["box", "ring"]}
    result = serve(folder, {**entries, "source_labels": [], "method": "fine_tuning",
                            "settings": {"steps": 60, "learning_rate": 0.02}})[1][-1]  # fmt: skip
    account = json.loads(Path(result["json"]).read_text(encoding="utf-8"))
    assert "have another shape and start anew" in account["transfer"]
    assert account["after"]["validation_dice"] > account["before"]["validation_dice"]
    about = json.loads((Path(result["model"]) / "configs" / "metadata.json").read_text(encoding="utf-8"))
    named = about["network_data_format"]["outputs"]["pred"]["channel_def"]
    assert named == {"0": "background", "1": "box", "2": "ring"}


@pytest.mark.parametrize(
    ("change", "code", "fragment"),
    [
        ({"target": []}, 2, "target"),
        ({"method": "magic"}, 2, "magic"),
        ({"settings": {"batches": 0}}, 2, "batches"),
        ({"target": "scan.nrrd"}, 2, "target"),
        ({"target": [3]}, 2, "list of texts"),
        ({"source": [], "source_labels": [], "method": "adversarial", "settings": {}}, 2, "also needs images"),
        ({"source_labels": [], "method": "random_contrast", "settings": {}}, 2, "also needs label maps"),
        ({"method": "fine_tuning", "settings": {}}, 2, "labeled images"),
        ({"source_labels": ["one.nrrd"]}, 2, "2 source images, but 1"),
        ({"validation": ["one.nrrd"]}, 2, "no label maps"),
        ({"structures": ["box"]}, 2, "Only fine-tuning"),
        ({"model": "absent"}, 2, "absent"),
        ({"color": "red"}, 2, "color"),
    ],
    ids=str,
)
def test_a_job_that_makes_no_sense_is_refused_before_anything_is_done(world, change, code, fragment):
    folder, entries = world
    found, events = serve(folder, {**entries, **change})
    assert (found, events[-1]["event"]) == (code, "error")
    assert fragment in events[-1]["text"]


def test_a_label_map_among_the_images_stops_it(world):
    folder, entries = world
    code, events = serve(folder, {**entries, "target": [*entries["target"], entries["source_labels"][0]]})
    assert code == 3 and "labels_0.nrrd looks like a label map" in events[-1]["text"]


def test_a_full_disk_loses_nothing(world, monkeypatch):
    folder, entries = world
    serve(folder, entries)
    before = {path: path.read_bytes() for path in Path(entries["model"]).rglob("*") if path.is_file()}

    def full(folder, contents):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("DomainAdaptLib.adaptation.package.write_files", full)
    code, events = serve(folder, {**entries, "out": str(folder / "second")})
    assert code == 3 and "disk is full" in events[-1]["text"]
    assert not (folder / "second" / "model").exists()
    assert all(path.read_bytes() == content for path, content in before.items())


def test_shift_says_how_different_the_scanners_are(world):
    folder, entries = world
    job = {key: entries[key] for key in ("model", "target", "source")} | {"kind": "shift", "out": str(folder / "shift")}
    code, events = serve(folder, job)
    assert code == 0
    content = json.loads(Path(events[-1]["json"]).read_text(encoding="utf-8"))
    assert content["degree"] == "very different" and content["sentence"] == events[-1]["sentence"]
    assert content["target"]["images"] == 3 and content["target"]["slice_mm"] == 3.0
    assert "<img" in Path(events[-1]["report"]).read_text(encoding="utf-8")


def test_scanners_that_are_alike_are_said_to_be(world):
    folder, entries = world
    target = [squares.write_scan(folder / f"alike_{n}.nrrd", 40 + 5 * n, slices=8) for n in range(2)]
    source = [squares.write_scan(folder / f"known_{n}.nrrd", 60 + 10 * n, slices=8) for n in range(2)]
    job = {"kind": "shift", "model": entries["model"], "target": target, "source": source, "out": str(folder / "shift")}
    assert "look like those" in serve(folder, job)[1][-1]["sentence"]


def test_an_image_is_made_for_a_label_map(world):
    folder, entries = world
    job = {"kind": "synthesize", "labels": entries["source_labels"][0], "out": str(folder / "made.nii.gz"), "seed": 4}
    assert serve(folder, job)[1][-1]["image"] == job["out"]
    made = sitk.ReadImage(job["out"])
    assert made.GetSize() == (16, 16, 2) and made.GetSpacing() == (1.0, 1.0, 3.0)
    assert serve(folder, {**job, "generator": "learned"})[0] == 2


def test_the_command_line_adapts_and_keeps(world, capsys):
    folder, entries = world
    code = cli.main(
        ["adapt", str(folder / "target"), "--model", entries["model"], "--method", "batch_norm", "--set", "batches=6",
         "--out", entries["out"], "--models-dir", entries["models_dir"], "--keep", "--device", "cpu"]
    )  # fmt: skip
    said = capsys.readouterr().out
    assert code == 0 and "In the models folder as" in said


def test_the_command_line_says_what_is_wrong(world, capsys):
    folder, entries = world
    shared = ["--model", entries["model"], "--out", entries["out"], "--device", "cpu"]
    target = str(folder / "target")
    assert cli.main(["adapt", target, "--method", "batch_norm", "--set", "batches", *shared]) == 2
    assert "NAME=VALUE" in capsys.readouterr().err
    instance = squares.write_model(folder / "instance", "instance")
    assert cli.main(["adapt", target, "--method", "batch_norm", "--model", str(instance), "--out", str(folder)]) == 2
    assert "InstanceNorm2d" in capsys.readouterr().err
