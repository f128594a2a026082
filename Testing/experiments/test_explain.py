"""Why a pixel of a scan is this tissue."""

import numpy as np
import pytest
from scipy import ndimage

from DomainAdaptLib.cli import main
from quality.torso import SPACING_MM, VALUE, torso_slice
from SegmentL3Lib.body import body_mask
from SegmentL3Lib.volume import Geometry, Volume
from SegmentL3Lib.writing import write_volume


@pytest.fixture(scope="module")
def scan(tmp_path_factory):
    path = tmp_path_factory.mktemp("scan") / "ct.nii.gz"
    write_volume(Volume(np.repeat(torso_slice()[1][None], 3, axis=0), Geometry(spacing=SPACING_MM)), path)
    return path


def explain(scan, out, pixel, index=1):
    return main(["explain", str(scan), "--slice", str(index), "--pixel", pixel, "--out", str(out)])


def test_a_pixel_of_fat_is_explained_in_words_and_drawn(scan, tmp_path, capsys):
    below_skin = ndimage.binary_erosion(torso_slice()[0] == VALUE["subcutaneous_fat"], iterations=3)
    row, column = np.argwhere(below_skin)[1000]
    assert explain(scan, tmp_path / "why.png", f"{column},{row}") == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("The network: ") and told[1].startswith("The tree: ")
    assert told[2].startswith("1. ") and len(told) == 8
    assert (tmp_path / "why.png").stat().st_size > 10_000


def test_a_pixel_on_the_outline_belongs_to_the_body(scan, tmp_path):
    row, column = np.argwhere(body_mask(torso_slice()[1], SPACING_MM[:2]))[0]
    assert explain(scan, tmp_path / "why.png", f"{column},{row}") == 0


@pytest.mark.parametrize(
    ("pixel", "index", "said"),
    [("10,10", 1, "outside of the body"), ("300,10", 1, "256 columns"), ("10,10", 3, "slices are 0 to 2")],
)
def test_a_pixel_that_cannot_be_explained_is_refused_in_words(scan, tmp_path, capsys, pixel, index, said):
    assert explain(scan, tmp_path / "why.png", pixel, index) == 2
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_pixel_has_two_numbers(scan, tmp_path, capsys):
    assert explain(scan, tmp_path / "why.png", "12") == 2
    assert "--pixel" in capsys.readouterr().err
