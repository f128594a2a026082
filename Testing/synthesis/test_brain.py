"""Synthetic patients with brain lesions."""

import numpy as np
import pytest
import torch
from scipy import ndimage

from DomainAdaptLib.synthesis import brain_render, brain_sulci
from DomainAdaptLib.synthesis.brain import VOXEL_MM, make_case
from DomainAdaptLib.synthesis.brain_contrast import CONTRASTS, draw_any_signal, draw_relaxation, draw_signal
from DomainAdaptLib.synthesis.brain_fields import spread
from DomainAdaptLib.synthesis.brain_lesions import add_drawn_plaques, add_infarct, add_plaques, add_tumor, enhance_some
from DomainAdaptLib.synthesis.brain_maps import tissue_map
from DomainAdaptLib.synthesis.brain_render import blend, head_mask, render
from DomainAdaptLib.synthesis.brain_sulci import close_sulci
from DomainAdaptLib.synthesis.brain_tissues import FIRST_LESION, FLUIDS, INTRACRANIAL, Tissue
from DomainAdaptLib.synthesis.brain_vessels import add_vessels
from DomainAdaptLib.synthesis.brain_visibility import invisible_parts
from DomainAdaptLib.synthesis.brain_warp import Push, warp

SHAPE = (60, 72, 60)


def small_head():
    """FreeSurfer labels of balls in balls: ventricle, white matter, cortex, fluid, soft tissue, scalp, air."""
    center = (np.array(SHAPE) - 1) / 2
    radius = np.sqrt(((np.indices(SHAPE) - center[:, None, None, None]) ** 2).sum(0))
    left = np.indices(SHAPE)[0] < center[0]
    labels = np.zeros(SHAPE, np.uint8)
    for outer, left_label, right_label in ((28, 255, 255), (26, 251, 251), (23, 24, 24), (21, 3, 42), (17, 2, 41)):
        labels[radius < outer] = np.where(left, left_label, right_label)[radius < outer]
    labels[radius < 6] = np.where(left, 4, 43)[radius < 6]
    labels[(radius >= 26) & (radius < 27)] = 3  # the label of the left cortex, far outside
    return labels


@pytest.fixture(scope="module")
def tissues():
    return tissue_map(small_head())


def random(seed=0):
    return np.random.default_rng(seed)


