"""The recipe of the shipped references: the outermost slices of each patient, measured labels only."""

import numpy as np
import pytest

from DomainAdaptLib.synthesis.structures import TISSUES, Structure
from DomainAdaptLib.training.material import DrawnSlice
from DomainAdaptLib.trust import reference_set
from DomainAdaptLib.trust.recipe import read_trust_recipe
from quality.torso import SPACING_MM, VALUE, torso_slice
from SegmentL3Lib.trust.plausibility import read_autoencoder
from SegmentL3Lib.trust.references import read_references

STRUCTURES = {
    "subcutaneous_fat": Structure.SUBCUTANEOUS_FAT,
    "visceral_fat": Structure.VISCERAL_FAT,
    "skeletal_muscle": Structure.ERECTOR_SPINAE,
    "bone": Structure.TRABECULAR_BONE,
}
OTHER = TISSUES.index("other")


@pytest.fixture
def small_recipe(monkeypatch):
    recipe = read_trust_recipe()
    recipe["references"] |= {"phantoms": 0}
    recipe["plausibility"] |= {"phantoms": 2, "descent": {"steps": 3, "batch": 2, "learning_rate": 0.001}}
    monkeypatch.setattr(reference_set, "read_trust_recipe", lambda: recipe)


def drawn(case, slice_index):
    labels, hu = torso_slice()
    labels = np.where((labels == 0) & (hu > -900), OTHER, labels).astype(np.uint8)
    return DrawnSlice(case, slice_index, hu, labels, labels, SPACING_MM[0])


def structures():
    """Map of the fine structures of a torso."""
    labels, hu = torso_slice()
    fine = np.where(hu > -900, Structure.SKIN, Structure.AIR)
    for label, structure in STRUCTURES.items():
        fine[labels == VALUE[label]] = structure
    return fine.astype(np.uint8)


def test_the_outermost_slices_of_each_patient_are_kept(small_recipe, tmp_path):
    slices = [drawn("b", 7), drawn("a", 12), drawn("a", 3), drawn("a", 9)]
    reference_set.make_references(slices, tmp_path)
    found = read_references(tmp_path / "references.npz")
    assert [item.name for item in found] == ["a, 3", "a, 12", "b, 7"]
    assert [item.patient for item in found] == ["a", "a", "b"]
    assert OTHER not in found[0].labels


def test_the_auto_encoder_is_made_from_phantoms(small_recipe, tmp_path):
    maps = tmp_path / "lumbar.npz"
    np.savez(maps, maps=np.repeat(structures()[None, None], 2, axis=0))
    reference_set.make_autoencoder(maps, tmp_path)
    assert read_autoencoder(tmp_path / "plausibility.npz").weight.shape[0] == 32
