"""Synthetic pregnant abdomens: sizes, shapes, gray values, and stacks of them."""

import numpy as np
import pytest

from DomainAdaptLib.synthesis.ellipsoids import ellipsoid_distance, rod_distance
from DomainAdaptLib.synthesis.fetal_stack import Motion, moving_slices
from DomainAdaptLib.synthesis.womb import PLANES, WombStack, make_womb, make_womb_stack
from DomainAdaptLib.synthesis.womb_fetus import fetal_parts
from DomainAdaptLib.synthesis.womb_sizes import draw_sizes
from DomainAdaptLib.synthesis.womb_tissues import Structure, WombTissue, draw_womb_signal, womb_image, womb_rows
from DomainAdaptLib.synthesis.womb_volume import stack_volumes
from SegmentL3Lib.structure_names import match_structure

VOXEL_MM = 4.0


@pytest.fixture(scope="module")
def wombs():
    return [make_womb(np.random.default_rng(seed), VOXEL_MM) for seed in range(4)]


def labels_of(womb):
    return np.where((womb.is_fetus > 0) & (womb.structures > 0), Structure.FETUS, womb.structures)


def test_places_on_and_off_the_surface_of_shapes():
    line = [np.array([0.0, 5.0, 10.0, 12.0], np.float32), np.zeros(4, np.float32), np.zeros(4, np.float32)]
    assert ellipsoid_distance(line, (10, 20, 30))[1:] == pytest.approx([-5, 0, 2], abs=1e-4)
    assert rod_distance(line, (0, 0, 0), (10, 0, 0), (4, 2)) == pytest.approx([-4, -3, -2, 0])


def test_structures_have_names_that_the_terminology_knows():
    for structure in Structure:
        label = match_structure(structure.name.lower())
        assert label.id == structure.name.lower() and label.type


def test_tissues_are_numbered_in_order_and_fluid_is_brightest():
    assert [int(row["value"]) for row in womb_rows()] == list(range(len(WombTissue)))
    assert all(float(row["lowest"]) <= float(row["highest"]) for row in womb_rows())
    for seed in range(20):
        signal = draw_womb_signal(np.random.default_rng(seed))
        solid = signal[[WombTissue.PLACENTA, WombTissue.UTERINE_WALL, WombTissue.MUSCLE, WombTissue.FETAL_MUSCLE]]
        assert signal[WombTissue.AMNIOTIC_FLUID] > solid.max() and signal[WombTissue.PLACENTA] == solid.max()


def test_gray_values_are_those_of_the_tissues_on_average():
    rng = np.random.default_rng(3)
    signal = draw_womb_signal(rng)
    tissues = np.full((40, 40, 40), WombTissue.PLACENTA, np.uint8)
    tissues[20:] = WombTissue.AMNIOTIC_FLUID
    image = womb_image(tissues, signal, 2.0, rng)
    assert image[20:].mean() == pytest.approx(signal[WombTissue.AMNIOTIC_FLUID], rel=0.1)
    assert image[:20].std() > image[20:].std() and image.min() >= 0


def test_pregnancies_have_the_sizes_of_their_weeks():
    sizes = [draw_sizes(np.random.default_rng(seed)) for seed in range(300)]
    assert all(20 <= each.weeks <= 36 and each.wall_mm > 2 for each in sizes)
    late = [each for each in sizes if 26 < each.weeks < 28]
    assert np.median([each.fetus_ml for each in late]) == pytest.approx(1055, rel=0.15)  # Hadlock 1991, 27 weeks
    assert np.median([each.placenta_ml for each in late]) == pytest.approx(513, rel=0.15)
    assert 900 < np.median([each.cavity_ml for each in sizes if each.weeks < 21]) < 1400


def test_the_body_of_the_fetus_comes_before_what_is_in_it():
    tissues = [part.tissue for part in fetal_parts()]
    body = [tissue is None for tissue in tissues]
    assert body == sorted(body, reverse=True) and any(body) and not all(body)
    assert {WombTissue.FETAL_BRAIN, WombTissue.FETAL_LUNG, WombTissue.BONE} <= set(tissues)


