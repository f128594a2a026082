"""The page of figures of the checks."""

import pytest

from DomainAdaptLib.evaluation import check_page, check_table
from DomainAdaptLib.evaluation.check_scans import FIRST_SEED
from DomainAdaptLib.evaluation.defects import DEFECTS
from SegmentL3Lib.errors import ModelError
from SegmentL3Lib.models.shipped import TISSUE_MODEL
from SegmentL3Lib.resources import resource_path

MODELS = resource_path("Models")


@pytest.fixture
def findings(monkeypatch):
    """Two patients: every defect is noticed in the first, none in the second, and a check speaks up without reason."""

    def rows(count, _segment):
        for seed in range(FIRST_SEED, FIRST_SEED + count):
            first = seed == FIRST_SEED
            sound = ("good", "") if first else ("check", "NOISE")
            yield dict(zip(("seed", "defect", "verdict", "codes"), (seed, check_table.SOUND, *sound), strict=True))
            for defect in DEFECTS:
                yield {"seed": seed, "defect": defect.title, "verdict": "check", "codes": defect.code if first else ""}

    monkeypatch.setattr(check_table, "finding_rows", rows)


def test_the_page_says_what_was_counted(findings, tmp_path):
    page = check_page.evaluate_checks(MODELS, tmp_path / "out", 2)
    assert (tmp_path / "out" / check_page.PAGE).read_text(encoding="utf-8") == page
    assert f"2 generated patients at L3 (seeds {FIRST_SEED} to {FIRST_SEED + 1}" in page
    assert "1 good, 1 check, 0 unusable" in page
    noise = next(line for line in page.splitlines() if line.startswith("| NOISE |"))
    assert noise.endswith("| 2 | 1 | 0.50 | 1 | 0.50 |")
    assert "Real scans" not in page


def test_tables_are_written_beside_the_page(findings, tmp_path):
    check_page.evaluate_checks(MODELS, tmp_path, 2)
    lines = {path.name: path.read_text(encoding="utf-8").splitlines() for path in tmp_path.glob("*.csv")}
    assert len(lines["checks.csv"]) == 1 + len(DEFECTS)
    assert len(lines["checks-findings.csv"]) == 1 + 2 * (1 + len(DEFECTS))


def test_a_folder_without_the_model_is_refused(findings, tmp_path):
    with pytest.raises(ModelError, match=TISSUE_MODEL):
        check_page.evaluate_checks(tmp_path / "none", tmp_path / "out", 1)
