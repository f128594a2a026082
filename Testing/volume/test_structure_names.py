"""Names of structures are recognized as data sets write them, and nothing gets a code that is not certain."""

import csv
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code as DicomCode

from SegmentL3Lib.labels import load_labels
from SegmentL3Lib.resources import resource_path
from SegmentL3Lib.structure_names import CONTEXT, label_structures, match_structure, read_structure_table
from SegmentL3Lib.volume import LabelMap
from SegmentL3Lib.writing import write_segmentation

TABLE = resource_path("Terminology", "Structures.csv")
LEFT, RIGHT = "7771000", "24028007"
# As TotalSegmentator, the Medical Segmentation Decathlon, BTCV, AMOS, BraTS, ACDC, KiTS and the MONAI zoo write them.
KNOWN = {
    "liver": ("10200004", ""),
    "Spleen": ("78961009", ""),
    "kidney_left": ("64033007", LEFT),
    "right kidney": ("64033007", RIGHT),
    "Left Kideny": ("64033007", LEFT),
    "RightKidney": ("64033007", RIGHT),
    "kidney": ("64033007", ""),
    "gall bladder": ("28231008", ""),
    "inferior_vena_cava": ("64131007", ""),
    "postcava": ("64131007", ""),
    "arota": ("15825003", ""),
    "vertebrae_L3": ("36470004", ""),
    "vertebrae_T12": ("23215003", ""),
    "vertebrae_C1": ("14806007", ""),
    "lung_upper_lobe_left": ("45653009", LEFT),
    "lung_middle_lobe_right": ("72481006", ""),
    "lung_lower_lobe_right": ("90572001", RIGHT),
    "heart_atrium_left": ("82471001", ""),
    "Left atrium": ("82471001", ""),
    "heart_ventricle_right": ("53085002", ""),
    "TZ": ("399384005", ""),
    "peripheral zone": ("279706003", ""),
    "edema": ("79654002", ""),
    "enhancing tumour": ("108369006", ""),
    "Whole tumor": ("108369006", ""),
    "rib_left_4": ("113197003", LEFT),
    "autochthon_left": ("", ""),
    "psoas_major_right": ("", ""),
}


@pytest.mark.parametrize(("name", "codes_wanted"), KNOWN.items(), ids=KNOWN)
def test_names_are_recognized(name, codes_wanted):
    label = match_structure(name)
    assert label.id
    assert (label.type.value, label.type_modifier.value) == codes_wanted


@pytest.mark.parametrize(
    ("name", "region", "side"),
    [
        ("liver tumor", "10200004", ""),
        ("kidney_cyst_left", "64033007", LEFT),
        ("colon cancer primaries", "71854001", ""),
    ],
)
def test_lesions_say_where_they_are(name, region, side):
    label = match_structure(name)
    assert label.category.value == "49755003"
    assert (label.region.value, label.region_modifier.value) == (region, side)


@pytest.mark.parametrize(
    "name",
    [
        "class_1",
        "L3",
        "foreground",
        "left",
        "left right kidney",
        "left liver",
        "kidneystone",
        "tumor 2",
        "segment 5",
        "",
    ],
)
def test_an_uncertain_name_gets_no_code(name):
    label = match_structure(name)
    assert not label.type
    assert label.id == ""
    assert label.terminology_entry == ""


def test_names_are_readable():
    names = [label.name for label in label_structures([(1, "kidney_left"), (2, "vertebrae_L3"), (3, "my_own_thing")])]
    assert names == ["Left kidney", "L3 vertebra", "My own thing"]


def test_both_sides_differ_in_id_name_color_and_code_only():
    left, right = label_structures([(1, "kidney_left"), (2, "kidney_right")])
    assert (left.id, right.id) == ("kidney_left", "kidney_right")
    assert left.color != right.color
    assert left.type == right.type
    assert (left.type_modifier.value, right.type_modifier.value) == (LEFT, RIGHT)


def test_labels_keep_value_and_order():
    assert [label.value for label in label_structures([(7, "liver"), (2, "spleen")])] == [7, 2]


def test_255_structures_have_an_id_a_name_and_a_color_each():
    names = ["liver", "Liver", "", "liver", *(f"thing {number % 50}" for number in range(251))]
    labels = label_structures(enumerate(names, 1))
    assert len({label.id for label in labels}) == len({label.name for label in labels}) == 255
    colors = np.array([label.color for label in labels], float)
    apart = np.abs(colors[:, None] - colors[None]).sum(-1) + 1000 * np.eye(255)
    assert apart.min() > 0
    first = np.array(
        [label.color for label in label_structures((value, f"thing {value}") for value in range(1, 13))], float
    )
    assert (np.abs(first[:, None] - first[None]).sum(-1) + 1000 * np.eye(12)).min() > 60


