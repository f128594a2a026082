"""The texts of a model package: configuration, metadata, card, license."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from SegmentL3Lib.errors import ModelError
from SegmentL3Lib.models.config import read_config
from SegmentL3Lib.models.folder import PackageFolder

METADATA, INFERENCE = "configs/metadata.json", "configs/inference.json"
WEIGHTS, CARD = "models/model.pt", "docs/README.md"
_LICENSES = ("LICENSE", "LICENSE.txt", "docs/license.txt")
_MOST_WRAPPERS = 3
# How the shipped models' own pipeline reads a slice: rows run to the back, columns to the patient's left.
_READING = (
    {"_target_": "LoadImaged", "keys": ["image"]},
    {"_target_": "EnsureChannelFirstd", "keys": ["image"]},
    {"_target_": "Orientationd", "keys": ["image"], "axcodes": "PLS"},
)


@dataclass(frozen=True)
class PackageFiles:
    """What a MONAI bundle consists of, besides its weights.

    Attributes:
        config: ``configs/inference.json``.
        metadata: ``configs/metadata.json``.
        texts: card and license by path.
    """

    config: Mapping
    metadata: Mapping
    texts: Mapping[str, str]

    def contents(self) -> dict[str, bytes]:
        """The files by path."""
        files = {INFERENCE: _json(self.config), METADATA: _json(self.metadata)}
        return files | {name: text.encode() for name, text in self.texts.items()}


def read_package_files(path: Path) -> PackageFiles:
    """Read them.

    Raises:
        ModelError: the configuration is missing or damaged.
    """
    folder = bundle_folder(path)
    return PackageFiles(
        config=read_config(folder),
        metadata=folder.json(METADATA) if folder.has(METADATA) else {},
        texts={name: _text(folder, name) for name in (CARD, *_LICENSES) if folder.has(name)},
    )


def with_reading(files: PackageFiles) -> PackageFiles:
    """The files of a shipped model as a bundle that can be run on any scan: it says how a scan is read."""
    preprocessing = dict(files.config["preprocessing"])
    preprocessing["transforms"] = [*_READING, *preprocessing["transforms"]]
    return PackageFiles({**files.config, "preprocessing": preprocessing}, files.metadata, files.texts)


def bundle_folder(path: Path) -> PackageFolder:
    """The folder with the package's files, which may lie in folders that hold nothing else.

    Raises:
        ModelError: there is no bundle.
    """
    folder = PackageFolder(path)
    for _ in range(_MOST_WRAPPERS):
        inside = folder.subfolders()
        if folder.has(INFERENCE) or len(inside) != 1:
            break
        folder = PackageFolder(inside[0])
    if not folder.has(INFERENCE):
        raise ModelError(f"The model package {folder.name} has no {INFERENCE}.")
    return folder


def _text(folder: PackageFolder, name: str) -> str:
    return folder.file(name).read_text(encoding="utf-8", errors="replace")


def _json(content: Mapping) -> bytes:
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()
