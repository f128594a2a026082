"""Writing files whole or not at all, with errors in plain words."""

import errno
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import InputError

_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file would be larger than the disk or the system allows",
    errno.EACCES: "writing there is not permitted",
    errno.EPERM: "writing there is not permitted",
    errno.EROFS: "the disk is read-only",
    errno.ENOENT: "the folder does not exist",
    errno.ENOTDIR: "a part of its path is not a folder",
    errno.EISDIR: "it is a folder",
    errno.EEXIST: "a file of that name is in the way",
    errno.ENAMETOOLONG: "the path is too long",
}


@contextmanager
def atomic_path(path: str | os.PathLike) -> Iterator[Path]:
    """Give a temporary name beside ``path`` to write to; it becomes ``path`` if the block ends without an error.

    The temporary name ends in the same suffixes, because writers choose the format by them. Nothing is left behind
    after an error, and a file that was at ``path`` before stays as it was.

    Raises:
        InputError: the folder is missing or read-only, the disk is full, or the path is too long.
    """
    path = Path(path)
    temporary = path.with_name(f".{uuid.uuid4().hex}{''.join(path.suffixes[-2:])}")
    try:
        yield temporary
        _flush_to_disk(temporary)
        os.replace(temporary, path)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        _remove(temporary)


def check_writable_folder(path: str | os.PathLike) -> Path:
    """Make the folder if it is missing and try that a file can be written there.

    Raises:
        InputError: it cannot be made, or nothing can be written to it.
    """
    folder = Path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from error
    trial = folder / f".{uuid.uuid4().hex}"
    try:
        trial.write_bytes(b"trial")
    except OSError as error:
        raise unwritable(folder, error) from error
    finally:
        _remove(trial)
    return folder


def unwritable(path: str | os.PathLike, error: OSError) -> InputError:
    """The error that tells the user why ``path`` cannot be written."""
    reason = _REASONS.get(error.errno, (error.strerror or "the system gave no reason").lower())
    return InputError(f"Cannot write {path}: {reason}. Choose another place or free some room.")


def _flush_to_disk(path: Path) -> None:
    # A full network disk is noticed no earlier than here.
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return  # the folder itself went away or is unreadable: nothing of ours is left in it
