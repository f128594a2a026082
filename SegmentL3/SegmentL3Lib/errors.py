"""Errors that reach the user: what happened, why, and what to do, with the exit code of the command line."""


class SegmentL3Error(Exception):
    """Base of every error whose text is written for the user (one or two plain sentences, no patient identity)."""

    exit_code = 1


class UsageError(SegmentL3Error):
    """A parameter is missing or contradicts another one."""

    exit_code = 2


class InputError(SegmentL3Error):
    """The scan, or the place to write to, cannot be used."""

    exit_code = 3


class LevelNotFoundError(SegmentL3Error):
    """The wanted vertebral level is not in the scan or cannot be told apart."""

    exit_code = 4


class ModelError(SegmentL3Error):
    """A model package is missing, damaged or not understood."""

    exit_code = 5
