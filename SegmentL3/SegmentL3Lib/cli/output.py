"""What goes to the terminal."""

import logging
import sys
from collections.abc import Iterable

from ..progress import Progress, seldom

LIBRARY = __package__.partition(".")[0]

logger = logging.getLogger(__package__)


def print_lines(lines: Iterable[str]) -> None:
    """Print each line as soon as it is there."""
    for line in lines:
        print(printable(line))


def printable(line: str) -> str:
    """The line without characters that steer a terminal: names in a model package may hold any."""
    return "".join(character if character.isprintable() else "?" for character in line)


def progress_log() -> Progress:
    """Progress as lines of the log, one a second where the same goes on."""
    return seldom(lambda fraction, text: logger.info("%3.0f %% %s", 100 * fraction, text), 1.0)


def print_what_the_terminal_can() -> None:
    """Replace characters that the terminal's encoding lacks, rather than fail on them."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")


def set_up_logging(debug: bool, verbose: bool) -> None:
    """Let through what this library says; of others errors only, since they may log what stands in a scan's header."""
    logging.basicConfig(level=logging.ERROR, format="%(message)s", force=True)
    level = logging.DEBUG if debug else logging.INFO if verbose else logging.ERROR
    logging.getLogger(LIBRARY).setLevel(level)
