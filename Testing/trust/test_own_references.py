"""Corrected cases become references with one call, and only where they can serve."""

import logging
from dataclasses import replace

import numpy as np
import pytest

from SegmentL3Lib.errors import InputError, UsageError
from SegmentL3Lib.trust.own_references import add_reference, all_references, list_references, remove_reference
from SegmentL3Lib.trust.references import read_references, shipped_references
from SegmentL3Lib.volume import LabelMap
from static import imports
from trust.torsos import torso_volume


def test_a_corrected_slice_becomes_a_reference(tmp_path):
    volume, labels = torso_volume()
    assert add_reference(volume, labels, folder=tmp_path) == "case-1"
    assert add_reference(volume, labels, slice_index=1, name="mine", folder=tmp_path) == "mine"
    assert list_references(tmp_path) == ["case-1", "mine"]
    assert len(all_references(tmp_path)) == len(shipped_references()) + 2


def test_the_order_of_slices_and_rows_in_the_file_does_not_matter(tmp_path):
    volume, labels = torso_volume(labeled=0)
    turned = np.diag([1.0, -1.0, -1.0])
    geometry = replace(volume.geometry, direction=tuple(turned.ravel()))
    flipped = replace(volume, array=volume.array[::-1, ::-1].copy(), geometry=geometry)
    flipped_labels = LabelMap(labels.array[::-1, ::-1].copy(), geometry)
    first, second = (
        read_references(tmp_path / f"{add_reference(*case, folder=tmp_path)}.npz")[0]
        for case in ((volume, labels), (flipped, flipped_labels))
    )
    assert np.array_equal(first.labels, second.labels)


def test_a_removed_reference_is_gone(tmp_path):
    add_reference(*torso_volume(), folder=tmp_path)
    remove_reference("case-1", tmp_path)
    assert list_references(tmp_path) == []
    with pytest.raises(UsageError, match="no reference case-1"):
        remove_reference("case-1", tmp_path)


@pytest.mark.parametrize("name", ["", "../out", "a b", "x" * 65, "-rf"])
def test_names_that_could_lead_elsewhere_are_refused(tmp_path, name):
    with pytest.raises(UsageError, match="letters, digits"):
        add_reference(*torso_volume(), name=name, folder=tmp_path)


def test_a_name_is_not_taken_twice(tmp_path):
    add_reference(*torso_volume(), name="mine", folder=tmp_path)
    with pytest.raises(UsageError, match="already"):
        add_reference(*torso_volume(), name="Mine", folder=tmp_path)


def test_labels_of_another_scan_are_refused(tmp_path):
    volume, labels = torso_volume()
    with pytest.raises(InputError, match="do not lie on"):
        add_reference(volume, replace(labels, array=labels.array[:, :-1]), folder=tmp_path)


def test_labels_of_something_else_are_refused(tmp_path):
    volume, labels = torso_volume()
    with pytest.raises(InputError, match="other than those"):
        add_reference(volume, replace(labels, array=labels.array * 20), folder=tmp_path)


def test_a_slice_without_labels_is_refused(tmp_path):
    with pytest.raises(InputError, match="no labels"):
        add_reference(*torso_volume(), slice_index=0, folder=tmp_path)
    with pytest.raises(UsageError, match="no slice 9"):
        add_reference(*torso_volume(), slice_index=9, folder=tmp_path)


def test_of_several_labeled_slices_one_has_to_be_named(tmp_path):
    volume, labels = torso_volume()
    with pytest.raises(UsageError, match="3 slices have labels"):
        add_reference(volume, replace(labels, array=np.repeat(labels.array[1:2], 3, 0)), folder=tmp_path)


def test_a_damaged_reference_of_the_user_is_left_out_and_named(tmp_path, caplog):
    (tmp_path / "broken.npz").write_bytes(b"x")
    with caplog.at_level(logging.WARNING, logger="SegmentL3Lib"):
        assert all_references(tmp_path) == shipped_references()
    assert "broken.npz" in caplog.text


def test_the_panel_can_keep_references_without_torch():
    reached = imports.closure(["SegmentL3Lib.trust.own_references"])
    packages = set().union(*(imports.top_level(imports.imports_at_module_scope(name)) for name in reached))
    assert not packages & imports.TORCH_PACKAGES
