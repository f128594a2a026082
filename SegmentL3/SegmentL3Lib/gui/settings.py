"""What belongs to the machine, not to the scene: kept in the application settings."""

import sys
from pathlib import Path

import qt
import slicer

from ..models_folder import default_models_folder

DEVICE_KEY = "SegmentL3/device"
PRECISION_KEY = "SegmentL3/precision"
MODELS_FOLDER_KEY = "SegmentL3/modelsFolder"
IMPORT_FOLDER_KEY = "SegmentL3/importFolder"
EXPORT_FOLDER_KEY = "SegmentL3/exportFolder"
DEVICES = ("auto", "cpu", "mps" if sys.platform == "darwin" else "cuda")
PRECISIONS = ("auto", "fp32", "bf16")


def device() -> str:
    """The device that the user chose last, one of ``DEVICES``."""
    return _oneOf(DEVICES, DEVICE_KEY)


def setDevice(name: str) -> None:
    """Remember the device."""
    _keep(DEVICE_KEY, name)


def precision() -> str:
    """The precision that the user chose last for imported models, one of ``PRECISIONS``."""
    return _oneOf(PRECISIONS, PRECISION_KEY)


def setPrecision(name: str) -> None:
    """Remember the precision."""
    _keep(PRECISION_KEY, name)


def modelsFolder() -> Path:
    """Folder of the imported models: that of the user's choice, or the default one."""
    chosen = slicer.util.settingsValue(MODELS_FOLDER_KEY, "")
    return Path(chosen) if chosen else default_models_folder()


def setModelsFolder(path: str) -> None:
    """Remember the folder of the imported models; empty for the default one."""
    _keep(MODELS_FOLDER_KEY, path)


def importFolder() -> str:
    """Folder from which a model was imported last; empty before the first."""
    return slicer.util.settingsValue(IMPORT_FOLDER_KEY, "")


def setImportFolder(path: str) -> None:
    """Remember the folder of an import."""
    _keep(IMPORT_FOLDER_KEY, path)


def exportFolder() -> str:
    """Folder of the last export; empty before the first."""
    return slicer.util.settingsValue(EXPORT_FOLDER_KEY, "")


def setExportFolder(path: str) -> None:
    """Remember the folder of an export."""
    _keep(EXPORT_FOLDER_KEY, path)


def _oneOf(names, key):
    chosen = slicer.util.settingsValue(key, names[0])
    return chosen if chosen in names else names[0]


def _keep(key, value):
    qt.QSettings().setValue(key, value)
