"""The experiment from material to page, at sizes that mean nothing."""

import re

import numpy as np
import pytest

from DomainAdaptLib.cli import main
from DomainAdaptLib.experiments import ioda
from DomainAdaptLib.experiments.settings import read_settings
from DomainAdaptLib.resources import resource_path
from DomainAdaptLib.synthesis.render import PIXEL_MM, render_slice
from DomainAdaptLib.synthesis.torso import Torso
from DomainAdaptLib.training.material import DrawnSlice, save_drawn

BRIEF = {"steps": 3, "batch": 4, "learning_rate": 0.001}
DESCENTS = {"images": BRIEF, "label_maps": BRIEF, "pairs": BRIEF}
SETTINGS = {
    "toy": {"size": 16, "train": 4, "validation": 4, "test": 4, "features": 4, **DESCENTS},
    "l3": {"train": [2, 3], "pool": 3, "validation": 2, "test": 2, "features": 4, **DESCENTS},
    "plausibility": {"features": 4, "label_maps": BRIEF},
}


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """Folder with the material of the recipe: label maps of seven patients and two slices that count as drawn."""
    folder = tmp_path_factory.mktemp("work")
    maps = [np.kron(Torso(seed).slice_at(0, 4.0).labels, np.ones((4, 4), np.uint8)) for seed in range(7)]
    np.savez_compressed(folder / "lumbar.npz", maps=np.stack(maps))
    slices = []
    for number in range(2):
        hu, classes = (values.numpy() for values in render_slice(maps[number], 100 + number))
        classes = classes.astype(np.uint8)
        slices.append(DrawnSlice(f"case{number}", 5, hu.astype(np.int16), classes, classes, PIXEL_MM))
    save_drawn(slices, folder / "drawn.npz")
    return folder


def test_the_page_has_a_row_for_each_way_and_a_stopped_run_is_taken_up(work, tmp_path, monkeypatch):
    page = ioda.run_experiment(tmp_path, work, tmp_path / "out", 2, SETTINGS)
    assert page.count("| rings |") == 4 + 5  # of ways and of differences
    assert page.count("| 3 | drawn slices |") == page.count("| 2 | unseen phantoms |") == 5 + 6
    assert "organ of 25 to 45 mm" in page
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"ioda.md", "ioda.csv", "plausibility.csv", "l3-3-seed-1.json", "toy-seed-0.json"} <= written

    def refuse(*_arguments):
        raise AssertionError("made again")

    for name in ("train_variants", "plausibility_rows", "phantom_pairs"):
        monkeypatch.setattr(ioda, name, refuse)
    assert ioda.run_experiment(tmp_path, work, tmp_path / "out", 2, SETTINGS) == page


def test_a_picture_shows_input_target_and_each_way(work, tmp_path, monkeypatch):
    monkeypatch.setattr(ioda, "_PICTURED_PAIRS", 2)
    ioda.run_experiment(tmp_path, work, tmp_path, 1, SETTINGS)
    from PIL import Image

    with Image.open(tmp_path / "ioda.png") as picture:
        assert picture.size == (3 * 80 * 7, 3 * 64 * 8 + 16)
        assert np.asarray(picture).max() == 255


def test_the_page_that_is_shipped_has_been_filled_with_the_settings_that_are_shipped():
    page, settings = resource_path("Experiments", "ioda.md").read_text(encoding="utf-8"), read_settings("ioda")
    tables = re.findall(r"<!-- table: .+? -->\n(.*?)<!-- end -->", page, re.DOTALL)
    assert len(tables) == 5 and all(table.count("\n") > 3 for table in tables)
    for pairs in settings["l3"]["train"]:
        assert f"| {pairs} | drawn slices | IODA |" in page
    assert f"| {settings['toy']['train']} | rings | IODA |" in page


@pytest.mark.parametrize(("seeds", "code", "words"), [("0", 2, "number of seeds"), ("1", 3, "no reference scans")])
def test_wrong_arguments_are_refused_in_words(seeds, code, words, tmp_path, capsys):
    if code == 2:
        (tmp_path / "case").mkdir()
        (tmp_path / "case" / "ct.nii.gz").touch()
    arguments = ["experiment", "ioda", "--data", str(tmp_path), "--out", str(tmp_path), "--seeds", seeds]
    assert main(arguments) == code
    assert words in capsys.readouterr().err
