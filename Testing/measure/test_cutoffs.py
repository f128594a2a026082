"""Published cut-offs: strict, complete, and silent about nobody."""

import csv

import pytest

from SegmentL3Lib.measure import apply_cutoffs, load_cutoffs
from SegmentL3Lib.measure.cutoffs import quantity_names
from SegmentL3Lib.resources import resource_path
from SegmentL3Lib.results import Patient

MAN = Patient("male", 180.0, 75.0)


def values(**changes):
    plain = {"smi_cm2_per_m2": 50.0, "smd_hu": 40.0, "skeletal_muscle_area_cm2": 150.0, "bmi_kg_per_m2": 24.0}
    return plain | changes


def answer(name, quantity, patient=MAN, contrast=False, reasons=None, **changes):
    results = apply_cutoffs(values(**changes), reasons or {}, patient, contrast)
    return next(result for result in results if (result.name, result.quantity) == (name, quantity))


@pytest.mark.parametrize(
    ("sex", "bmi", "threshold"),
    [("male", 24.9, 43), ("male", 25.0, 53), ("female", 20.0, 41), ("female", 31.0, 41)],
)
def test_martin_threshold_of_the_index_follows_sex_and_body_mass_index(sex, bmi, threshold):
    patient = Patient(sex, 170.0, 70.0)
    assert answer("Martin 2013", "smi_cm2_per_m2", patient, bmi_kg_per_m2=bmi).threshold == threshold


@pytest.mark.parametrize(("bmi", "threshold"), [(24.9, 41), (25.0, 33)])
def test_martin_threshold_of_density_holds_for_both_sexes(bmi, threshold):
    patient = Patient(None, 170.0, 70.0)
    assert answer("Martin 2013", "smd_hu", patient, bmi_kg_per_m2=bmi).threshold == threshold


def test_a_value_equal_to_the_threshold_is_not_below_it():
    assert answer("Martin 2013", "smi_cm2_per_m2", smi_cm2_per_m2=43.0).result == "not below"
    assert answer("Martin 2013", "smi_cm2_per_m2", smi_cm2_per_m2=42.999).result == "below"


def test_unknown_sex_is_not_assessable():
    result = answer("Derstine 2018", "skeletal_muscle_area_cm2", Patient(None, 170.0, 70.0))
    assert (result.result, result.threshold) == ("not assessable", None)
    assert result.reason == "Sex is missing."
    assert result.value == 150.0


def test_unknown_body_mass_index_is_not_assessable_only_where_it_decides():
    man = Patient("male", 180.0, None)
    result = answer("Martin 2013", "smi_cm2_per_m2", man, bmi_kg_per_m2=None)
    assert (result.result, result.reason) == ("not assessable", "Weight is missing.")
    woman = Patient("female", 180.0, None)
    assert answer("Martin 2013", "smi_cm2_per_m2", woman, bmi_kg_per_m2=None).result == "not below"


def test_unknown_height_is_not_assessable_with_the_reason_of_the_index():
    result = answer(
        "Derstine 2018",
        "smi_cm2_per_m2",
        Patient("male", None, None),
        reasons={"smi_cm2_per_m2": "Height is missing."},
        smi_cm2_per_m2=None,
        bmi_kg_per_m2=None,
    )
    assert (result.result, result.reason) == ("not assessable", "Height is missing.")


def test_density_is_cautioned_where_contrast_is_unknown_or_differs():
    assert "unknown" in answer("van der Werf 2018", "smd_hu", contrast=None).reason
    assert "without contrast" in answer("Derstine 2018", "smd_hu", contrast=True).reason
    assert answer("Derstine 2018", "smd_hu", contrast=False).reason == ""
    assert answer("Derstine 2018", "smi_cm2_per_m2", contrast=None).reason == ""


def test_every_publication_is_answered_once_for_each_quantity():
    results = apply_cutoffs(values(), {}, MAN, None)
    families = {(cutoff.name, cutoff.quantity) for cutoff in load_cutoffs()}
    assert [(result.name, result.quantity) for result in results] == list(
        dict.fromkeys((cutoff.name, cutoff.quantity) for cutoff in load_cutoffs())
    )
    assert len(results) == len(families)


@pytest.mark.parametrize("cutoff", load_cutoffs(), ids=lambda cutoff: f"{cutoff.name}-{cutoff.quantity}-{cutoff.sex}")
def test_every_row_is_complete(cutoff):
    assert cutoff.quantity in quantity_names()
    assert cutoff.sex in (None, "male", "female")
    assert cutoff.threshold > 0
    assert cutoff.unit in ("cm²/m²", "HU", "cm²")
    assert cutoff.direction == "below"
    assert cutoff.level == "L3"
    assert cutoff.contrast in ("none", "given", "not stated")
    assert cutoff.population and cutoff.citation and cutoff.evidence
    assert cutoff.doi.startswith("10.")
    assert cutoff.bmi_min is None or cutoff.bmi_max is None or cutoff.bmi_min < cutoff.bmi_max


def test_the_table_has_the_agreed_columns():
    with resource_path("Measurements", "cutoffs.csv").open(encoding="utf-8", newline="") as file:
        columns = next(csv.reader(file))
    assert columns == [
        "name",
        "quantity",
        "sex",
        "bmi_min",
        "bmi_max",
        "threshold",
        "unit",
        "direction",
        "level",
        "contrast",
        "population",
        "citation",
        "doi",
        "evidence",
    ]


@pytest.mark.parametrize("sex", ["male", "female"])
@pytest.mark.parametrize("bmi", [15.0, 24.99, 25.0, 45.0])
def test_exactly_one_threshold_holds_for_each_patient(sex, bmi):
    for result in apply_cutoffs(values(bmi_kg_per_m2=bmi), {}, Patient(sex, 170.0, 70.0), None):
        rows = [
            cutoff
            for cutoff in load_cutoffs()
            if (cutoff.name, cutoff.quantity) == (result.name, result.quantity)
            and cutoff.sex in (None, sex)
            and (cutoff.bmi_min is None or bmi >= cutoff.bmi_min)
            and (cutoff.bmi_max is None or bmi < cutoff.bmi_max)
        ]
        assert [row.threshold for row in rows] == [result.threshold]