def test_a_womb_holds_what_its_sizes_say(wombs):
    for womb in wombs:
        labels = labels_of(womb)
        ml = {each: (labels == each).sum() * VOXEL_MM**3 / 1000 for each in Structure}
        assert ml[Structure.PLACENTA] == pytest.approx(womb.sizes.placenta_ml, rel=0.15)
        assert 0.6 * womb.sizes.fetus_ml < ml[Structure.FETUS] < 1.1 * womb.sizes.fetus_ml
        assert ml[Structure.AMNIOTIC_FLUID] > 0.5 * womb.sizes.fluid_ml
        assert ml[Structure.UTERINE_WALL] > 100


def test_the_wall_lies_around_all_else(wombs):
    for womb in wombs:
        labels = labels_of(womb)
        assert not np.isin(np.concatenate([labels[[0, -1]].ravel(), labels[..., [0, -1]].ravel()]), (1, 2, 3)).any()
        inner = np.isin(labels, (1, 2, 3))
        for axis in range(3):
            outside = np.take(labels, range(1, labels.shape[axis]), axis)
            inside = np.take(inner, range(labels.shape[axis] - 1), axis)
            assert (outside[inside] > 0).mean() > 0.97


def test_the_fetus_does_not_lie_in_placenta_or_wall(wombs):
    for womb in wombs:
        assert set(np.unique(womb.structures[womb.is_fetus > 0])) == {Structure.AMNIOTIC_FLUID}
        assert not womb.fetus[womb.is_fetus == 0].any() and womb.fetus.any()


def test_a_part_that_does_not_move_stays_while_another_one_moves():
    image = np.zeros((24, 24, 24), np.float32)
    image[8:16, 8:16, 8:16] = 1
    arguments = image, image.astype(np.uint8), 2, 6.0
    still, labels = moving_slices(*arguments, Motion(0.0, 0.0, 0.0), np.random.default_rng(1), 2.0)
    moved, _ = moving_slices(*arguments, Motion(6.0, 0.0, 0.0), np.random.default_rng(1), 2.0)
    assert still.shape == (24, 24, 8) and labels[12, 12, 4] == 1
    middles = [np.argwhere(plane).mean(0) for plane in np.moveaxis(moved, 2, 0) if plane.any()]
    assert np.std(middles, axis=0).max() > 0.5


@pytest.mark.parametrize(("plane", "axis"), [("sagittal", 0), ("axial", 2)])
def test_a_stack_has_thick_slices_in_its_plane(plane, axis):
    stack = make_womb_stack(3, VOXEL_MM, plane)
    assert (stack.plane, stack.axis) == (plane, axis)
    assert stack.image.shape == stack.structures.shape and stack.image.dtype == np.float32
    assert 3 <= stack.spacing_mm[axis] <= 5 and sorted(stack.spacing_mm)[:2].count(VOXEL_MM) >= 1
    assert set(np.unique(stack.structures)) == {0, *Structure}
    fluid, placenta = (np.median(stack.image[stack.structures == each]) for each in (3, 2))
    assert fluid > 1.1 * placenta


def test_same_seed_gives_the_same_stack_and_another_one_another():
    first, again, other = (make_womb_stack(seed, 2 * VOXEL_MM) for seed in (5, 5, 6))
    assert np.array_equal(first.image, again.image) and np.array_equal(first.structures, again.structures)
    assert first.image.shape != other.image.shape or not np.array_equal(first.image, other.image)


@pytest.mark.parametrize("plane", PLANES)
def test_volumes_have_their_slices_last_and_lie_as_the_mother_does(plane):
    shape = {"sagittal": (4, 10, 12), "coronal": (8, 5, 12), "axial": (8, 10, 6)}[plane]
    structures = np.zeros(shape, np.uint8)
    structures[-1, -1, -1] = Structure.FETUS  # right, front, top
    spacing = tuple(4.0 if plane == each else 2.0 for each in PLANES)
    stack = WombStack(structures.astype(np.float32), structures, spacing, plane, 30.0)
    volume, labels = stack_volumes(stack)
    geometry = labels.geometry
    assert geometry.spacing == (2.0, 2.0, 4.0) and np.linalg.det(geometry.matrix) == pytest.approx(1)
    index = np.argwhere(labels.array == Structure.FETUS)[0][::-1]
    left, back, top = geometry.origin + geometry.matrix @ (index * geometry.spacing)
    assert left < 0 and back < 0 and top > 0
    assert np.array_equal(volume.array > 0, labels.array > 0) and volume.modality == "MR"
