"""Starting a process so that it can be ended together with everything it started."""

import contextlib
import os
import signal
import subprocess

SECONDS_TO_DIE = 1.0


def ownGroup() -> dict:
    """Keyword arguments of subprocess.Popen that give the process a group (POSIX) or no console window (Windows)."""
    if os.name == "nt":
        return {"creationflags": subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}


def endTree(process: subprocess.Popen, secondsToCleanUp: float = 0.0) -> None:
    """Kill a process started with `ownGroup` and its descendants; does nothing where they have ended.

    PythonSlicer is a launcher: killing it alone would leave the interpreter that it started.

    Args:
        process: the process.
        secondsToCleanUp: how long it is given to end by itself, where the system can ask it to (not Windows).
    """
    children = _descendants(process.pid)
    if secondsToCleanUp and os.name != "nt":
        _askGroup(process, secondsToCleanUp)
    if os.name == "nt":
        _endTreeOnWindows(process)
    else:
        _signalGroup(process.pid, signal.SIGKILL)
    for child in children:
        _kill(child)
    if process.poll() is None:
        process.kill()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(SECONDS_TO_DIE)


def _endTreeOnWindows(process):
    if process.poll() is None:
        arguments = ["taskkill", "/F", "/T", "/PID", str(process.pid)]
        subprocess.run(arguments, capture_output=True, check=False, **ownGroup())


def _askGroup(process, seconds):
    _signalGroup(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)


def _signalGroup(pid, number):
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def _descendants(pid):
    """Descendants that may have left the group; none where psutil is not installed."""
    try:
        import psutil
    except ImportError:
        return []
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.Error:
        return []


def _kill(process):
    import psutil

    with contextlib.suppress(psutil.Error):
        process.kill()
