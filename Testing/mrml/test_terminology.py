"""The codes as the Terminologies module knows them."""

import pytest
import slicer

from SegmentL3Lib.labels import load_labels


def test_context_is_loaded_and_knows_every_label(scene_host):
    from SegmentL3Lib.mrml.terminology import load_context

    assert load_context() == "SegmentL3"
    logic = slicer.modules.terminologies.logic()
    for label in load_labels():
        entry = slicer.vtkSlicerTerminologyEntry()
        assert logic.DeserializeTerminologyEntry(label.terminology_entry, entry)
        assert entry.GetTypeObject().GetCodeValue() == label.type.value


@pytest.mark.parametrize("label", load_labels(), ids=lambda label: label.id)
def test_label_resolves_by_its_name_in_the_context(scene_host, label):
    from SegmentL3Lib.mrml.terminology import load_context

    entry = slicer.vtkSlicerTerminologyEntry()
    logic = slicer.modules.terminologies.logic()
    assert logic.FindTypeInTerminologyBy3dSlicerLabel(load_context(), label.id, entry)
    assert entry.GetTypeObject().GetCodeValue() == label.type.value
