"""Reference files: written, read back, and refused when they are damaged or something else."""

import numpy as np
import pytest

from SegmentL3Lib.errors import InputError
from SegmentL3Lib.labels import load_labels
from SegmentL3Lib.trust import references
from SegmentL3Lib.trust.aligned import GRID
from SegmentL3Lib.trust.references import read_references, shipped_references, write_references
from trust.torsos import reference


@pytest.fixture
def path(tmp_path):
    write_references([reference(1), reference(2)], tmp_path / "set.npz")
    return tmp_path / "set.npz"


def test_references_come_back(path):
    first, second = read_references(path)
    assert (first.name, second.patient) == ("torso 1", "torso 2")
    assert np.abs(first.image - reference(1).image).max() <= 0.5 / 255 + 1e-6
    assert np.array_equal(first.labels, reference(1).labels)


def replaced(path, **arrays):
    with np.load(path) as file:
        content = {key: file[key] for key in file.files} | arrays
    np.savez_compressed(path, **content)


def cut_short(path):
    path.write_bytes(path.read_bytes()[:-400])


def something_else(path):
    path.write_bytes(b"not a zip file")


def code_in_it(path):
    replaced(path, names=np.array([{"a": 1}, None], dtype=object))


def names_missing(path):
    np.savez(path, images=np.zeros((1, *GRID.shape), np.uint8))


def another_size(path):
    replaced(path, images=np.zeros((2, 10, 10), np.uint8))


def another_type(path):
    replaced(path, labels=np.zeros((2, *GRID.shape), np.float32))


def unknown_labels(path):
    replaced(path, labels=np.full((2, *GRID.shape), 99, np.uint8))


def too_few_names(path):
    replaced(path, names=np.array(["one"]))


def a_forged_size(path):
    replaced(path, images=np.zeros(3, np.uint8))
    content = path.read_bytes()
    path.write_bytes(content.replace(b"'shape': (3,)", b"'shape': (9,)"))


DAMAGE = [
    *(cut_short, something_else, code_in_it, names_missing, another_size, another_type, unknown_labels),
    *(too_few_names, a_forged_size),
]


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_file_is_refused_by_name(path, damage):
    damage(path)
    with pytest.raises(InputError, match=r"set\.npz cannot be used"):
        read_references(path)


def test_a_file_that_would_fill_the_memory_is_not_unpacked(path, monkeypatch):
    monkeypatch.setattr(references, "_MOST_BYTES", 1000)
    with pytest.raises(InputError, match="too large"):
        read_references(path)


def test_a_missing_file_is_said_to_be_missing(tmp_path):
    with pytest.raises(InputError, match="missing"):
        read_references(tmp_path / "none.npz")


def test_the_shipped_references_show_every_structure_and_several_patients():
    shipped = shipped_references()
    assert len({item.patient for item in shipped}) >= 10
    for item in shipped:
        found = {label.id for label in load_labels() if (item.labels == label.value).any()}
        assert found == {label.id for label in load_labels()}, item.name
