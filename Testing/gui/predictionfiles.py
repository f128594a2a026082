"""What the fake worker hands over for an imported model: its entry in the list, and the files of a run of it."""

import json

import numpy as np

from gui.torso import torso
from SegmentL3Lib.prediction_files import write_prediction
from SegmentL3Lib.structure_volumes import structure_volumes
from SegmentL3Lib.volume import LabelMap

STRUCTURES = ((1, "liver"), (2, "left_kidney"), (3, "gizmo <3>"))
NAMES = ("Liver", "Left kidney", "Gizmo <3>")
BOXES = {1: np.s_[2:6, 30:60, 40:80], 2: np.s_[3:5, 70:80, 100:120], 3: np.s_[0:1, 0:2, 0:2]}
NOTE = "2 of 5 folds present."
ROW = {
    "identifier": "abdomen",
    "title": "Abdominal organs",
    "kind": "nnU-Net v2 result folder",
    "description": "Three organs.",
    "modality": ["CT"],
    "inputs": ["CT"],
    "structures": [name for _, name in STRUCTURES],
    "license": "Apache-2.0",
    "version": "2",
    "size_bytes": 31_200_000,
    "sha256": "0123456789abcdef" * 4,
    "parameters": 1000,
    "notes": [NOTE],
    "error": None,
}


def prediction_labels() -> LabelMap:
    """Boxes on the voxels of the drawn torso."""
    volume, _ = torso()
    labels = np.zeros(volume.array.shape, np.uint8)
    for value, box in BOXES.items():
        labels[box] = value
    return LabelMap(labels, volume.geometry)


def write_prediction_files(folder) -> None:
    """Write segmentation, volumes and account of a run, as the worker leaves them."""
    folder.mkdir(parents=True)
    labels = prediction_labels()
    document = {
        "model": {"name": "abdomen", "license": "Apache-2.0"},
        "notes": [NOTE],
        "seconds": {"network": 1.0},
        "device": "cpu",
        "precision": "bf16",
        "agreement": 0.9991,
    }
    names = {"segmentation": "segmentation.seg.nrrd", "volumes": "volumes.csv", "prediction": "prediction.json"}
    results = {key: folder / name for key, name in names.items()}
    write_prediction(labels, structure_volumes(labels, STRUCTURES), document, results)


def write_model_row(models_folder, **changes) -> str:
    """Put a model into a folder that the fake worker lists; returns its identifier."""
    row = {**ROW, **changes}
    folder = models_folder / row["identifier"]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "row.json").write_text(json.dumps(row), encoding="utf-8")
    return row["identifier"]