def test_a_color_stays_the_same_whatever_else_a_model_segments():
    alone = label_structures([(1, "liver")])[0].color
    assert label_structures([(1, "thing"), (2, "liver")])[1].color == alone


@given(st.text(max_size=200))
def test_any_text_becomes_a_name_on_one_line(text):
    (label,) = label_structures([(1, text)])
    assert label.name.isprintable()
    assert 0 < len(label.name) <= 80
    assert label.id.isidentifier()


def rows():
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def plain(text):
    return "".join(character for character in text.lower() if character.isalnum())


def dicom_names() -> dict[str, set[str]]:
    """Names that DICOM PS3.16 has for each SNOMED CT code, as pydicom lists them."""
    names: dict[str, set[str]] = {}
    for keyword in dir(codes.SCT):
        code = getattr(codes.SCT, keyword)
        if isinstance(code, DicomCode):
            names.setdefault(code.value, set()).update((plain(keyword), plain(code.meaning)))
    return names


def test_every_code_and_its_meaning_are_those_of_dicom_or_have_a_source():
    known = dicom_names()
    for value, term in json.loads(resource_path("Terminology", "sources.json").read_text(encoding="utf-8"))[
        "SCT"
    ].items():
        known.setdefault(value, set()).add(plain(term["meaning"]))
    used = {
        (row[f"{column}_CodingScheme"], row[f"{column}_CodeValue"], row[f"{column}_CodeMeaning"])
        for row in rows()
        for column in ("Category", "Type", "Region")
        if row[f"{column}_CodeValue"]
    }
    # 3D Slicer calls these two categories otherwise than DICOM.
    used -= {("SCT", "49755003", "Morphologically Altered Structure"), ("SCT", "91720002", "Body Substance")}
    assert len(used) > 100
    assert [code for code in used if code[0] != "SCT" or plain(code[2]) not in known.get(code[1], ())] == []


def test_names_of_the_tissues_at_l3_have_their_codes_and_colors():
    for tissue in load_labels():
        label = match_structure(tissue.name)
        assert label.type == tissue.type
        assert label.color == tissue.color
        assert label.region == tissue.region


def test_ids_and_colors_of_the_table_are_unique():
    for columns in (("Id",), ("Color_R", "Color_G", "Color_B")):
        values = [tuple(row[column] for column in columns) for row in rows()]
        assert len(set(values)) == len(values)


@pytest.mark.parametrize(
    "change",
    [
        {"Id": "two words"},
        {"Name": ""},
        {"Color_R": "300"},
        {"Color_R": "0", "Color_G": "0", "Color_B": "0"},
        {"Paired": "no"},
        {"Type_CodeValue": ""},
        {"Category_CodingScheme": "", "Category_CodeValue": "", "Category_CodeMeaning": ""},
        {"Synonyms": "the spleen"},
    ],
    ids=str,
)
def test_a_wrong_table_is_refused(tmp_path, change):
    liver, spleen = rows()[:2]
    path = tmp_path / "table.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(liver))
        writer.writeheader()
        writer.writerows([{**liver, **change}, spleen])
    with pytest.raises(ValueError, match=r"table\.csv, line"):
        read_structure_table(path)


def test_slicer_reads_codes_colors_and_names_of_structures(tmp_path):
    slicer = pytest.importorskip("slicer")
    labels = label_structures([(1, "kidney_left"), (2, "some thing"), (3, "liver tumor")])
    array = np.zeros((3, 4, 5), np.uint8)
    array[1, 1:3, 1:4] = [[1, 2, 3], [1, 2, 3]]
    write_segmentation(LabelMap(array), labels, tmp_path / "a.seg.nrrd")
    scene = slicer.vtkMRMLScene()
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    storage = scene.AddNewNodeByClass("vtkMRMLSegmentationStorageNode")
    storage.SetFileName(str(tmp_path / "a.seg.nrrd"))
    assert storage.ReadData(node)
    assert storage.GetUserMessages().GetNumberOfMessages() == 0
    logic = slicer.vtkSlicerTerminologiesModuleLogic()
    for number, label in enumerate(labels):
        segment = node.GetSegmentation().GetNthSegment(number)
        assert segment.GetName() == label.name
        assert segment.GetColor() == pytest.approx([channel / 255 for channel in label.color], abs=1e-3)
        assert segment.GetLabelValue() == label.value
        if label.type:
            entry = slicer.vtkSlicerTerminologyEntry()
            assert logic.DeserializeTerminologyEntry(label.terminology_entry, entry)
            assert entry.GetTerminologyContextName() == CONTEXT
            assert entry.GetTypeObject().GetCodeValue() == label.type.value
            assert (entry.GetTypeModifierObject().GetCodeValue() or "") == label.type_modifier.value
            assert (entry.GetRegionObject().GetCodeValue() or "") == label.region.value
