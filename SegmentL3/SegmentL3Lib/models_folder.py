"""Where imported models, and reference slices of the user's own, are kept."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

VARIABLE = "SEGMENTL3_MODELS"
REFERENCES_VARIABLE = "SEGMENTL3_REFERENCES"
_PLACE = "SegmentL3"


def default_models_folder(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    """Folder of ``SEGMENTL3_MODELS`` where that is set, else one in the place where the system keeps a user's data.

    Args:
        environment: variables of the process.
        platform: as ``sys.platform`` names it.
    """
    return _folder(VARIABLE, "models", environment, platform)


def default_references_folder(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    """The same for reference slices, with ``SEGMENTL3_REFERENCES``."""
    return _folder(REFERENCES_VARIABLE, "references", environment, platform)


def _folder(variable: str, name: str, environment: Mapping[str, str], platform: str) -> Path:
    if environment.get(variable):
        return Path(environment[variable])
    return _data_folder(environment, platform) / _PLACE / name


def _data_folder(environment: Mapping[str, str], platform: str) -> Path:
    home = Path.home()
    if platform == "win32":
        return Path(environment.get("LOCALAPPDATA") or home / "AppData" / "Local")
    if platform == "darwin":
        return home / "Library" / "Application Support"
    return Path(environment.get("XDG_DATA_HOME") or home / ".local" / "share")
