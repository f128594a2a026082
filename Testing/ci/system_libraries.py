"""Make sure that the shared libraries which offscreen rendering and Qt need are there; never fails.

As root on a system with apt-get, missing ones are installed. Otherwise the tests that need them are skipped, and this
says why.
"""

import ctypes
import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path

PACKAGE_OF_LIBRARY = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libfontconfig.so.1": "libfontconfig1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
}
RENDERER_PATTERNS = ("lib*/dri/*swrast*", "lib/*/dri/*swrast*")
RENDERER_PACKAGE = "libgl1-mesa-dri"


def missing_packages() -> list[str]:
    """Debian packages of the libraries that cannot be loaded."""
    missing = [package for library, package in PACKAGE_OF_LIBRARY.items() if not _loads(library)]
    if not any(path for pattern in RENDERER_PATTERNS for path in Path("/usr").glob(pattern)):
        missing.append(RENDERER_PACKAGE)
    return missing


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _install(packages: list[str]) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        subprocess.run(["apt-get", "--quiet", *arguments], env=environment, capture_output=True, check=False)


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if sys.platform != "linux":
        return
    missing = missing_packages()
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        logging.info("Installing for offscreen rendering: %s", " ".join(missing))
        _install(missing)
        missing = missing_packages()
    if missing:
        logging.info(
            "Tests of the panel and of rendering are skipped; they need the system packages: %s", " ".join(missing)
        )


if __name__ == "__main__":
    main()
