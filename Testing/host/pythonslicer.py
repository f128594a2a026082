"""A `PythonSlicer` on PATH that behaves like Slicer's: a launcher process whose child is the real interpreter.

Ending only the launcher leaves the interpreter running, as in the application.
"""

import os
import shlex
import stat
import sys
from pathlib import Path


def install(folder):
    """Write the launcher into a folder and return the value of PATH that begins with this folder.

    Args:
        folder: existing folder.
    """
    launcher = Path(folder) / "PythonSlicer"
    launcher.write_text(f'#!/bin/sh\n{shlex.quote(sys.executable)} "$@"\nexit $?\n', encoding="utf-8")
    launcher.chmod(launcher.stat().st_mode | stat.S_IXUSR)
    return os.pathsep.join([str(folder), os.environ.get("PATH", "")])
