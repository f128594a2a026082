"""The files of a segmentation: label map, volumes as a table, and an account of how it was made."""

import csv
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from .csv_text import as_text
from .files import unwritable
from .labels import Code
from .structure_volumes import StructureVolume
from .volume import LabelMap
from .writing import write_segmentation


def write_prediction(
    labels: LabelMap, volumes: Sequence[StructureVolume], document: Mapping, results: Mapping[str, Path]
) -> None:
    """Write all files of a segmentation; they appear when each of them is complete.

    Args:
        labels: the label map.
        volumes: the structures in it.
        document: content of the JSON file.
        results: paths of ``segmentation``, ``volumes`` and ``prediction``, in one folder, which exists.

    Raises:
        UsageError: the suffix of the segmentation is not known.
        InputError: nothing can be written there, or the disk is full.
    """
    folder = results["segmentation"].parent
    try:
        with TemporaryDirectory(dir=folder, prefix=".segment-l3-") as temporary:
            made = {key: Path(temporary, path.name) for key, path in results.items()}
            write_segmentation(labels, [volume.label for volume in volumes], made["segmentation"])
            write_volume_table(volumes, made["volumes"])
            text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
            made["prediction"].write_text(text + "\n", encoding="utf-8")
            for key, path in results.items():
                os.replace(made[key], path)
    except OSError as error:
        raise unwritable(folder, error) from error


def structure_entry(volume: StructureVolume) -> dict:
    """One structure in plain values."""
    label = volume.label
    return {
        "value": label.value,
        "id": label.id,
        "name": label.name,
        "name_in_model": volume.name_in_model,
        "volume_ml": volume.volume_ml,
        "voxels": volume.voxels,
        "color": list(label.color),
        "code": _code_entry(label.type),
        "code_of_side": _code_entry(label.type_modifier or label.region_modifier),
        "code_of_region": _code_entry(label.region),
    }


def _code_entry(code: Code) -> dict | None:
    return {"scheme": code.scheme, "value": code.value, "meaning": code.meaning} if code else None


def write_volume_table(volumes: Sequence[StructureVolume], path: Path) -> None:
    """Write a header row and one row for each structure.

    Raises:
        OSError: the file cannot be written.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("value", "name", "name_in_model", "volume_ml", "voxels", "code", "code_meaning"))
        for volume in volumes:
            label = volume.label
            code = f"{label.type.scheme} {label.type.value}" if label.type else ""
            names = as_text(label.name), as_text(volume.name_in_model)
            writer.writerow((label.value, *names, f"{volume.volume_ml:.4f}", volume.voxels, code, label.type.meaning))
