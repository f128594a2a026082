"""Why a pixel is this tissue, drawn."""

import numpy as np
import pytest
from PIL import ImageColor

from quality.torso import SPACING_MM, VALUE, torso_slice
from SegmentL3Lib.pixel_features import FEATURES, pixel_features
from SegmentL3Lib.regions import Region
from SegmentL3Lib.report.tree_picture import WAY, Explained, draw_explanation, region_name, sentence, write_explanation
from SegmentL3Lib.tissue_tree import read_tree


@pytest.fixture(scope="module")
def torso():
    labels, hu = torso_slice()
    return labels, hu, pixel_features(hu, SPACING_MM[0])


def explained(torso, segment):
    labels, hu, figures = torso
    row, column = np.argwhere(labels == VALUE[segment])[500]
    place = int(column), int(row)
    return Explained(hu, SPACING_MM[0], place, figures[row, column], "The network: bone 98 %", is_followed=False)


def test_figures_of_a_pixel_are_what_they_say(torso):
    labels, hu, figures = torso
    names = [feature.id for feature in FEATURES]
    assert figures.shape == (*hu.shape, len(FEATURES))
    bone = labels == VALUE["bone"]
    assert figures[bone][:, names.index("hu")].mean() == pytest.approx(300)
    assert abs(figures[bone][:, names.index("beside_spine")]).mean() < 25
    assert figures[labels == VALUE["subcutaneous_fat"]][:, names.index("depth")].max() < 25


def test_a_slice_without_a_body_has_no_figures():
    with pytest.raises(ValueError):
        pixel_features(np.full((64, 64), -1000), 5.0)


@pytest.mark.parametrize(
    ("segment", "region"),
    [
        ("subcutaneous_fat", Region.SUBCUTANEOUS),
        ("visceral_fat", Region.VISCERAL),
        ("skeletal_muscle", Region.MUSCLE),
        ("bone", Region.BONE),
    ],
)
def test_the_shipped_tree_knows_the_tissues_of_a_plain_torso(torso, segment, region):
    labels, _, figures = torso
    assert (read_tree().regions(figures[labels == VALUE[segment]]) == region).mean() > 0.6


def test_the_way_is_drawn_and_told(torso, tmp_path):
    tree, pixel = read_tree(), explained(torso, "skeletal_muscle")
    pixels = np.asarray(draw_explanation(pixel, tree))
    assert (pixels == ImageColor.getrgb(WAY)).all(-1).sum() > 500
    told = [sentence(step, tree) for step in tree.path(pixel.figures)]
    assert len(told) == tree.depth and all(" is high (" in text or " is low (" in text for text in told)
    write_explanation(pixel, tree, tmp_path / "why.png")
    assert (tmp_path / "why.png").stat().st_size > 10_000


def test_regions_have_the_names_of_their_tissues():
    assert region_name(Region.MUSCLE) == "skeletal muscle" and region_name(Region.OTHER) == "other"
