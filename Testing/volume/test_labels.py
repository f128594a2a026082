"""The label table is complete, and its codes are those of the terminology context."""

import json

import pytest

from SegmentL3Lib.labels import Code, load_labels, read_label_table
from SegmentL3Lib.resources import resource_path
from SegmentL3Lib.tasks import load_tasks

CONTEXT = resource_path("Terminology", "SegmentL3.term.json")


def context() -> dict:
    return json.loads(CONTEXT.read_text(encoding="utf-8"))


def code_of(term: dict) -> Code:
    return Code(term["CodingSchemeDesignator"], term["CodeValue"], term["CodeMeaning"])


def codes_of(label) -> list:
    return [label.category, label.type, label.type_modifier, label.region, label.region_modifier]


def test_labels_have_the_agreed_values_and_ids():
    assert {label.value: label.id for label in load_labels()} == {
        1: "subcutaneous_fat",
        2: "visceral_fat",
        3: "skeletal_muscle",
        4: "intermuscular_fat",
        5: "bone",
        6: "bowel",
    }


def test_colors_are_those_of_the_field_and_all_differ():
    colors = {label.id: label.color for label in load_labels()}
    assert len(set(colors.values())) == len(colors)
    assert colors["bone"] == (255, 255, 255)
    assert (127, 127, 127) not in colors.values()  # 3D Slicer takes this gray as undefined
    for name, channel in (("subcutaneous_fat", 1), ("visceral_fat", 0), ("skeletal_muscle", 0)):
        assert max(colors[name]) == colors[name][channel]


def test_terminology_context_has_the_codes_and_colors_of_the_table():
    listed = {}
    for category in context()["SegmentationCodes"]["Category"]:
        for kind in category["Type"]:
            color = tuple(kind["recommendedDisplayRGBValue"])
            listed[kind["3dSlicerLabel"]] = (code_of(category), code_of(kind), color)
    assert listed == {label.id: (label.category, label.type, label.color) for label in load_labels()}


def test_every_code_of_a_tissue_has_a_source_and_no_source_is_left_over():
    sources = json.loads(resource_path("Terminology", "sources.json").read_text(encoding="utf-8"))
    tasks = [label for task in load_tasks() for label in task.label_entries()]
    used, of_tasks = (
        {(code.scheme, code.value, code.meaning) for label in labels for code in codes_of(label) if code}
        for labels in (load_labels(), tasks)
    )
    known = {(scheme, value, term["meaning"]) for scheme, terms in sources.items() for value, term in terms.items()}
    assert used <= known <= used | of_tasks
    assert all(term["source"] for terms in sources.values() for term in terms.values())


def test_slicer_finds_every_label_in_the_context():
    slicer = pytest.importorskip("slicer")
    logic = slicer.vtkSlicerTerminologiesModuleLogic()
    assert logic.LoadTerminologyFromFile(str(CONTEXT)) == "SegmentL3"
    for label in load_labels():
        entry = slicer.vtkSlicerTerminologyEntry()
        assert logic.FindTypeInTerminologyBy3dSlicerLabel("SegmentL3", label.id, entry), label.id
        assert entry.GetTypeObject().GetCodeValue() == label.type.value
        assert entry.GetCategoryObject().GetCodeValue() == label.category.value


def test_slicer_reads_and_writes_the_terminology_entries_alike():
    slicer = pytest.importorskip("slicer")
    for label in load_labels():
        entry = slicer.vtkSlicerTerminologyEntry()
        logic = slicer.vtkSlicerTerminologiesModuleLogic()
        assert logic.DeserializeTerminologyEntry(label.terminology_entry, entry)
        assert entry.GetTypeObject().GetCodeMeaning() == label.type.meaning
        assert (entry.GetRegionObject().GetCodeValue() or "") == label.region.value
        assert logic.SerializeTerminologyEntry(entry) == label.terminology_entry


def test_slicer_reads_the_table_as_colors_with_terminology():
    slicer = pytest.importorskip("slicer")
    scene = slicer.vtkMRMLScene()
    table = scene.AddNewNodeByClass("vtkMRMLColorTableNode")
    storage = scene.AddNewNodeByClass("vtkMRMLColorTableStorageNode")
    storage.SetFileName(str(resource_path("Terminology", "L3Tissue.csv")))
    assert storage.ReadData(table)
    for label in load_labels():
        color = [0.0] * 4
        table.GetColor(label.value, color)
        assert table.GetColorName(label.value) == label.name
        assert color[:3] == pytest.approx([channel / 255 for channel in label.color], abs=1 / 255)
        assert table.GetTerminologyType(label.value).GetCodeValue() == label.type.value


HEADER = resource_path("Terminology", "L3Tissue.csv").read_text(encoding="utf-8").splitlines()[0]
FAT = "1,fat,Fat,1,2,3,255,SCT,85756007,Tissue,SCT,55603005,Fat,,,,,,,,,"


@pytest.mark.parametrize(
    "lines",
    [
        [FAT, FAT],
        [FAT.replace("1,fat", "0,fat", 1)],
        [FAT.replace("1,fat", "one,fat", 1)],
        [FAT.replace("1,2,3,255", "1,2,300,255")],
        [FAT.replace("1,fat,Fat", "1,the fat,Fat")],
        [FAT.replace("SCT,55603005,Fat", "SCT,,Fat")],
        [FAT.replace("SCT,55603005,Fat", ",,")],
    ],
    ids=["twice", "background", "not a number", "color", "id", "half a code", "no type"],
)
def test_wrong_table_is_refused(tmp_path, lines):
    path = tmp_path / "table.csv"
    path.write_text("\n".join([HEADER, *lines]), encoding="utf-8")
    with pytest.raises(ValueError, match=r"table\.csv"):
        read_label_table(path)


def test_table_without_a_column_is_refused(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("LabelValue,Name\n1,Fat\n", encoding="utf-8")
    with pytest.raises(ValueError, match="Id"):
        read_label_table(path)
