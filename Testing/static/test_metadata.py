"""CMakeLists.txt, segment.s4ext, SegmentL3.json, CITATION.cff and the package say the same of the extension."""

import json
import re

import pytest

import SegmentL3Lib
from static.project import ROOT, read

RAW_FILES = "https://raw.githubusercontent.com/SegmentL3/SlicerSegmentL3/main/"


def cmake() -> dict[str, str]:
    return dict(re.findall(r'^set\(EXTENSION_(\w+) "([^"]*)"\)$', read("CMakeLists.txt"), re.MULTILINE))


def s4ext() -> dict[str, str]:
    lines = (line for line in read("segment.s4ext").splitlines() if line and not line.startswith("#"))
    return dict(line.split(" ", 1) for line in lines)


def catalog_entry() -> dict:
    return json.loads(read("SegmentL3.json"))


@pytest.mark.parametrize(
    "key", ["homepage", "category", "contributors", "description", "iconurl", "screenshoturls", "depends"]
)
def test_s4ext_says_what_cmake_says(key):
    assert s4ext()[key] == cmake()[key.upper()]


def test_catalog_entry_says_what_s4ext_and_cmake_say():
    entry, description = catalog_entry(), s4ext()
    assert entry["category"] == cmake()["CATEGORY"]
    assert entry["build_dependencies"] == cmake()["DEPENDS"].split()
    assert entry["build_subdirectory"] == description["build_subdirectory"]
    assert entry["scm_url"] == description["scmurl"] == cmake()["HOMEPAGE"]
    assert entry["scm_revision"] == description["scmrevision"]


def test_catalog_entry_has_the_keys_of_its_schema_in_sorted_order():
    allowed = {
        "$schema",
        "build_dependencies",
        "build_subdirectory",
        "category",
        "dicom_support_rule",
        "enabled",
        "scm_revision",
        "scm_type",
        "scm_url",
        "tier",
    }
    keys = list(catalog_entry())
    assert keys == sorted(keys)
    assert set(keys) <= allowed
    assert {"$schema", "category", "scm_url"} <= set(keys)


def test_project_is_named_like_the_catalog_entry_and_sets_no_extension_name():
    assert re.search(r"^project\(SegmentL3\)$", read("CMakeLists.txt"), re.MULTILINE)
    assert "NAME" not in cmake()


def test_repository_is_named_slicer_and_the_extension():
    assert cmake()["HOMEPAGE"].endswith("/SlicerSegmentL3")


@pytest.mark.parametrize("key", ["ICONURL", "SCREENSHOTURLS"])
def test_pictures_of_the_extensions_manager_are_files_of_the_repository(key):
    for url in cmake()[key].split():
        assert url.startswith(RAW_FILES)
        assert (ROOT / url.removeprefix(RAW_FILES)).is_file(), f"{url} is not in the repository"


def test_icon_is_a_png_of_128_pixels():
    header = (ROOT / cmake()["ICONURL"].removeprefix(RAW_FILES)).read_bytes()[:24]
    assert header[:8] == b"\x89PNG\r\n\x1a\n"
    assert [int.from_bytes(header[start : start + 4], "big") for start in (16, 20)] == [128, 128]


def test_citation_has_the_version_and_license_of_the_package():
    citation = dict(re.findall(r"^([\w-]+): (.+)$", read("CITATION.cff"), re.MULTILINE))
    assert citation["version"] == SegmentL3Lib.__version__
    assert citation["license"] == "Apache-2.0"


def test_license_is_the_whole_apache_license():
    text = read("LICENSE.txt")
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text
