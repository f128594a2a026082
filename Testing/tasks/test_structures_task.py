"""A task in 3D that measures structures, none of which is a lesion: files, texts and verdicts."""

import csv
import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from SegmentL3Lib import cli
from SegmentL3Lib.quality.structures import structure_reasons
from SegmentL3Lib.structure_volumes import structure_volumes
from SegmentL3Lib.tasks import find_task
from SegmentL3Lib.volume import Geometry, LabelMap, Volume
from SegmentL3Lib.writing import write_volume
from tasks.parts import TASK, add_parts_task, parts_task
from tasks.threshold_bundle import write_threshold_bundle

GEOMETRY = Geometry(origin=(-30.0, -30.0, -30.0), spacing=(3.0, 3.0, 3.0))
SHAPE = (20, 22, 24)
BRIGHT = np.s_[6:14, 6:14, 8:16]


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Function: array of an image -> exit code; the results go to ``tmp_path / "out"``."""
    task = add_parts_task(monkeypatch, "SegmentL3Lib.tasks")
    write_threshold_bundle(tmp_path / "models" / TASK, 2.0, ("T2",), task.labels)

    def call(array, geometry=GEOMETRY):
        image = tmp_path / "t2.nii.gz"
        write_volume(Volume(array, geometry), image)
        options = ["--models-dir", str(tmp_path / "models"), "--out", str(tmp_path / "out"), "--device", "cpu"]
        return cli.main(["run", str(image), "--task", TASK, *options])

    return call


def head(brightness=900):
    array = np.random.default_rng(0).integers(90, 110, SHAPE).astype(np.int16)
    array[BRIGHT] = brightness
    return array


def reasons_of(folder):
    document = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    return document["quality"]["verdict"], {reason["code"] for reason in document["quality"]["reasons"]}


def labels_of(array):
    return LabelMap(array.astype(np.uint8), GEOMETRY)


def reasons_for(task, labels):
    return structure_reasons(task, labels, structure_volumes(labels, enumerate(task.labels, 1)))


def test_volumes_take_the_place_of_lesions(run, tmp_path, capsys):
    assert run(head()) == 0
    out = tmp_path / "out"
    names = {"segmentation.seg.nrrd", "volumes.csv", "result.json", "overview.png", "report.html"}
    assert {path.name for path in out.iterdir()} == names
    text = capsys.readouterr().out
    assert text.startswith("1 structure, 13.8 ml.")
    assert "lesion" not in text.casefold().replace(str(out).casefold(), "")
    with (out / "volumes.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows][-1] == "Corpus callosum"
    assert float(rows[-1]["volume_ml"]) == pytest.approx(512 * 27 / 1000)
    assert rows[1]["code"] == "SCT 65216001"
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "1 structure, 13.8 ml" in page and "Longest diameter" not in page


def test_overview_shows_the_structures_in_three_planes(run, tmp_path):
    run(head())
    with Image.open(tmp_path / "out" / "overview.png") as picture:
        colors = np.asarray(picture.convert("RGB")).astype(int)
    yellow = (colors[..., 0] - colors[..., 2]) > 60
    thirds = np.array_split(yellow, 3, axis=1)
    assert all(third.sum() > 500 for third in thirds)


def test_verdict_says_the_caution_of_the_task(run, tmp_path):
    run(head())
    verdict, codes = reasons_of(tmp_path / "out")
    assert verdict == "check" and "MODEL_LIMITED" in codes


def test_image_in_which_nothing_is_found_is_unusable(run, tmp_path, capsys):
    array = np.random.default_rng(0).integers(0, 100, SHAPE).astype(np.int16)  # no value is 2 deviations away
    assert run(array) == 0
    assert capsys.readouterr().out.startswith("Nothing was found.")
    assert reasons_of(tmp_path / "out")[0] == "unusable"


def test_empty_image_and_ct_are_refused(run, capsys):
    assert run(np.zeros(SHAPE, np.int16)) == 3
    assert "is empty" in capsys.readouterr().err
    ct = np.full(SHAPE, -1000, np.int16)
    ct[5:15] = np.random.default_rng(0).integers(0, 80, (10, *SHAPE[1:]))
    assert run(ct) == 3
    assert "reads like CT" in capsys.readouterr().err


def test_a_brain_at_the_edge_is_said():
    array = np.zeros(SHAPE)
    array[:10, 4:16, 4:16] = 3
    (reason,) = reasons_for(parts_task(), labels_of(array))
    assert reason.code == "STRUCTURE_AT_EDGE" and reason.effect == "check"


@pytest.mark.parametrize(("scale", "codes"), [(1.0, set()), (5.0, {"SIZE_IMPLAUSIBLE"}), (0.5, {"SIZE_IMPLAUSIBLE"})])
def test_a_brain_of_another_size_is_no_fetal_brain(scale, codes):
    array = np.zeros(SHAPE)
    array[4:16, 4:16, 4:16] = 1
    labels = replace(labels_of(array), geometry=replace(GEOMETRY, spacing=(3.0 * scale,) * 3))
    assert {reason.code for reason in reasons_for(find_task("fetal_brain_3d"), labels)} == codes


@pytest.mark.parametrize(
    ("liters", "codes"), [(0.2, {"SIZE_IMPLAUSIBLE"}), (1.0, set()), (5.0, set()), (10.0, {"SIZE_IMPLAUSIBLE"})]
)
def test_what_is_no_single_fetus_with_its_fluid_is_said(liters, codes):
    array = np.zeros(SHAPE)
    array[5:15, 5:15, 5:15] = 1
    array[7:12, 7:12, 7:12] = 2
    labels = replace(labels_of(array), geometry=replace(GEOMETRY, spacing=(10 * liters ** (1 / 3),) * 3))
    assert {reason.code for reason in reasons_for(find_task("fetal_organs_3d"), labels)} == codes


def test_a_fetal_task_takes_one_image(tmp_path, capsys):
    out = ["--out", str(tmp_path / "out")]
    assert cli.main(["run", "a.nii.gz", "b.nii.gz", "--task", "fetal_organs_3d", *out]) == 2
    assert "2 were given" in capsys.readouterr().err