def test_labels_that_mean_two_things_are_told_apart_by_the_hull_of_the_brain(tissues):
    labels = small_head()
    center = tuple(size // 2 for size in SHAPE)
    assert tissues[center] == Tissue.VENTRICLE
    assert set(np.unique(tissues[labels == 42])) == {Tissue.CORTEX}
    assert set(np.unique(tissues[labels == 3])) == {Tissue.CORTEX, Tissue.OUTER_GRAY}
    distance = np.sqrt(((np.indices(SHAPE) - (np.array(SHAPE) - 1)[:, None, None, None] / 2) ** 2).sum(0))
    assert (tissues[(labels == 3) & (distance < 22)] == Tissue.CORTEX).mean() > 0.85
    assert (tissues[(labels == 3) & (distance > 24)] == Tissue.OUTER_GRAY).all()


def test_a_warped_head_has_the_same_tissues_in_other_places(tissues):
    other = warp(tissues, SHAPE, random())
    assert other.shape == SHAPE and not np.array_equal(other, tissues)
    assert set(np.unique(other)) <= set(np.unique(tissues))
    assert np.array_equal(other, warp(tissues, SHAPE, random()))


def test_a_mass_pushes_the_ventricle_away(tissues):
    push = Push((40.0, 36.0, 30.0), 8.0, 0.7)
    plain, pushed = warp(tissues, SHAPE, random(2)), warp(tissues, SHAPE, random(2), push)
    x_of = [np.argwhere(each == Tissue.VENTRICLE)[:, 0].mean() for each in (plain, pushed)]
    assert x_of[1] < x_of[0] - 0.5


@pytest.mark.parametrize("seed", range(4))
def test_lesions_lie_in_the_brain_and_not_in_fluid(tissues, seed):
    for draw in (
        lambda lesions, rng: add_plaques(lesions, tissues, rng),
        lambda lesions, rng: add_infarct(lesions, tissues, rng),
        lambda lesions, rng: add_drawn_plaques(lesions, tissues, rng.uniform(size=(40, 50, 40)) < 0.05, rng),
    ):
        lesions = np.zeros(SHAPE, np.uint8)
        draw(lesions, random(seed))
        assert (lesions >= FIRST_LESION).any()
        assert np.isin(tissues[lesions > 0], INTRACRANIAL).all()
        assert not np.isin(tissues[lesions > 0], FLUIDS).any()


def test_a_tumor_has_edema_around_its_core(tissues):
    found = set()
    for seed in range(12):
        lesions = np.zeros(SHAPE, np.uint8)
        add_tumor(lesions, tissues, (42, 36, 30), 6.0, random(seed))
        assert lesions[42, 36, 30] > 0 and np.isin(tissues[lesions > 0], INTRACRANIAL).all()
        found |= set(np.unique(lesions))
    assert {Tissue.EDEMA, Tissue.ENHANCING_TUMOR, Tissue.NECROSIS, Tissue.SOLID_TUMOR} <= found


def test_some_plaques_take_up_contrast_agent_as_a_whole():
    lesions = np.zeros((30, 5, 5), np.uint8)
    lesions[::3, 1:4, 1:4] = Tissue.PLAQUE
    enhance_some(lesions, random(), 0.5)
    kinds = [set(np.unique(part)) - {0} for part in lesions[::3]]
    assert all(len(kind) == 1 for kind in kinds)
    assert {Tissue.PLAQUE, Tissue.ENHANCING_PLAQUE} == set.union(*kinds)


def test_contrasts_show_tissues_as_scanners_do():
    shown = {name: [] for name in CONTRASTS}
    for seed in range(20):
        plain, enhanced = (draw_relaxation(random(seed), enhanced) for enhanced in (False, True))
        for name, signals in shown.items():
            signals.append(draw_signal(name, enhanced if name == "T1c" else plain, random(seed)))
    flair, t1, t1c, t2 = (np.median(shown[name], axis=0) for name in CONTRASTS)
    white, cortex, fluid = Tissue.WHITE_MATTER, Tissue.CORTEX, Tissue.CEREBROSPINAL_FLUID
    assert flair[fluid] < flair[white] < flair[cortex] < flair[Tissue.PLAQUE]
    assert t1[fluid] < t1[cortex] < t1[white] and t1[Tissue.EDEMA] < t1[white]
    assert t2[white] < t2[cortex] < t2[Tissue.PLAQUE] < t2[fluid]
    assert t1c[Tissue.ENHANCING_TUMOR] > t1c[white] > t1[Tissue.ENHANCING_TUMOR]


def test_plaques_are_bright_in_flair_and_t2_and_dark_in_t1_with_rare_exceptions_in_flair():
    dark = 0
    for seed in range(60):
        relaxation = draw_relaxation(random(seed))
        flair, t1, t2 = (draw_signal(name, relaxation, random(seed)) for name in ("FLAIR", "T1", "T2"))
        dark += flair[Tissue.PLAQUE] < flair[Tissue.WHITE_MATTER]
        assert t2[Tissue.PLAQUE] > t2[Tissue.WHITE_MATTER] and t1[Tissue.PLAQUE] < t1[Tissue.WHITE_MATTER]
    assert dark <= 2


def test_a_contrast_without_rule_still_tells_lesions_from_the_brain():
    for seed in range(20):
        signal = draw_any_signal(random(seed))
        brain = signal[[Tissue.WHITE_MATTER, Tissue.CORTEX]]
        assert np.abs(signal[FIRST_LESION:, None] - brain).min() > 0.05


def test_skull_stripping_leaves_about_the_brain(tissues):
    whole = np.isin(tissues, INTRACRANIAL)
    tight = whole & (tissues != Tissue.CEREBROSPINAL_FLUID)
    like_whole = []
    for seed in range(8):
        mask = head_mask(tissues, random(seed))
        agreement = [2 * (mask & brain).sum() / (mask.sum() + brain.sum()) for brain in (whole, tight)]
        assert max(agreement) > 0.85
        like_whole.append(agreement[0] > agreement[1])
    assert set(like_whole) == {True, False}


def test_vessels_lie_in_the_fluid_around_the_brain_and_are_bright_after_contrast_agent(tissues):
    counts = []
    for seed in range(6):
        changed = tissues.copy()
        add_vessels(changed, random(seed))
        vessels = changed == Tissue.VESSEL
        assert (tissues[vessels] == Tissue.CEREBROSPINAL_FLUID).all()
        assert np.array_equal(changed[~vessels], tissues[~vessels])
        counts.append(vessels.sum())
    assert 0.02 < np.mean(counts) / (tissues == Tissue.CEREBROSPINAL_FLUID).sum() < 0.5
    before, after = (draw_relaxation(random(), enhanced) for enhanced in (False, True))
    t1, t1c, flair = (draw_signal(*each, random()) for each in (("T1", before), ("T1c", after), ("FLAIR", before)))
    assert t1c[Tissue.VESSEL] > 1.1 > t1[Tissue.VESSEL] and flair[Tissue.VESSEL] < 0.5


def test_healthy_tissue_differs_from_place_to_place_fluid_most(tissues):
    spread_of = {Tissue.WHITE_MATTER: [], Tissue.CORTEX: [], Tissue.CEREBROSPINAL_FLUID: [], Tissue.SCALP: []}
    for seed in range(12):
        image = np.ones(SHAPE, np.float32)
        brain_render._vary(image, tissues, random(seed))
        for tissue, spreads in spread_of.items():
            spreads.append(image[tissues == tissue].std())
    white, cortex, fluid, scalp = (np.mean(spreads) for spreads in spread_of.values())
    assert scalp == 0
    assert 0.005 < white < cortex < fluid


def test_signal_fails_near_air_below_the_brain_and_nowhere_else(tissues):
    with_air = np.where(tissues == Tissue.OUTER_AIR, Tissue.SOFT_TISSUE, tissues)
    image = np.ones(SHAPE, np.float32)
    for seed in range(6):
        brain_render._fail_near_air(image, with_air, random(seed))
    assert (image == 1).all()  # no air, no failure
    with_air[26:34, 20:26, 8:14] = Tissue.OUTER_AIR
    for seed in range(6):
        brain_render._fail_near_air(image, with_air, random(seed))
    assert np.abs(image[20:40, 15:32, 4:18] - 1).max() > 0.2
    assert np.abs(image[..., -10:] - 1).max() < 0.05


def test_a_seed_gives_the_same_patient_and_another_one_another(tissues):
    first, again, other = (make_case([tissues], [], seed, SHAPE) for seed in (3, 3, 4))
    assert np.array_equal(first.image, again.image) and np.array_equal(first.lesions, again.lesions)
    assert first.image.shape == (len(CONTRASTS), *(round(size / VOXEL_MM) for size in SHAPE))
    assert make_case([tissues], [], 3, SHAPE, voxel_mm=2.0).image.shape == (len(CONTRASTS), 30, 36, 30)
    assert not np.array_equal(first.image, other.image)
    assert np.isfinite(first.image).all()


def test_values_at_few_knots_are_interpolated_linearly():
    values = random().standard_normal((4, 5, 6), np.float32)
    expected = torch.nn.functional.interpolate(
        torch.from_numpy(values)[None, None], (9, 5, 4), mode="trilinear", align_corners=True
    )
    assert np.allclose(spread(values, (9, 5, 4)), expected[0, 0].numpy(), atol=1e-5)


def test_edema_goes_around_a_cleft_full_of_fluid():
    tissues = np.full((60, 60, 60), Tissue.WHITE_MATTER, np.uint8)
    tissues[30:36] = Tissue.CEREBROSPINAL_FLUID
    sizes = []
    for seed in range(10):
        lesions = np.zeros(tissues.shape, np.uint8)
        add_tumor(lesions, tissues, (18, 30, 30), 8.0, random(seed))
        assert not lesions[40:].any()
        sizes.append((lesions == Tissue.EDEMA).sum())
    assert max(sizes) > 3000


def test_plaques_are_faint_or_strong_and_ventricles_have_a_lining_that_is_no_lesion(tissues):
    lesions = np.zeros(SHAPE, np.uint8)
    lesions[44:48, 30:42, 26:34] = Tissue.PLAQUE
    signal = draw_signal("FLAIR", draw_relaxation(random()), random())
    contrasts, linings = [], []
    for seed in range(8):
        anatomy = blend(tissues, lesions, random(seed))
        image = render(anatomy, signal, random(0))
        contrasts.append(image[45:47, 34:38, 28:32].mean())
        linings.append(anatomy.blended[Tissue.PLAQUE][(lesions == 0) & (tissues == Tissue.WHITE_MATTER)].max())
    assert signal[Tissue.WHITE_MATTER] < min(contrasts) < max(contrasts) < 1.1 * signal[Tissue.PLAQUE]
    assert max(contrasts) - min(contrasts) > 0.2 * (signal[Tissue.PLAQUE] - signal[Tissue.WHITE_MATTER])
    assert 0 <= min(linings) < 0.2 < max(linings) < 0.6


def test_a_small_plaque_is_as_strong_as_a_large_one_although_its_border_is_soft(tissues, monkeypatch):
    monkeypatch.setattr(brain_render, "_STRENGTH_VARIES", 0)
    lesions = np.zeros(SHAPE, np.uint8)
    large, small = np.s_[44:48, 30:42, 26:34], np.s_[13:15, 35:37, 29:31]
    lesions[large] = lesions[small] = Tissue.PLAQUE
    for seed in range(4):
        share = blend(tissues, lesions, random(seed)).blended[Tissue.PLAQUE]
        assert share[small].max() > 0.9 * share[large].max()
        assert share.max() <= 1


def test_a_crumb_gets_no_more_than_a_limited_gain(tissues, monkeypatch):
    monkeypatch.setattr(brain_render, "_STRENGTH_VARIES", 0)
    monkeypatch.setattr(brain_render, "_BRIGHTEST_LINING", 0)
    crumb = np.zeros(SHAPE, np.uint8)
    crumb[14, 36, 30] = Tissue.PLAQUE
    shares = [blend(tissues, crumb, random(seed)).blended[Tissue.PLAQUE][14, 36, 30] for seed in range(20)]
    assert min(shares) < 0.3 < max(shares)  # soft borders; with more gain none would be below 0.35


def test_plaques_that_do_not_stand_out_in_flair_are_invisible():
    flair = np.full((40, 40, 40), 100.0)
    flair[:4] = 0  # outside the brain, no surroundings
    plaques = np.zeros(flair.shape, bool)
    for start, brightness in ((5, 125), (15, 105), (25, 80), (33, 100)):
        part = np.s_[start : start + 3, 18:21, 18:21]
        plaques[part], flair[part] = True, brightness
    unseen = invisible_parts(plaques, plaques, flair, 1.0)
    assert [bool(unseen[start, 19, 19]) for start in (5, 15, 25, 33)] == [False, True, False, True]
    assert unseen.sum() == 2 * 27


def test_a_plaque_beside_a_bright_tumor_is_compared_with_the_brain():
    flair = np.full((40, 40, 40), 100.0)
    tumor, plaques = np.zeros(flair.shape, bool), np.zeros(flair.shape, bool)
    tumor[20:, :, :], plaques[15:18, 18:21, 18:21] = True, True
    flair[tumor], flair[plaques] = 200, 118
    assert not invisible_parts(plaques, plaques | tumor, flair, 1.0).any()
    assert invisible_parts(plaques, plaques, flair, 1.0).sum() == 27  # as if the tumor were brain


def test_no_plaques_are_not_invisible():
    nothing = np.zeros((4, 4, 4), bool)
    assert not invisible_parts(nothing, nothing, np.ones((4, 4, 4)), 1.0).any()


def test_narrow_sulci_close_and_wide_ones_stay_open(monkeypatch):
    monkeypatch.setattr(brain_sulci, "_CLOSED_IN", 1.0)
    head = np.full((60, 40, 40), Tissue.WHITE_MATTER, np.uint8)
    head[10:50] = Tissue.CORTEX
    head[20:22] = head[30:40] = Tissue.CEREBROSPINAL_FLUID
    narrow, wide = [], []
    for seed in range(12):
        tissues = head.copy()
        close_sulci(tissues, random(seed))
        narrow.append((tissues[20:22] == Tissue.CORTEX).mean())
        wide.append((tissues[31:39] == Tissue.CORTEX).mean())
        assert ((tissues == head) | (tissues == Tissue.CORTEX)).all()
    assert min(narrow) < 0.9 < max(narrow)  # in parts of some heads, nearly everywhere in others
    assert max(wide) == 0


def test_some_heads_keep_their_sulci_as_they_are():
    head = np.full((60, 40, 40), Tissue.CORTEX, np.uint8)
    head[20:22] = Tissue.CEREBROSPINAL_FLUID
    changed = []
    for seed in range(30):
        tissues = head.copy()
        close_sulci(tissues, random(seed))
        changed.append((tissues != head).any())
    assert 10 < sum(changed) < 26


def test_cortex_far_below_the_skull_is_brighter_where_it_is_asked_for(tissues):
    with_deep = tissues.copy()
    with_deep[27:33, 33:39, 27:33] = Tissue.CORTEX
    anatomy = blend(with_deep, np.zeros(SHAPE, np.uint8), random())
    plain, brighter = (render(anatomy, np.ones(max(Tissue) + 1), random(1), limbic) for limbic in (0.0, 0.3))
    ratio = brighter / np.maximum(plain, 0.01)
    white = ndimage.binary_erosion(with_deep == Tissue.WHITE_MATTER, iterations=4)
    assert ratio[29:31, 35:37, 29:31].min() > 1.15
    assert ratio[30, 36, 30] > 1.1 * ratio[11, 36, 30]  # in the cortex below the skull
    assert np.allclose(ratio[white], 1, atol=0.02)
