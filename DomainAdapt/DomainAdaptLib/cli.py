"""The command line ``domain-adapt``: make the shipped models again, measure them, adapt models to other scanners."""

import argparse
import logging
import sys

from SegmentL3Lib.errors import SegmentL3Error
from SegmentL3Lib.process import UNREAD_EXIT_CODE, close_output, let_waiting_threads_sleep

from .commands import adapt, evaluate, experiment, explain, postprocessing, ranges, shift, synthesize, train, trust

COMMANDS = (train, evaluate, experiment, trust, ranges, postprocessing, explain, shift, adapt, synthesize)


def main(argv: list[str] | None = None) -> int:
    """Run a command; returns the exit code (0 done, 2 wrong usage, 141 output unread, else that of the error)."""
    let_waiting_threads_sleep()
    try:
        arguments = _parser().parse_args(argv)
    except SystemExit as end:
        return int(end.code or 0)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    try:
        for line in arguments.command(arguments) or ():
            print(line)
        sys.stdout.flush()
    except BrokenPipeError:
        close_output()
        return UNREAD_EXIT_CODE
    except SegmentL3Error as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="domain-adapt", description="Make, measure and adapt models of SegmentL3.")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for module in COMMANDS:
        module.add_to(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
