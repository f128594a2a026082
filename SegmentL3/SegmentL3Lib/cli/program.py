"""The commands together, and what their ends mean."""

import argparse
import sys

from .. import __version__
from ..job import explain
from ..process import UNREAD_EXIT_CODE, close_output, end_without_search, let_waiting_threads_sleep
from . import level, models, phantom, predict, reference, run, tasks
from .output import logger, print_what_the_terminal_can, printable, set_up_logging


def main(argv: list[str] | None = None) -> int:
    """Run a command.

    Args:
        argv: arguments; those of the process where it is None.

    Returns:
        The exit code: 0 done, 2 wrong usage, 3 input unsuitable, 4 level not found, 5 model problem, 1 unforeseen,
        130 interrupted, 141 nobody reads the output any more.
    """
    let_waiting_threads_sleep()
    end_without_search()
    try:
        arguments = _parser().parse_args(_with_bound_numbers(sys.argv[1:] if argv is None else argv))
    except SystemExit as end:
        return int(end.code or 0)
    set_up_logging(arguments.debug, arguments.verbose)
    print_what_the_terminal_can()
    try:
        arguments.command(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        close_output()
        return UNREAD_EXIT_CODE
    except (Exception, KeyboardInterrupt) as error:
        text, exit_code = explain(error)
        logger.debug("Where it happened:", exc_info=True)
        print(printable(text), file=sys.stderr)
        return exit_code
    return 0


def _with_bound_numbers(argv: list[str]) -> list[str]:
    """The arguments, a box tied to its option: argparse takes "-10,20" for an option of its own."""
    if "--box" not in argv[:-1]:
        return argv
    place = argv.index("--box")
    return [*argv[:place], f"--box={argv[place + 1]}", *argv[place + 2 :]]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="segment-l3",
        description="Body composition at the third lumbar vertebra (L3) from CT; segmentation with any model.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for module in (run, tasks, level, phantom, models, predict, reference):
        module.add_to(commands)
    return parser
