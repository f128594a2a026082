"""What cannot be a CT in Hounsfield units is refused."""

from dataclasses import replace

import numpy as np
import pytest

from SegmentL3Lib.checks import require_ct
from SegmentL3Lib.errors import InputError
from SegmentL3Lib.volume import Geometry, Volume

CT = Volume(np.linspace(-1000, 1000, 3 * 64 * 64).reshape(3, 64, 64).astype(np.int16), modality="CT")


@pytest.mark.parametrize("modality", ["CT", None])
def test_ct_is_accepted(modality):
    require_ct(replace(CT, modality=modality))


@pytest.mark.parametrize(("modality", "name"), [("MR", "an MR scan"), ("PT", "a PET scan"), ("CR", "a CR scan")])
def test_other_modality_is_named(modality, name):
    with pytest.raises(InputError, match=f"This is {name}.*needs a CT"):
        require_ct(replace(CT, modality=modality))


@pytest.mark.parametrize(
    "array",
    [CT.array + 1024, np.clip(CT.array, -160, 240), np.zeros((3, 64, 64), np.int16)],
    ids=["without rescale", "cut to a window", "empty"],
)
def test_values_that_are_not_hounsfield_units_are_refused(array):
    with pytest.raises(InputError, match="not Hounsfield units"):
        require_ct(replace(CT, array=array))


@pytest.mark.parametrize("spacing", [0.0007, 700.0])
def test_impossible_pixel_size_is_refused(spacing):
    with pytest.raises(InputError, match="pixel size must be wrong"):
        require_ct(replace(CT, geometry=Geometry(spacing=(spacing, spacing, 3.0))))
