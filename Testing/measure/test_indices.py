"""Equations: their numbers, and their answer where something is missing."""

import pytest

from SegmentL3Lib.measure import evaluate_equations, load_equation_groups, load_equations, load_tissues

AREAS = {
    "subcutaneous_fat": 200.0,
    "visceral_fat_150_50": 100.0,
    "visceral_fat_190_30": 120.0,
    "skeletal_muscle": 150.0,
    "low_attenuation_muscle": 45.0,
    "normal_attenuation_muscle": 105.0,
    "intermuscular_fat": 10.0,
    "bowel": 90.0,
    "bone": 25.0,
}


def inputs(height_cm=180.0, weight_kg=81.0, **changes):
    areas = {f"{name}_area_cm2": value for name, value in AREAS.items()}
    means = {f"{name}_mean_hu": 40.0 for name in AREAS}
    height_m = None if height_cm is None else height_cm / 100
    return {"height_cm": height_cm, "height_m": height_m, "weight_kg": weight_kg} | areas | means | changes


# Worked out by hand from the published formulas for 180 cm and 81 kg.
@pytest.mark.parametrize(
    ("name", "male", "female"),
    [
        ("bmi_kg_per_m2", 25.0, 25.0),
        ("smi_cm2_per_m2", 46.2963, 46.2963),
        ("smd_hu", 40.0, 40.0),
        ("smg_hu_cm2_per_m2", 1851.852, 1851.852),
        ("low_attenuation_muscle_percent", 30.0, 30.0),
        ("normal_attenuation_muscle_percent", 70.0, 70.0),
        ("sati_cm2_per_m2", 61.7284, 61.7284),
        ("vati_150_50_cm2_per_m2", 30.8642, 30.8642),
        ("vati_190_30_cm2_per_m2", 37.0370, 37.0370),
        ("vat_sat_ratio_150_50", 0.5, 0.5),
        ("vat_sat_ratio_190_30", 0.6, 0.6),
        ("fat_free_mass_kg", 51.06, 51.06),
        ("fat_mass_kg", 25.06, 25.06),
        ("bsa_m2_mosteller", 2.01246, 2.01246),
        ("bsa_m2_du_bois", 2.00699, 2.00699),
        ("bsa_m2_haycock", 2.02018, 2.02018),
        ("bsa_m2_gehan_george", 2.02236, 2.02236),
        ("lean_body_mass_kg_boer", 61.827, 57.252),
        ("lean_body_mass_kg_james", 63.18, 56.70),
        ("lean_body_mass_kg_hume", 58.1147, 55.9210),
        ("lean_body_mass_kg_semi_mechanistic", 62.1606, 50.4617),
    ],
)
def test_equation_gives_the_published_number(name, male, female):
    assert evaluate_equations(inputs(), "male")[0][name] == pytest.approx(male, rel=1e-4)
    assert evaluate_equations(inputs(), "female")[0][name] == pytest.approx(female, rel=1e-4)


def test_nothing_is_missing_when_everything_is_told():
    values, reasons = evaluate_equations(inputs(), "female")
    assert all(value is not None for value in values.values())
    assert reasons == {}


@pytest.mark.parametrize(
    ("name", "sex", "given", "reason"),
    [
        ("smi_cm2_per_m2", None, {"height_cm": None}, "Height is missing."),
        ("smg_hu_cm2_per_m2", None, {"height_cm": None}, "Height is missing."),
        ("bmi_kg_per_m2", None, {"height_cm": None, "weight_kg": None}, "Height and weight are missing."),
        ("bsa_m2_mosteller", None, {"weight_kg": None}, "Weight is missing."),
        ("lean_body_mass_kg_boer", None, {}, "Sex is missing."),
        (
            "lean_body_mass_kg_semi_mechanistic",
            None,
            {"height_cm": None, "weight_kg": None},
            "Sex, height and weight are missing.",
        ),
        ("smd_hu", "male", {"skeletal_muscle_mean_hu": None}, "The segment is empty."),
        ("smg_hu_cm2_per_m2", "male", {"skeletal_muscle_mean_hu": None}, "The segment is empty."),
    ],
)
def test_missing_input_gives_no_value_and_says_what_is_missing(name, sex, given, reason):
    values, reasons = evaluate_equations(inputs(**given), sex)
    assert values[name] is None
    assert reasons[name] == reason


def test_quantities_without_body_size_need_nothing_from_the_user():
    values, _ = evaluate_equations(inputs(height_cm=None, weight_kg=None), None)
    assert values["vat_sat_ratio_150_50"] == 0.5
    assert values["fat_free_mass_kg"] is not None


def test_ratio_to_an_empty_tissue_is_no_number():
    values, reasons = evaluate_equations(inputs(subcutaneous_fat_area_cm2=0.0), None)
    assert values["vat_sat_ratio_150_50"] is None
    assert "empty" in reasons["vat_sat_ratio_150_50"]


@pytest.mark.parametrize(("sex", "inside", "outside"), [("male", 43.0, 43.5), ("female", 37.0, 37.5)])
def test_james_formula_is_not_used_where_it_does_not_hold(sex, inside, outside):
    def lean_mass(bmi):
        values, reasons = evaluate_equations(inputs(height_cm=100.0, weight_kg=bmi), sex)
        return values["lean_body_mass_kg_james"], reasons.get("lean_body_mass_kg_james", "")

    assert lean_mass(inside)[0] is not None
    value, reason = lean_mass(outside)
    assert value is None
    assert f"{outside:.1f}" in reason and "Nyman" in reason


def test_empty_muscle_gives_no_fat_free_mass():
    values, reasons = evaluate_equations(inputs(skeletal_muscle_area_cm2=0.0), None)
    assert values["fat_free_mass_kg"] is None
    assert "empty" in reasons["fat_free_mass_kg"].lower()


@pytest.mark.parametrize("equation", load_equations(), ids=lambda equation: equation.id)
def test_every_equation_is_complete(equation):
    assert equation.name and equation.group in load_equation_groups()
    assert equation.decimals >= 0
    assert equation.doi is None or equation.doi.startswith("10.")
    assert equation.source or equation.doi is None
    assert {form.sex for form in equation.forms} in ({None}, {"male", "female"})
    for form in equation.forms:
        assert form.formula and form.terms
        assert all(limit.source and limit.name for limit in form.valid)


def test_equations_use_only_inputs_and_earlier_equations():
    known = {"height_cm", "height_m", "weight_kg"}
    known |= {f"{tissue.id}_{what}" for tissue in load_tissues() for what in ("area_cm2", "mean_hu")}
    for equation in load_equations():
        for form in equation.forms:
            assert set(form.inputs) <= known
        known.add(equation.id)


def test_every_key_says_its_unit():
    ends = ("_cm2_per_m2", "_kg_per_m2", "_hu", "_percent", "_ratio_150_50", "_ratio_190_30", "_kg", "hu_cm2_per_m2")
    for equation in load_equations():
        assert equation.id.endswith(ends) or "_kg_" in equation.id or "_m2_" in equation.id
