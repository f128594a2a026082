"""Bringing the files of a package of unknown origin into a folder: nothing beside it, no links, no flood.

Only files that a reader of packages looks at are taken along. Scripts that a package may hold stay behind.
"""

import os
import re
import shutil
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from ..errors import InputError, ModelError
from ..files import unwritable
from .archive import PROGRAM_SUFFIXES

# Programs instead of weights are taken along too, so that the reader can say why it refuses them.
TAKEN_SUFFIXES = frozenset({"", ".json", ".yaml", ".yml", ".pt", ".pth", ".md", ".txt", *PROGRAM_SUFFIXES})
MOST_FILES = 10_000
MOST_BYTES = 20_000_000_000
MOST_LEVELS = 16
# Weights hardly shrink; what shrinks this much holds nothing but repetition.
LARGEST_RATIO = 100
SMALL_BYTES = 100_000_000  # up to here the ratio does no harm
SPARE_DISK_BYTES = 500_000_000

_CHUNK_BYTES = 1 << 20
_ENCRYPTED = 0x1
_SIGNS_OF_DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, NotImplementedError)
_LONGEST_SHOWN = 60
_RESERVED_ON_WINDOWS = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_FORBIDDEN_CHARACTERS = re.compile(r'[\x00-\x1f\x7f:*?"<>|]')


@dataclass(frozen=True)
class _File:
    """A file to be brought in: its place in the package, its size, and how to open it."""

    place: PurePosixPath
    size_bytes: int
    open: Callable[[], BinaryIO]


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a zip file into an empty folder.

    Args:
        archive: the file.
        folder: an existing folder.

    Raises:
        ModelError: it is damaged, encrypted or not a zip file, or holds a path that leads out of the folder, a link,
            two files of one name, too many files or too many bytes. Files that were written before stay: the folder
            is the caller's to remove.
        InputError: the folder cannot be written, or its disk is too full.
    """
    with _opened(archive) as stream:
        try:
            content = zipfile.ZipFile(stream)
            _write_all(list(_zip_files(content)), folder, archive.stat().st_size)
        except _SIGNS_OF_DAMAGE as error:
            raise ModelError(f"The file {archive.name} is not a zip file or is damaged; copy it again.") from error


def copy_folder(source: Path, folder: Path) -> None:
    """Copy a package's folder into an empty folder.

    Raises:
        ModelError: as ``unpack`` does.
        InputError: the folder cannot be written, or its disk is too full.
    """
    try:
        files = list(_folder_files(source))
    except OSError as error:
        raise ModelError(f"The folder {source.name} cannot be read: {error.strerror}.") from error
    _write_all(files, folder)


def _zip_files(content: zipfile.ZipFile) -> Iterator[_File]:
    for member in content.infolist():
        place = _place(member.filename)
        if stat.S_IFMT(member.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise _refused(f"{_shown(member.filename)} is a link or a device, not a file")
        if member.filename.endswith(("/", "\\")) or not _is_taken(place):
            continue
        if member.flag_bits & _ENCRYPTED:
            raise ModelError("The package is encrypted; unpack it with its password and import the folder.")
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ModelError("The package is compressed in an unusual way; unpack it and import the folder.")
        yield _File(place, member.file_size, partial(content.open, member))


def _folder_files(source: Path) -> Iterator[_File]:
    for parent, folders, names in os.walk(source, onerror=_raise):
        for path in (Path(parent, name) for name in [*folders, *names]):
            place = PurePosixPath(path.relative_to(source).as_posix())
            status = path.lstat()
            if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
                raise _refused(f"{_shown(str(place))} is a link or a device, not a file")
            if stat.S_ISREG(status.st_mode) and _is_taken(place):
                yield _File(place, status.st_size, partial(_opened, path))


def _raise(error: OSError):
    raise error


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise ModelError(f"The file {path.name} cannot be read: {error.strerror}.") from error


def _place(name: str) -> PurePosixPath:
    """Path of a member within the package; backslashes part it too, as some programs on Windows write them."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
    if name.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", name) or ".." in parts:
        raise _refused(f"{_shown(name)} leads out of its folder")
    return PurePosixPath(*parts)


def _is_taken(place: PurePosixPath) -> bool:
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in place.parts)
    return bool(place.parts) and not hidden and place.suffix.lower() in TAKEN_SUFFIXES


def _write_all(files: Sequence[_File], folder: Path, packed_bytes: int | None = None) -> None:
    _check_amount(files, packed_bytes)
    _check_names([file.place for file in files])
    try:
        _check_room(sum(file.size_bytes for file in files), folder)
        for file in files:
            _write(file, folder.joinpath(*file.place.parts))
    except OSError as error:
        raise unwritable(folder, error) from error


def _check_amount(files: Sequence[_File], packed_bytes: int | None) -> None:
    total = sum(file.size_bytes for file in files)
    if not files:
        raise ModelError("There is no model in it: none of its files belongs to a model package.")
    if len(files) > MOST_FILES:
        raise _refused(f"it holds {len(files)} files, more than {MOST_FILES}")
    if total > MOST_BYTES:
        raise _refused(f"it would take {total / 1e9:.0f} GB, more than {MOST_BYTES / 1e9:.0f} GB")
    if packed_bytes is not None and total > max(SMALL_BYTES, LARGEST_RATIO * packed_bytes):
        raise _refused(f"{packed_bytes / 1e6:.1f} MB would unpack to {total / 1e6:.0f} MB, which weights never do")


def _check_room(total_bytes: int, folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if total_bytes + SPARE_DISK_BYTES > free:
        raise InputError(
            f"The model needs {total_bytes / 1e9:.1f} GB, but the disk of the models folder has {free / 1e9:.1f} GB "
            "free. Free some room or choose another models folder."
        )


def _check_names(places: Sequence[PurePosixPath]) -> None:
    """Refuse names that not every system can have, and two that are one where case or accents are not told apart."""
    files, folders = set(), set()
    for place in places:
        if len(place.parts) > MOST_LEVELS or not all(_is_portable(part) for part in place.parts):
            raise _refused(f"{_shown(str(place))} cannot be the name of a file on every system")
        name = unicodedata.normalize("NFC", str(place)).casefold()
        parents = {str(parent) for parent in PurePosixPath(name).parents}
        if name in files | folders or parents & files:
            raise _refused(f"{_shown(str(place))} is in it twice")
        files.add(name)
        folders |= parents


def _is_portable(part: str) -> bool:
    return not (
        _FORBIDDEN_CHARACTERS.search(part)
        or part.endswith((".", " "))
        or _RESERVED_ON_WINDOWS.fullmatch(part)
        or len(os.fsencode(part)) > 255
    )


def _write(file: _File, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    left = file.size_bytes
    with file.open() as source, target.open("xb") as sink:
        while chunk := source.read(_CHUNK_BYTES):
            left -= len(chunk)
            if left < 0:
                raise _refused(f"{_shown(str(file.place))} is larger than it says")
            sink.write(chunk)
    if left:
        raise ModelError(f"The package is damaged: {_shown(str(file.place))} is cut short.")


def _refused(reason: str) -> ModelError:
    return ModelError(f"The package is refused: {reason}.")


def _shown(name: str) -> str:
    """Name of a member for a message: on one line and not endless."""
    text = name if len(name) <= _LONGEST_SHOWN else f"...{name[-_LONGEST_SHOWN:]}"
    return f'"{text}"' if text.isprintable() else ascii(text)
