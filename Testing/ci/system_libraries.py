"""Make sure that the shared libraries which offscreen rendering and Qt need are there; never fails.

As root on a system with apt-get, missing ones are installed. Otherwise the tests that need them are skipped, and this
says why.
"""

import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from host import systemlibraries  # noqa: E402


def missing_packages() -> list[str]:
    """Debian packages of the libraries that cannot be loaded."""
    return sorted({*systemlibraries.packages_for_qt(), *systemlibraries.packages_for_rendering()})


def install(packages: list[str]) -> None:
    """Install Debian packages as far as that is possible."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        subprocess.run(["apt-get", "--quiet", *arguments], env=environment, capture_output=True, check=False)


def main() -> None:
    """Install what is missing, and say what still is."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    missing = missing_packages()
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        logging.info("Installing for offscreen rendering: %s", " ".join(missing))
        install(missing)
        missing = missing_packages()
    if missing:
        logging.info(
            "Tests of the panel and of rendering are skipped; they need the system packages: %s", " ".join(missing)
        )


if __name__ == "__main__":
    main()
