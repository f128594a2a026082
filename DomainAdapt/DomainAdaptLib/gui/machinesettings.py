"""What belongs to the machine, not to the scene: kept in the application settings."""

import qt
import slicer

from SegmentL3Lib.models_folder import default_models_folder

OUTPUT_FOLDER_KEY = "DomainAdapt/outputFolder"
DEFAULT_NAME = "adaptations"


def outputFolder() -> str:
    """Folder below which each job gets its own: that of the user's choice, or one beside the default models folder."""
    return slicer.util.settingsValue(OUTPUT_FOLDER_KEY, "") or str(default_models_folder().parent / DEFAULT_NAME)


def setOutputFolder(path: str) -> None:
    """Remember the folder; empty for the default one."""
    qt.QSettings().setValue(OUTPUT_FOLDER_KEY, path)
