"""Where imported models are kept."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

VARIABLE = "SEGMENTL3_MODELS"
_PLACES = ("SegmentL3", "models")


def default_models_folder(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    """Folder of ``SEGMENTL3_MODELS`` where that is set, else one in the place where the system keeps a user's data.

    Args:
        environment: variables of the process.
        platform: as ``sys.platform`` names it.
    """
    if environment.get(VARIABLE):
        return Path(environment[VARIABLE])
    return _data_folder(environment, platform).joinpath(*_PLACES)


def _data_folder(environment: Mapping[str, str], platform: str) -> Path:
    home = Path.home()
    if platform == "win32":
        return Path(environment.get("LOCALAPPDATA") or home / "AppData" / "Local")
    if platform == "darwin":
        return home / "Library" / "Application Support"
    return Path(environment.get("XDG_DATA_HOME") or home / ".local" / "share")
