"""How a scan was made, as far as the DICOM database still knows it; nothing that identifies a patient."""

import logging

import slicer

NUMBERS = {
    "slice_thickness_mm": "0018,0050",
    "kvp": "0018,0060",
    "gantry_tilt_deg": "0018,1120",
}
TEXTS = {
    "convolution_kernel": "0018,1210",
    "manufacturer_model": "0008,1090",
    "patient_position": "0018,5100",
}
CONTRAST_AGENT = "0018,0010"
INSTANCE_UIDS = "DICOM.instanceUIDs"


def acquisition_of(volume_node) -> dict:
    """Facts of the scan by the keys of ``Volume.acquisition``; empty for scans that did not come from DICOM."""
    database = getattr(slicer, "dicomDatabase", None)
    uids = (volume_node.GetAttribute(INSTANCE_UIDS) or "").split()
    if database is None or not uids:
        return {}

    def value(tag):
        return database.instanceValue(uids[0], tag).strip()

    try:
        return _facts(value)
    except Exception:  # the database may be closed, or the files gone: the numbers do not depend on it
        logging.warning("The DICOM database does not answer; the scan is measured without it")
        return {}


def _facts(value) -> dict:
    facts = {key: float(value(tag)) for key, tag in NUMBERS.items() if value(tag)}
    facts |= {key: value(tag) for key, tag in TEXTS.items() if value(tag)}
    if value(CONTRAST_AGENT):
        facts["contrast"] = True
    return facts
