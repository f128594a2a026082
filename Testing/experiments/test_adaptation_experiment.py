"""The adaptation experiment on generated hearts, and its tables."""

import numpy as np
import pytest
import SimpleITK as sitk

from DomainAdaptLib.experiments import adaptation
from DomainAdaptLib.experiments.adaptation_brain import brain_pair, brain_slices
from DomainAdaptLib.experiments.adaptation_pairs import heart_pair, phantom_pair
from DomainAdaptLib.experiments.adaptation_tables import gap_share, gap_table, guard_table
from DomainAdaptLib.experiments.settings import read_settings
from DomainAdaptLib.synthesis.brain_maps import tissue_map
from SegmentL3Lib.errors import InputError

TRAINING = {"steps": 2, "batch": 2, "learning_rate": 0.001}
SETTINGS = {
    "training": {"widths": [4, 8], "disturbance": 0.5, "source": TRAINING, "oracle": TRAINING},
    "methods": {
        "batch_norm": {"batches": 1},
        "mean_teacher": {"steps": 1, "batch": 2},
        "random_contrast": {"steps": 1, "batch": 2, "contrasts": 2},
    },
    "pair": {"size": 24},
}


def heart(seed):
    rng = np.random.default_rng(seed)
    labels = np.zeros((2, 150, 150), np.uint8)
    for value, size in ((1, 30), (2, 20), (3, 10)):
        labels[:, 75 - size : 75 + size, 75 - size : 75 + size] = value
    return (1000.0 * labels + rng.integers(0, 300, labels.shape)).astype(np.int16), labels


@pytest.fixture
def hearts(tmp_path):
    """Folder with generated hearts, laid out as the real ones."""
    for name in ("acdc", "mscmr"):
        (tmp_path / name).mkdir()
    for number in range(2):
        image, labels = heart(number)
        np.savez(tmp_path / "acdc" / f"patient{number}.npz", image=image, label=labels)
    for number in range(4):
        image, labels = heart(10 + number)
        sitk.WriteImage(sitk.GetImageFromArray(image), str(tmp_path / "mscmr" / f"image_{number}.nii.gz"))
        if number < 3:
            sitk.WriteImage(sitk.GetImageFromArray(labels), str(tmp_path / "mscmr" / f"label_{number}.nii.gz"))
    return tmp_path


def test_a_seed_gives_a_row_for_each_network_and_keeps_what_it_trained(hearts):
    pair = heart_pair(hearts, 24)
    assert (len(pair.source), len(pair.target), len(pair.tested)) == (2, 4, 3)
    rows = adaptation._seed_rows(pair, SETTINGS, 0, hearts / "hearts-seed-0")
    variants = [row["variant"] for row in rows]
    assert {"source only", "oracle", "guard's choice", "Batch normalization statistics"} <= set(variants)
    assert all(0 <= row["dice"] <= 1 for row in rows)
    kept = {path: path.stat().st_mtime_ns for path in hearts.glob("*.pt")}
    assert len(kept) == 1 + 3 + 3 and not list(hearts.glob("*.checkpoint"))
    again = adaptation._seed_rows(pair, SETTINGS, 0, hearts / "hearts-seed-0")
    assert [row["dice"] for row in again] == [row["dice"] for row in rows]
    assert {path: path.stat().st_mtime_ns for path in hearts.glob("*.pt")} == kept


def test_missing_hearts_are_said(tmp_path):
    with pytest.raises(InputError, match="acdc and mscmr"):
        heart_pair(tmp_path, 24)


def test_phantoms_of_both_scanners_share_patients_but_not_noise():
    maps = np.zeros((6, 2, 120, 160), np.uint8)
    maps[:, :, 20:100, 30:130] = 3
    pair = phantom_pair(maps, {"source": 2, "target": 2, "tested": 2}, 32)
    spread = [case.images[0, 0, :4, :4].std() for case in (pair.source[0], pair.target[0])]
    assert pair.source[0].images.shape == (1, 1, 32, 32) and pair.tested[0].labels.shape == (1, 32, 32)
    assert all(spread[1] >= value for value in spread)


def brain_labels():
    """Head of FreeSurfer labels: a ventricle in white matter in cortex."""
    offsets = np.ix_(*(np.arange(200) - 99.5,) * 3)
    radius = np.sqrt(sum(offset**2 for offset in offsets))
    return np.select([radius < 15, radius < 50, radius < 54], [4, 2, 3]).astype(np.uint8)


def test_brains_of_two_sequences_show_the_same_anatomy_in_other_contrast():
    settings = {**read_settings("adaptation")["brain"], "size": 48, "slices": 3}
    tissues = tissue_map(brain_labels())
    values = {}
    for sequence in ("T1", "T2"):
        images, labels = brain_slices(tissues, sequence, settings, 3)
        assert images.shape == labels.shape == (3, 48, 48) and set(np.unique(labels)) == {0, 1, 2, 3}
        values[sequence] = [float(images[labels == value].mean()) for value in (1, 3)]
    assert values["T1"][0] < values["T1"][1]  # fluid is darker than white matter
    assert values["T2"][0] > values["T2"][1]


def test_missing_heads_are_said(tmp_path):
    with pytest.raises(InputError, match="label maps of heads"):
        brain_pair(tmp_path, read_settings("adaptation")["brain"], tmp_path / "brain.npz")


def rows():
    values = {"source only": (0.6, 0.62), "A": (0.7, 0.66), "B": (0.5, 0.7), "oracle": (0.8, 0.8)}
    found = [
        {"pair": "p", "variant": name, "seed": seed, "dice": dice, "seconds": 3.0}
        for name, both in values.items()
        for seed, dice in enumerate(both)
    ]
    for seed, dice in enumerate(values["A"]):
        choice = {"variant": "guard's choice", "choice": "A", "candidates": ["source only", "A", "B"]}
        found.append({"pair": "p", "seed": seed, "dice": dice, "seconds": None, **choice})
    return found


def test_the_gap_is_closed_by_a_share():
    assert gap_share(0.75, 0.7, 0.8) == pytest.approx(50)
    table = gap_table(rows())
    assert "| p | A | 0.680 ± 0.028 | +7.0 | +4.0 | 37 % | 3 |" in table
    assert "| p | B | 0.600 ± 0.141 | -1.0 | -10.0 | -5 % | 3 |" in table


def test_the_choice_is_compared_with_the_best():
    table = guard_table(rows())
    assert "| p | 0 | A | +10.0 | 50 | A | +10.0 |" in table
    assert "| p | 1 | A | +4.0 | 22 | B | +8.0 |" in table
