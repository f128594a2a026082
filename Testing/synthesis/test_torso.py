"""Random torsos as label maps."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from DomainAdaptLib.synthesis.spine import VARIANTS, VERTEBRAE
from DomainAdaptLib.synthesis.structures import MUSCLES, TISSUES, Structure, tissue_classes, tissue_of_structure
from DomainAdaptLib.synthesis.torso import Torso, open_back, open_grooves
from SegmentL3Lib.fascia import THICKEST_MM

PIXEL_MM = 3.0
SEEDS = (0, 3, 5, 8)
BONES = (Structure.TRABECULAR_BONE, Structure.CORTICAL_BONE)


@pytest.fixture(scope="module")
def torsos():
    return {seed: Torso(seed) for seed in SEEDS}


def test_the_same_seed_gives_the_same_patient(torsos):
    assert np.array_equal(Torso(3).slice_at(10, PIXEL_MM).labels, torsos[3].slice_at(10, PIXEL_MM).labels)


def test_a_slice_does_not_depend_on_the_slices_before_it(torsos):
    fresh = Torso(5)
    fresh.slice_at(-60, PIXEL_MM)
    assert np.array_equal(fresh.slice_at(20, PIXEL_MM).labels, torsos[5].slice_at(20, PIXEL_MM).labels)


def test_other_seeds_give_other_patients(torsos):
    assert not np.array_equal(torsos[0].slice_at(0, PIXEL_MM).labels, torsos[3].slice_at(0, PIXEL_MM).labels)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_tissue_is_in_a_slice_at_l3(torsos, seed):
    classes = tissue_classes(torsos[seed].slice_at(0, PIXEL_MM).labels, PIXEL_MM)
    assert set(range(1, 8)) <= set(np.unique(classes)) | {TISSUES.index("bowel")}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_body_is_one_piece(torsos, seed):
    body = tissue_of_structure()[torsos[seed].slice_at(0, PIXEL_MM).labels] > 0
    assert ndimage.label(body)[1] == 1


@pytest.mark.parametrize("seed", SEEDS)
def test_vertebrae_are_stacked_in_order_with_l3_in_the_middle(torsos, seed):
    vertebrae = torsos[seed].spine.vertebrae
    assert tuple(vertebra.name for vertebra in vertebrae) == VERTEBRAE[:-2]
    for lower, upper in zip(vertebrae[:-1], vertebrae[1:], strict=True):
        assert lower.bottom < lower.top < upper.bottom
    assert torsos[seed].spine.vertebra("L3").middle == pytest.approx(0)


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_variant_of_the_spine_keeps_l3_in_the_middle(variant):
    spine = Torso(3, variant).spine
    names = [vertebra.name for vertebra in spine.vertebrae]
    assert spine.vertebra("L3").middle == pytest.approx(0)
    assert ("L6" in names, "T13" in names) == (variant == "L6", variant == "T13")
    with_ribs = {name for name, _side, _rib in spine.ribs}
    assert with_ribs == {name for name in names if name.startswith("T")}


def test_the_lowest_ribs_are_the_short_ones_whatever_they_are_called():
    ribs = {name: rib for name, side, rib in Torso(3, "T13").spine.ribs if side == 1}
    assert ribs["T13"].last_angle >= 100 > ribs["T11"].last_angle


def test_the_lowest_ribs_leave_their_vertebra_lower_than_others_and_some_are_thin():
    lowest, others, thickness = [], [], []
    for spine in (Torso(seed).spine for seed in range(30)):
        tops = {vertebra.name: vertebra.top for vertebra in spine.vertebrae}
        for name, _side, rib in spine.ribs:
            below = next(top for top in sorted(tops.values(), reverse=True) if top < tops[name])
            share = (tops[name] - rib.start) / (tops[name] - below)
            (lowest if name == "T12" else others).append(share)
            if name == "T12":
                thickness.append(rib.half_thickness)
    assert 0.5 < min(lowest) < np.mean(lowest) < max(lowest) < 1
    assert np.mean(others) < 0.5
    assert min(thickness) < 0.6 * max(thickness)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_neck_joins_the_lowest_ribs_to_their_own_vertebra(torsos, seed):
    torso, spine = torsos[seed], torsos[seed].spine
    for side, rib in [(side, rib) for name, side, rib in spine.ribs if name == "T12"]:
        heights = np.arange(min(rib.start, rib.joint) - 2, max(rib.start, rib.joint) + 2, 2.0)
        slices = [torso.slice_at(z, 2.0) for z in heights]
        of_side = [side * (canvas.u - spine.center(rib.start, 0.0)[0]) > 0 for canvas in slices]
        ribs = np.stack([canvas.labels == Structure.RIB for canvas in slices]) & of_side
        bodies = np.stack([canvas.bodies == VERTEBRAE.index("T12") + 1 for canvas in slices])
        far = ndimage.distance_transform_edt(~bodies, sampling=2.0)
        assert (ribs & (far < 6)).any()
        parts, _ = ndimage.label(ribs | np.isin([canvas.labels for canvas in slices], BONES), np.ones((3, 3, 3)))
        assert np.isin(parts[ribs & (far < 25)], parts[bodies]).mean() > 0.9


def test_thin_ribs_are_whole_on_coarse_pixels(torsos):
    z = torsos[3].spine.vertebra("L1").middle

    def slice_with(half_thickness, pixel_mm):
        torso = Torso(3)
        ribs = [(*where, replace(rib, half_thickness=half_thickness)) for *where, rib in torso.spine.ribs]
        torso.spine.ribs = tuple(ribs)
        return torso.slice_at(z, pixel_mm).labels

    assert np.array_equal(slice_with(0.3, 4.0), slice_with(2.0, 4.0))
    assert (slice_with(0.3, 1.0) == Structure.RIB).sum() < (slice_with(2.0, 1.0) == Structure.RIB).sum()


@pytest.mark.parametrize("seed", SEEDS)
def test_free_fluid_is_parted_from_the_wall_and_lies_before_the_kidneys(seed):
    torso = Torso(seed)
    torso.organs.ascites = 30.0, True, None, 0.0
    torso.organs.kidneys, torso.organs.masses = [], []
    wall, touching = (Structure.TRANSVERSUS_ABDOMINIS, Structure.RECTUS_ABDOMINIS), {}
    for fat_mm in (0.0, 6.0):
        torso.organs.peritoneum.fat_mm = fat_mm
        canvas = torso.slice_at(0, 1.0)
        fluid = canvas.labels == Structure.ASCITES
        assert fluid.sum() > 500
        center_u, body_v = torso.frame.spine_center(0)
        assert not (fluid & (canvas.v > body_v) & (np.abs(canvas.u - center_u) < 0.3 * torso.frame.half_width(0))).any()
        touching[fat_mm] = (ndimage.binary_dilation(fluid) & np.isin(canvas.labels, wall)).sum()
    assert touching[6.0] < 0.25 * touching[0.0]


def test_ligaments_and_roots_are_no_muscle(torsos):
    spine = torsos[3].spine
    between = (spine.vertebra("L3").top + spine.vertebra("L2").bottom) / 2
    canvas = torsos[3].slice_at(between, 1.0)
    cut = spine.place(canvas, torsos[3].frame.back_v)
    assert cut.ligament.any() and cut.roots.any()
    for mask, structure in ((cut.ligament, Structure.APONEUROSIS), (cut.roots, Structure.VESSEL)):
        shown = canvas.labels[mask & ~cut.bone & ~cut.canal & ~cut.disc]
        assert (shown == structure).mean() > 0.4 and not np.isin(shown, (Structure.ERECTOR_SPINAE,)).any()
    through_pedicles = torsos[3].slice_at(spine.vertebra("L3").bottom + 20, 1.0)
    assert not spine.place(through_pedicles, torsos[3].frame.back_v).roots.any()


def test_a_sacralized_l5_stands_between_the_sacral_wings():
    usual, fused = (Torso(3, variant) for variant in (None, "sacralized L5"))
    widths = []
    for torso in (usual, fused):
        bone = torso.slice_at(torso.spine.vertebra("L5").bottom + 6, PIXEL_MM).labels
        widths.append(np.isin(bone, (Structure.SACRUM, Structure.CORTICAL_BONE)).any(0).sum())
    assert fused.spine.vertebra("L5").bottom - fused.spine.vertebra("S1").top < 5
    assert widths[1] > widths[0]


def test_a_wide_groove_beside_the_psoas_is_open_and_a_narrow_one_is_not():
    labels = np.full((60, 60), Structure.INTERMUSCULAR_FAT, np.uint8)
    labels[10:20, 10:50] = Structure.PSOAS
    labels[40:60] = Structure.ERECTOR_SPINAE
    assert open_grooves(labels, 1.0)[30, 20] and not open_grooves(labels, 1.0)[5, 20]
    labels[24:60] = Structure.ERECTOR_SPINAE
    assert not open_grooves(labels, 1.0)[15:].any()


def test_fat_on_the_back_muscles_is_subcutaneous_unless_something_parts_them():
    labels = np.full((40, 30), Structure.SUBCUTANEOUS_FAT)
    labels[:28] = Structure.INTERMUSCULAR_FAT
    labels[:20, :25] = Structure.ERECTOR_SPINAE
    labels[28, 10:25] = Structure.APONEUROSIS
    opened = open_back(labels, 1.0)
    assert opened[28 - int(THICKEST_MM) : 28, :10].all() and not opened[:20].any()
    assert not opened[:, 15:20].any()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_slice_through_the_middle_of_a_body_shows_that_vertebra(torsos, seed):
    for name in ("L4", "L3", "L2"):
        vertebra = torsos[seed].spine.vertebra(name)
        bodies = torsos[seed].slice_at(vertebra.middle, PIXEL_MM).bodies
        values, counts = np.unique(bodies[bodies > 0], return_counts=True)
        assert VERTEBRAE[values[counts.argmax()] - 1] == name


@pytest.mark.parametrize("seed", SEEDS)
def test_ribs_are_above_and_hip_bones_below_the_lumbar_spine(torsos, seed):
    high, low = (torsos[seed].slice_at(z, PIXEL_MM).labels for z in (110, -110))
    assert (high == Structure.RIB).any() and not (low == Structure.RIB).any()
    assert (low == Structure.HIP_BONE).any() and not (high == Structure.HIP_BONE).any()


def test_the_skin_is_a_rim_of_2_mm_or_a_pixel():
    fine = np.full((100, 100), Structure.AIR, np.uint8)
    fine[20:80, 20:80] = Structure.SUBCUTANEOUS_FAT
    other = TISSUES.index("other")
    assert (tissue_classes(fine, 1.0)[50] == other).sum() == 4
    assert (tissue_classes(fine, 0.5)[50] == other).sum() == 8
    assert (tissue_classes(fine, 3.0)[50] == other).sum() == 2


def test_muscles_are_muscle_and_everything_has_a_tissue():
    table = tissue_of_structure()
    assert len(table) == len(Structure)
    assert set(table[list(MUSCLES)]) == {TISSUES.index("skeletal_muscle")}
    assert sorted(structure.value for structure in Structure) == list(range(len(Structure)))
