"""Slice thickness, slice distance and pixel size."""

import pytest

from quality.torso import subject
from SegmentL3Lib.quality.sampling import pixels_too_large, slice_too_thick, slices_far_apart
from SegmentL3Lib.volume import Geometry


def effect(finding):
    return finding and finding.effect


@pytest.mark.parametrize(("thickness", "expected"), [(1.0, None), (5.0, None), (5.1, "check"), (16.0, "unusable")])
def test_thickness_as_the_file_says(thickness, expected):
    assert effect(slice_too_thick(subject(acquisition={"slice_thickness_mm": thickness}))) == expected


def test_distance_of_slices_stands_in_for_an_unknown_thickness():
    thick = subject(acquisition={}, geometry=Geometry(spacing=(1.5, 1.5, 8.0)))
    assert "8 mm" in slice_too_thick(thick).text


def test_a_single_slice_of_unknown_thickness_is_not_judged():
    assert slice_too_thick(subject(slices=1, index=0, acquisition={}, geometry=Geometry(spacing=(1, 1, 99)))) is None


@pytest.mark.parametrize(("spacing", "expected"), [(10.0, None), (12.5, "check")])
def test_distance_of_slices(spacing, expected):
    assert effect(slices_far_apart(subject(geometry=Geometry(spacing=(1.5, 1.5, spacing))))) == expected


@pytest.mark.parametrize(("pixel", "expected"), [(0.7, None), (2.0, None), (3.0, "check")])
def test_pixel_size(pixel, expected):
    assert effect(pixels_too_large(subject(geometry=Geometry(spacing=(pixel, 0.7, 5.0))))) == expected
