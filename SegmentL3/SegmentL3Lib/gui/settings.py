"""What belongs to the machine, not to the scene: kept in the application settings."""

import qt
import slicer

DEVICE_KEY = "SegmentL3/device"
EXPORT_FOLDER_KEY = "SegmentL3/exportFolder"
DEVICES = ("auto", "cpu", "cuda")


def device() -> str:
    """The device that the user chose last: "auto", "cpu" or "cuda"."""
    chosen = slicer.util.settingsValue(DEVICE_KEY, DEVICES[0])
    return chosen if chosen in DEVICES else DEVICES[0]


def setDevice(name: str) -> None:
    """Remember the device."""
    qt.QSettings().setValue(DEVICE_KEY, name)


def exportFolder() -> str:
    """Folder of the last export; empty before the first."""
    return slicer.util.settingsValue(EXPORT_FOLDER_KEY, "")


def setExportFolder(path: str) -> None:
    """Remember the folder of an export."""
    qt.QSettings().setValue(EXPORT_FOLDER_KEY, path)
