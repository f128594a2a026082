"""Data files are found beside the package and inside it."""

import pytest

from SegmentL3Lib import resources


@pytest.mark.parametrize("place", ["Resources", "SegmentL3Lib/Resources"], ids=["source checkout", "pip wheel"])
def test_data_files_are_found_in_both_layouts(tmp_path, monkeypatch, place):
    (tmp_path / "SegmentL3Lib").mkdir()
    wanted = tmp_path / place / "Terminology"
    wanted.mkdir(parents=True)
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path / "SegmentL3Lib")
    assert resources.resource_path("Terminology") == wanted


def test_data_files_of_this_package_are_there():
    assert resources.resource_path("Terminology", "L3Tissue.csv").is_file()
