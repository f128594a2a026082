"""Figures of brain lesions."""

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from DomainAdaptLib.cli import main
from DomainAdaptLib.evaluation.crf_choice import candidates
from DomainAdaptLib.evaluation.lesion_metrics import compare_lesions
from DomainAdaptLib.evaluation.lesion_pictures import OUTLINED, PREDICTED
from DomainAdaptLib.evaluation.lesion_scans import LesionScan, read_lesion_scans
from DomainAdaptLib.evaluation.lesions import WITH, WITHOUT, evaluate_lesions, measure_scan
from DomainAdaptLib.evaluation.peak_memory import PeakMemory
from DomainAdaptLib.synthesis.brain_contrast import CONTRASTS
from SegmentL3Lib.errors import InputError
from SegmentL3Lib.models.plan import (
    MONAI_BUNDLE,
    SOFTMAX,
    Normalization,
    Resampling,
    SegmentationModel,
    Stage,
    Structure,
    Window,
)
from SegmentL3Lib.volume import Geometry, Volume


class Threshold(nn.Module):
    """Logits of a lesion where the first contrast is bright."""

    def forward(self, image):
        return torch.stack([torch.zeros_like(image[:, 0]), 4 * (image[:, 0] - 2)], 1)


@pytest.fixture
def model():
    stage = Stage(
        networks=(Threshold().eval(),),
        channels=(Normalization("none"),) * 4,
        resampling=Resampling(None, image_order=1),
        window=Window((16, 16, 16), "monai"),
        transpose=(0, 1, 2),
        orientation=None,
        crop_to_nonzero=False,
        normalize_before_resampling=False,
    )
    return SegmentationModel(
        "t", "threshold", "", ("MR",), "", "", CONTRASTS, (Structure(1, "brain_lesion"),), SOFTMAX, (stage,),
        MONAI_BUNDLE, "",
    )  # fmt: skip


def scan(seed=0):
    rng = np.random.default_rng(seed)
    lesions = np.zeros((20, 24, 22), bool)
    lesions[5:9, 6:10, 6:10] = True
    lesions[14:17, 14:17, 14:17] = True
    image = (1 + 2 * lesions + 0.2 * rng.standard_normal(lesions.shape)).astype(np.float32)
    flair, empty = Volume(image, Geometry()), Volume(np.zeros_like(image), Geometry())
    return LesionScan(f"case-{seed}", "test", (flair, empty, empty, empty), ("FLAIR",), lesions)


def test_lesions_are_counted_one_by_one():
    outlined, predicted = np.zeros((2, 20, 20, 20), bool)
    outlined[2:6, 2:6, 2:6] = outlined[10:13, 10:13, 10:13] = outlined[18, 18, 18] = True
    predicted[3:7, 2:6, 2:6] = predicted[15:18, 2:5, 2:5] = True
    found = compare_lesions(predicted, outlined, 1.0)
    assert (found.lesions, found.found, found.false_positives) == (2, 1, 1)
    assert found.recall == 0.5
    assert found.dice == pytest.approx(2 * 48 / (64 + 27 + 1 + 64 + 27))
    assert found.volume_error_percent == pytest.approx(100 * (91 - 92) / 92)


def test_touching_a_lesion_is_not_finding_it():
    outlined, predicted = np.zeros((2, 12, 12, 12), bool)
    outlined[1:8, 1:8, 1:8] = True
    predicted[7:10, 7:10, 7:10] = True
    found = compare_lesions(predicted, outlined, 1.0)
    assert (found.found, found.false_positives) == (0, 0)


def test_a_patient_without_lesions_has_no_share_of_them():
    empty = np.zeros((5, 5, 5), bool)
    found = compare_lesions(empty, empty, 1.0)
    assert np.isnan([found.dice, found.recall, found.volume_error_percent]).all() and found.false_positives == 0


def test_a_patient_is_measured_with_and_without_the_field(model):
    item = measure_scan(scan(), model, "cpu")
    assert set(item.agreement) == {WITHOUT, WITH}
    assert item.agreement[WITHOUT].dice > 0.95 and item.agreement[WITHOUT].recall == 1
    assert item.processor_s[WITH] >= item.processor_s[WITHOUT] > 0 and item.peak_gb[WITH] >= item.peak_gb[WITHOUT] > 0


def test_tables_and_pictures_are_written(model, tmp_path):
    text = evaluate_lesions([scan(0), scan(1)], model, tmp_path / "out", "cpu")
    assert "| test | 2 | network |" in text and "case-1" in text
    for name in ("lesions.md", "lesions.csv", "lesions-summary.csv"):
        assert (tmp_path / "out" / name).stat().st_size > 100
    colors = {color for _, color in Image.open(tmp_path / "out" / "pictures" / "case-0.png").getcolors(1 << 22)}
    assert len(colors) > 50
    pixels = np.array(Image.open(tmp_path / "out" / "pictures" / "case-0.png")).astype(int)
    for color in (OUTLINED, PREDICTED):
        assert (np.abs(pixels - color).max(2) < 60).any()


def test_memory_is_watched_while_something_runs():
    with PeakMemory() as before:
        pass
    with PeakMemory() as during:
        block = np.ones(30_000_000)
        block += 1
    assert during.gb > before.gb + 0.15


def test_all_combinations_of_parameters_are_tried():
    assert candidates({"a": [1, 2], "b": [3.0]}) == [{"a": 1, "b": 3.0}, {"a": 2, "b": 3.0}]


def test_without_patients_it_is_said_where_they_should_be(tmp_path, capsys):
    with pytest.raises(InputError, match="brain/ms"):
        next(read_lesion_scans(tmp_path))
    assert main(["evaluate", "lesions", "--out", str(tmp_path / "out")]) == 2
    assert "--data" in capsys.readouterr().err


def test_real_patients_have_their_contrasts_and_lesions_on_one_grid(shared_data):
    if not (shared_data / "brain" / "glioma").is_dir():
        pytest.skip("the patients with brain lesions are absent")
    found = next(read_lesion_scans(shared_data, ["glioma-5"]))
    assert found.available == ("FLAIR", "T1c")
    assert [image.array.shape for image in found.images] == [found.lesions.shape] * 4
    assert not found.images[1].array.any() and (found.images[0].array == 0).mean() > 0.5
    assert 50 < found.lesions.sum() / 1000 < 120
