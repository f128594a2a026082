"""Gates, skin rim and fascia give drawn slices of real CT back: the conventions agree."""

import re

import numpy as np
import pytest
import SimpleITK as sitk

from SegmentL3Lib.labels import load_labels
from SegmentL3Lib.refine import refine

# Lowest Dice of each tissue in any slice; fat drawn under a fascia that is hardly seen does not come back.
LOWEST = {label.value: 0.85 if label.id == "intermuscular_fat" else 0.98 for label in load_labels()}
# Header spacing of this case is too small, and so is the rim drawn from it.
WRONG_SPACING = "spl-atlas"


def drawn_slices(shared_data):
    """Name, CT numbers, drawn labels and pixel size (y, x), mm, of each drawn slice."""
    for path in sorted(shared_data.glob("ct/*/slices/*_label.nii.gz")):
        case, index = re.fullmatch(r"(.+)_z(\d+)_label\.nii\.gz", path.name).groups()
        if case == WRONG_SPACING:
            continue
        image = sitk.ReadImage(str(path.parents[1] / "ct.nii.gz"))
        spacing = image.GetSpacing()[1::-1]
        drawn = sitk.GetArrayFromImage(sitk.ReadImage(str(path))).squeeze()
        yield path.name, sitk.GetArrayFromImage(image[:, :, int(index)]), drawn, spacing


def test_drawn_zones_come_back(shared_data):
    slices = list(drawn_slices(shared_data))
    if not slices:
        pytest.skip(f"no drawn slices in {shared_data}")
    for name, hu, drawn, spacing in slices:
        tissues = refine(drawn, hu, spacing)
        for tissue, lowest in LOWEST.items():
            found, wanted = tissues == tissue, drawn == tissue
            dice = 2 * np.count_nonzero(found & wanted) / (found.sum() + wanted.sum())
            assert dice > lowest, f"{name}, tissue {tissue}: Dice {dice:.3f}"
