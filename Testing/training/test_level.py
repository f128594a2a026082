"""Samples of the level finder."""

import numpy as np
import pytest
import torch

from DomainAdaptLib.synthesis.phantom import phantom_levels
from DomainAdaptLib.synthesis.structures import Structure
from DomainAdaptLib.training import level
from DomainAdaptLib.training.level import LevelSamples, augment_views
from DomainAdaptLib.training.level_material import LEVEL_CLASSES, RANDOM_PATIENT, LevelReference, phantom_classes
from DomainAdaptLib.training.level_render import render_views
from DomainAdaptLib.training.level_structures import with_endplates, with_moved_arches
from DomainAdaptLib.training.recipe import read_recipe
from SegmentL3Lib.spine_views import COLUMN_MM, COLUMNS, EVIDENCE_MM, FRONTAL_COLUMNS, ROW_MM, WINDOW_ROWS

L3 = LEVEL_CLASSES.index("L3")
BONE, DISC, PLATE = (
    int(Structure[name]) for name in ("TRABECULAR_BONE", "INTERVERTEBRAL_DISC", "CORTICAL_BONE")
)
ROWS = 100


@pytest.fixture(scope="module")
def patient():
    labels, bodies = phantom_levels(3, ROW_MM, COLUMN_MM, (-60.0, 60.0))
    return LevelReference(RANDOM_PATIENT, None, labels, phantom_classes(labels, bodies))


@pytest.fixture
def views():
    """Views in which L3 is bright and nothing else is seen."""
    classes = np.zeros((ROWS, COLUMNS), np.uint8)
    classes[40:56, 40:56] = classes[40:56, FRONTAL_COLUMNS + 25 : FRONTAL_COLUMNS + 40] = L3
    image = np.where(classes == L3, 1500, 0)
    return np.stack([image, image]).astype(np.float16), classes


def column(*parts):
    """A column of structures, one voxel wide, from (structure, rows), foot to head."""
    return torch.tensor([structure for structure, rows in parts for _ in range(rows)])[:, None, None]


@pytest.mark.parametrize("rows", [1, 2])
def test_endplates_are_whole_wherever_bone_meets_a_disc(rows):
    thin = column((BONE, 6), (DISC, 3), (PLATE, 1), (BONE, 5), (DISC, 2), (BONE, 3))
    whole = column(
        *((BONE, 6 - rows), (PLATE, rows), (DISC, 3), (PLATE, rows), (BONE, 6 - 2 * rows), (PLATE, rows), (DISC, 2)),
        *((PLATE, rows), (BONE, 3 - rows)),
    )
    assert with_endplates(thin, rows).flatten().tolist() == whole.flatten().tolist()


@pytest.mark.parametrize("rows", [-2, 0, 2])
def test_arches_are_moved_and_bodies_are_not(rows):
    structures = torch.full((12, 1, 2), int(Structure.PSOAS))
    structures[4:8] = BONE
    structures[8:10, :, 0] = DISC
    bodies = torch.zeros(structures.shape, dtype=torch.bool)
    bodies[4:8, :, 0] = True
    moved = with_moved_arches(structures, bodies, rows)
    assert torch.equal(moved[..., 0], structures[..., 0])
    bright = (moved[:, 0, 1] == int(Structure.RIB)).nonzero().flatten().tolist()
    assert bright == list(range(4 + rows, 8 + rows))


def test_views_of_a_patient_show_bone_where_the_classes_have_bodies(patient):
    image, classes = render_views(patient, 5)
    again, _ = render_views(patient, 5)
    other, _ = render_views(patient, 6)
    assert image.shape == (2, *classes.shape) and classes.shape[1] == COLUMNS
    assert np.array_equal(image, again) and not np.array_equal(image, other)
    bodies = (classes >= 1) & (classes <= LEVEL_CLASSES.index("T11"))
    assert {LEVEL_CLASSES.index(name) for name in ("L4", "L3", "L2")} <= set(np.unique(classes))
    assert image[0][bodies].mean() > image[0][classes == 0].mean() + 200


@pytest.mark.parametrize("seed", range(8))
def test_classes_lie_where_the_image_shows_them(views, seed):
    image, classes = augment_views(*views, seed)
    assert image.shape == (2, WINDOW_ROWS, COLUMNS)
    assert classes.shape == (WINDOW_ROWS * ROW_MM / EVIDENCE_MM, COLUMNS)
    bright = image[1].unflatten(0, (len(classes), -1)).mean(1) > 600
    found = classes == L3
    if found.any():  # a scan may end below
        assert 2 * (bright & found).sum() / (bright.sum() + found.sum()) > 0.8


def test_scans_can_be_made_to_end_below_l3(views, monkeypatch):
    seen = {}
    for share in (0.0, 1.0):
        monkeypatch.setattr(level, "_WITHOUT_L3", share)
        seen[share] = np.mean([bool((augment_views(*views, seed)[1] == L3).any()) for seed in range(40)])
    assert seen[0.0] > 0.6 and seen[1.0] < 0.2


def test_samples_are_those_of_the_anatomies_that_are_not_left_out(views, tmp_path):
    image, classes = views
    np.savez(
        tmp_path / "views.npz",
        images=np.stack([image, image]),
        classes=np.stack([classes, np.zeros_like(classes)]),
        cases=np.array(["somebody", RANDOM_PATIENT]),
    )
    recipe = read_recipe("l3_level_2d")
    all_real = LevelSamples(recipe, (tmp_path / "views.npz",), 1.0)
    assert any((all_real(number)[1] == L3).any() for number in range(5))
    left_out = LevelSamples(recipe, (tmp_path / "views.npz",), 1.0, frozenset({"somebody"}))
    assert not any((left_out(number)[1] == L3).any() for number in range(5))
    first, again = all_real(3), all_real(3)
    assert all(torch.equal(one, other) for one, other in zip(first, again, strict=True))


def test_samples_are_drawn_from_all_files_of_views(views, tmp_path):
    image, classes = views
    for name, shown in (("empty", np.zeros_like(classes)), ("full", classes)):
        np.savez(tmp_path / f"{name}.npz", images=image[None], classes=shown[None], cases=np.array([RANDOM_PATIENT]))
    samples = LevelSamples(read_recipe("l3_level_2d"), (tmp_path / "empty.npz", tmp_path / "full.npz"), 0.0)
    seen = [bool(samples(number)[1].any()) for number in range(12)]
    assert any(seen) and not all(seen)
